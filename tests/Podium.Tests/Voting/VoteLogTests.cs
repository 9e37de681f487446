using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Platform.Api;
using Podium.Tests.Cli;
using Podium.Tests.Harness;
using Podium.Voting;
using Podium.Voting.Log;

namespace Podium.Tests.Voting;

/// <summary>The sealed log: what voters and auditors can check without trusting who runs the voting.</summary>
public sealed class VoteLogTests(SharedApp shared)
{
    [Fact]
    public void Roots_are_those_of_Certificate_Transparency()
    {
        // the reference leaves and roots of RFC 6962's own implementation, https://github.com/google/certificate-transparency (merkle_tree_test.cc)
        string[] leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        string[] roots =
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        var hashed = leaves.Select(leaf => MerkleTree.LeafOf(Convert.FromHexString(leaf))).ToList();
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(MerkleTree.RootOf([])));
        for (var count = 1; count <= leaves.Length; count++) Assert.Equal(roots[count - 1], Convert.ToHexStringLower(MerkleTree.RootOf(hashed[..count])));
    }

    [Fact]
    public void Every_leaf_of_every_tree_is_proved_by_its_path_and_by_no_other()
    {
        var leaves = Enumerable.Range(0, 70).Select(number => MerkleTree.LeafOf(BitConverter.GetBytes(number))).ToList();
        for (var count = 1; count <= leaves.Count; count++)
        {
            var tree = leaves[..count];
            var root = MerkleTree.RootOf(tree);
            for (var index = 0; index < count; index++)
            {
                var path = MerkleTree.PathOf(tree, index);
                Assert.True(MerkleTree.Proves(tree[index], index, count, path, root));
                Assert.False(MerkleTree.Proves(tree[(index + 1) % count], index, count, path, root) && count > 1);
                Assert.False(MerkleTree.Proves(tree[index], index + 1, count, path, root));
                Assert.False(MerkleTree.Proves(tree[index], index, count, [.. path, root], root));
            }
        }
    }

    [Fact]
    public async Task A_receipt_is_proved_once_its_entry_is_sealed()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Receipts", voters = "anyone", mayChange = true });
        var receipts = new List<JsonObject>();
        for (var number = 0; number < 7; number++) receipts.Add(await voting.CastAsync(tenant.Http, [number % 3], ticket: await voting.TicketAsync(tenant.Http)).OkAsync());
        var mine = receipts[4];
        var request = new { entryId = (long)mine["entryId"]!, code = (string)mine["code"]! };

        await tenant.Http.PostAsJsonAsync($"{voting.Path}/log/proofs", request).ProblemAsync(409, "vote-not-sealed-yet");
        await tenant.Http.PostAsJsonAsync($"{voting.Path}/log/proofs", request with { code = (string)receipts[3]["code"]! }).ProblemAsync(404, "not-found");
        await tenant.Http.GetAsync($"{voting.Path}/export").ProblemAsync(401, "sign-in-required");
        await boss.Http.GetAsync($"{voting.Path}/export").ProblemAsync(403, "voting-sealed");
        await voting.MoveAsync("closed");

        var proof = await tenant.Http.PostAsJsonAsync($"{voting.Path}/log/proofs", request).OkAsync();
        var record = proof["record"].Deserialize<VoteRecord>(Json.Options)!;
        Assert.Equal((string)mine["code"]!, Convert.ToHexStringLower(record.Leaf()));
        Assert.Equal("2", string.Join(',', record.Choices!));
        var path = proof["path"]!.AsArray().Select(hash => Convert.FromHexString((string)hash!)).ToList();
        var seals = await tenant.Http.GetAsync($"{voting.Path}/log").OkAsync();
        var seal = Assert.Single(seals["items"]!.AsArray(), item => (int)item!["number"]! == (int)proof["seal"]!)!;
        Assert.True(MerkleTree.Proves(record.Leaf(), (long)proof["index"]!, (long)proof["count"]!, path, Convert.FromHexString((string)seal["root"]!)));
        Assert.False(MerkleTree.Proves((record with { Choices = [1] }).Leaf(), (long)proof["index"]!, (long)proof["count"]!, path, Convert.FromHexString((string)seal["root"]!)));
        Assert.Equal(7, await app.QueryAsync<long>($"SELECT sum(entries) FROM vote_log_seals WHERE voting_session_id = '{voting.Id}'"));
        Assert.Equal("42501", await RefusalAsync(app, "UPDATE vote_audit_log SET delta = 0"));
        Assert.Equal("42501", await RefusalAsync(app, "DELETE FROM vote_log_seals"));
    }

    [Fact]
    public async Task Seals_come_by_themselves_and_each_holds_the_one_before()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["ReconcileVoteCounts", "SealVoteLogs"] });
        var tenant = await TestTenant.CreateAsync(app);
        var voting = await VotingWorld.OpenAsync(await tenant.AdministratorAsync(), new { title = "Chain", voters = "anyone" });
        for (var minute = 0; minute < 3; minute++)
        {
            await voting.CastAsync(tenant.Http, [0], ticket: await voting.TicketAsync(tenant.Http)).OkAsync();
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        var seals = (await tenant.Http.GetAsync($"{voting.Path}/log").OkAsync())["items"]!.AsArray();
        Assert.Equal([3, 2, 1], seals.Select(seal => (int)seal!["number"]!));
        Assert.Equal(Convert.ToHexStringLower(Seal.Origin(voting.Id)), (string)seals[2]!["previous"]!);
        for (var i = 0; i < 2; i++) Assert.Equal((string)seals[i + 1]!["seal"]!, (string)seals[i]!["previous"]!);
        Assert.Equal("3", (string?)(await tenant.Http.GetAsync($"{voting.Path}/log?limit=1").OkAsync())["next"]);
        Assert.Null((string?)(await tenant.Http.GetAsync($"{voting.Path}/log?before=2").OkAsync())["next"]);
        Assert.Equal(3, await app.QueryAsync<long>($"SELECT votes FROM vote_counts WHERE voting_session_id = '{voting.Id}' AND option_no = 1"));

        // a count that somebody touched is put right by the next reconciliation
        await app.QueryAsync<long>($"UPDATE vote_counts SET votes = 99, weight = 99 WHERE voting_session_id = '{voting.Id}' AND option_no = 1 RETURNING votes");
        Assert.Equal("99 0 0", await voting.CountsAsync(tenant.Http));
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("3 0 0", await voting.CountsAsync(tenant.Http));
    }

    [Fact]
    public async Task An_export_is_checked_and_counted_again_at_the_command_line()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var auditor = await tenant.PersonAsync();
        await boss.GrantAsync(auditor, "AUDITOR").OkAsync(201);
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Export", method = "stv", seats = 2, voters = "anyone", mayChange = true, mayWithdraw = true }, options: 4);
        string[] ballots = ["0123", "0213", "0213", "3012", "3", "12"];
        var tickets = new List<string>();
        var entries = new List<long>();
        foreach (var ballot in ballots)
        {
            tickets.Add(await voting.TicketAsync(tenant.Http));
            entries.Add((long)(await voting.CastAsync(tenant.Http, [.. ballot.Select(option => option - '0')], ranked: true, ticket: tickets[^1]).OkAsync())["entryId"]!);
        }
        await voting.CastAsync(tenant.Http, [1, 0], ranked: true, ticket: tickets[4]).OkAsync();
        await tenant.Http.PostAsJsonAsync($"{voting.Path}/own-votes/withdrawals", new { entryId = entries[5], ticket = tickets[5] }).OkAsync(204);
        await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { entryIds = new[] { entries[3] }, state = "void", reason = "A machine" }).OkAsync();
        await voting.MoveAsync("closed");
        await voting.MoveAsync("published");

        var text = await (await auditor.Http.GetAsync($"{voting.Path}/export")).Content.ReadAsStringAsync();
        var folder = Directory.CreateTempSubdirectory("podium-votes-");
        try
        {
            var file = Path.Combine(folder.FullName, "votes.ndjson");
            await File.WriteAllTextAsync(file, text);
            await using var desk = Operator.At(app);
            var head = (string)(await tenant.Http.GetAsync($"{voting.Path}/log").OkAsync())["items"]![0]!["seal"]!;
            var report = await desk.JsonAsync("verify", file, "--head", head);
            Assert.Equal((true, 10L, true), ((bool)report["sound"]!, (long)report["entries"]!, (bool)report["resultsAgree"]!));
            Assert.Equal(3, (await desk.RunAsync("verify", file, "--head", new string('0', 64))).Exit);
            Assert.Equal(2, (await desk.RunAsync("verify", Path.Combine(folder.FullName, "none"))).Exit);
            await File.WriteAllTextAsync(file, text.Replace("\"voided\"", "\"counted\"", StringComparison.Ordinal));
            Assert.Equal(3, (await desk.RunAsync("verify", file)).Exit);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("a changed choice", "Entry 1234 was changed.")]
    [InlineData("a changed choice with its hash made anew", "What seal 2 sealed, the entries 1001 to 2000, is not what stands here.")]
    [InlineData("a removed entry", "Entry 1234 is missing, or stand")]
    [InlineData("a removed entry, the others numbered anew", "Seal 2 is for the entries 1001 to 2000, which are not those before it.")]
    [InlineData("two entries that changed places", "Entry 1234 stands where")]
    [InlineData("an entry that was put in", "Entry 1234 stands where 1235 should be.")]
    [InlineData("a seal made anew", "Seal 3 does not follow the one before it.")]
    [InlineData("a cut end", "The file is cut off")]
    [InlineData("changed results", "The results in the file are not what the log comes to")]
    public async Task One_record_among_thousands_cannot_be_touched(string what, string fault)
    {
        var lines = Export(3000, 1000);
        var at = lines.FindIndex(line => line.Entry?.No == 1234);
        switch (what)
        {
            case "a changed choice":
                lines[at] = lines[at] with { Entry = lines[at].Entry! with { Record = lines[at].Entry!.Record with { Option = 3 } } };
                break;
            case "a changed choice with its hash made anew":
                lines[at] = EntryOf(1234, lines[at].Entry!.Record with { Option = 3 });
                break;
            case "a removed entry":
                lines.RemoveAt(at);
                break;
            case "a removed entry, the others numbered anew":
                lines.RemoveAt(at);
                for (var i = at; i < lines.Count; i++) lines[i] = lines[i].Entry is { } entry ? new ExportVotes.Line { Entry = entry with { No = entry.No - 1 } } : lines[i];
                break;
            case "two entries that changed places":
                (lines[at], lines[at + 1]) = (lines[at + 1], lines[at]);
                break;
            case "an entry that was put in":
                lines.Insert(at + 1, lines[at]);
                break;
            case "a seal made anew":
                var seal = lines.FindIndex(line => line.Seal?.Number == 2);
                lines[at] = EntryOf(1234, lines[at].Entry!.Record with { Option = 3 });
                lines[seal] = SealOf(2, [.. lines.Where(line => line.Entry?.No is > 1000 and <= 2000).Select(line => line.Entry!)], lines.Find(line => line.Seal?.Number == 1)!.Seal!.Seal);
                break;
            case "a cut end":
                lines.RemoveAt(lines.Count - 1);
                break;
            default:
                lines[^1] = lines[^1] with { End = lines[^1].End! with { Results = lines[^1].End!.Results! with { Winners = [3] } } };
                break;
        }
        Assert.True((await CheckAsync(Export(3000, 1000))).IsSound);

        var report = await CheckAsync(lines);

        Assert.False(report.IsSound);
        Assert.Contains(report.Faults, found => found.StartsWith(fault.Replace(", or stand", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whatever_byte_of_an_entry_is_changed_it_is_found()
    {
        var lines = Export(4, 4);
        var text = lines.ConvertAll(line => JsonSerializer.Serialize(line, Json.Options));
        var random = new Random(9);
        for (var round = 0; round < 200; round++)
        {
            var bad = text.ToList();
            var at = random.Next(1, 6); // the entries and their seal
            var place = random.Next(bad[at].Length);
            var other = (char)(bad[at][place] ^ (1 << random.Next(5)));
            if (other is '"' or '\\' || char.IsControl(other)) continue;
            bad[at] = bad[at][..place] + other + bad[at][(place + 1)..];
            var report = await ExportCheck.RunAsync(new StringReader(string.Join('\n', bad)), null, null, CancellationToken.None);
            Assert.False(report.IsSound, $"{bad[at]} at {place}");
        }
    }

    private static readonly Guid Session = new("0197c5a0-5c00-7000-8000-000000000001");

    private static List<ExportVotes.Line> Export(int entries, int sealedAtOnce)
    {
        var rules = new VotingRules { Title = "Made up", Ballot = BallotKind.Option };
        CountedVoting.OptionInfo[] options = [.. Enumerable.Range(1, 3).Select(number => new CountedVoting.OptionInfo(number, Session, $"{number}", false))];
        var lines = new List<ExportVotes.Line> { new() { Header = new ExportVotes.Header(ExportVotes.Format, Session, rules, options, null) } };
        var head = Convert.ToHexStringLower(Seal.Origin(Session));
        var records = Enumerable.Range(1, entries).Select(number => new VoteRecord
        {
            SessionId = Session,
            Id = number * 3,
            At = new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero).AddSeconds(number),
            Voter = new Guid(number, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
            Period = 0,
            Option = number % 2 + 1,
            Group = 0,
            Delta = 1,
            Action = "cast",
            Weight = 1,
            Salt = $"salt{number}",
        }).ToList();
        for (var first = 0; first < entries; first += sealedAtOnce)
        {
            var part = records.Skip(first).Take(sealedAtOnce).Select((record, index) => EntryOf(first + index + 1, record)).ToList();
            lines.AddRange(part);
            lines.Add(SealOf(first / sealedAtOnce + 1, [.. part.Select(line => line.Entry!)], head));
            head = lines[^1].Seal!.Seal;
        }
        var ballots = records.Select(record => new CountedVoting.Ballots(record.Option, null, 1, 0, null, 1)).ToList();
        lines.Add(new ExportVotes.Line { End = new ExportVotes.End(entries, head, CountedVoting.Count(rules, options, ballots, Convert.FromHexString(head), records[^1].Id)) });
        return lines;
    }

    private static ExportVotes.Line EntryOf(long no, VoteRecord record) => new() { Entry = new ExportVotes.Entry(no, record, Convert.ToHexStringLower(record.Leaf())) };

    private static ExportVotes.Line SealOf(int number, List<ExportVotes.Entry> entries, string previous)
    {
        var seal = new Seal
        {
            Number = number,
            FirstNo = entries[0].No,
            Entries = entries.Count,
            LastId = entries[^1].Record.Id,
            Root = MerkleTree.RootOf([.. entries.Select(entry => entry.Record.Leaf())]),
            Previous = Convert.FromHexString(previous),
            SealedAt = new DateTimeOffset(2026, 1, 6, 8, 0, 0, TimeSpan.Zero),
        };
        return new ExportVotes.Line { Seal = VoteLog.ViewOf(Session, seal) };
    }

    private static Task<ExportCheck.Report> CheckAsync(List<ExportVotes.Line> lines) =>
        ExportCheck.RunAsync(new StringReader(string.Join('\n', lines.Select(line => JsonSerializer.Serialize(line, Json.Options)))), null, null, CancellationToken.None);

    private static async Task<string> RefusalAsync(PodiumApp app, string sql)
    {
        try
        {
            await app.QueryAsync<object>($"SET ROLE podium_platform; {sql}");
            return "done";
        }
        catch (Npgsql.PostgresException refused)
        {
            return refused.SqlState;
        }
    }
}
