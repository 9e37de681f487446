using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Podium.Emulator.Hosting;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Tenancy;
using Podium.Voting;
using Podium.Voting.Log;

namespace Podium.Benchmarks;

/// <summary>What a vote costs: bytes on disk, time to cast against the same SQL by Npgsql, time to check a million entries.</summary>
internal static class VotesBenchmark
{
    private const int Options = 60;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    private sealed record Place(EmulatedApp App, Tenant Tenant, Guid Session, NpgsqlDataSource Plain);

    public static async Task RunAsync(BenchServers servers, string what, string? clients)
    {
        if (what is "all" or "votes-verify") await VerifyAsync();
        if (what is not ("all" or "votes" or "votes-cast" or "votes-size" or "votes-live")) return;
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?> { ["RateLimits:anyone"] = "10000000/1", ["Live:PerAddress"] = "5000" });
        var place = await FurnishAsync(app);
        await using var plain = place.Plain;
        if (what is "all" or "votes-live")
        {
            var voting = (await app.Services.GetRequiredService<VotingSessions>().ReadAsync(Stranger(place), place.Session, CancellationToken.None)).Value!;
            await LiveBoardBenchmark.RunAsync(app.BaseAddress, Stranger(place), app.Services.GetRequiredService<CastVote>(), app.Services.GetRequiredService<VoterTickets>(), place.Session, [.. voting.Options.Select(option => option.Id)]);
        }
        if (what is "all" or "votes" or "votes-cast") await CastAsync(place, clients is null ? [1, 8, 64] : [int.Parse(clients, CultureInfo.InvariantCulture)]);
        if (what is "all" or "votes-size") await SizeAsync(place, 1_000_000);
        if (what is "votes")
        {
            await FillAsync(place, 5_000_000);
            await PerCastAsync(place, "5,000,000");
        }
    }

    private static async Task<Place> FurnishAsync(EmulatedApp app)
    {
        using var operators = BenchTenant.OperatorOf(app);
        (await operators.PostAsJsonAsync(
            new Uri("/api/operations/tenants", UriKind.Relative),
            new { slug = "bench", name = "Benchmark", languages = new[] { "en" }, administratorEmail = "boss@example.org", settings = new { } })).EnsureSuccessStatusCode();
        var tenant = (await app.Services.GetRequiredService<TenantDirectory>().BySlugAsync("bench", CancellationToken.None))!;
        var database = app.Services.GetRequiredService<Database>();
        var boss = new Caller
        {
            TenantId = tenant.Id,
            Shard = tenant.Shard,
            Tenant = tenant,
            Language = "en",
            UserId = await database.AsPlatform().SingleAsync<Guid>("SELECT id FROM users"),
            Grants = [new Grant(Scope.Tenant, "ADMINISTRATOR", ["*"], null)],
        };
        var added = await app.Services.GetRequiredService<EditVotingSession>().AddAsync(
            boss, new EditVotingSession.Request { Title = "Songs", Ballot = BallotKind.Option, Period = VotingPeriod.Day, Voters = VotersKind.Anyone }, CancellationToken.None);
        var session = added.Value!.Id;
        await app.Services.GetRequiredService<EditVoteOptions>().ReplaceAsync(
            boss, session, new EditVoteOptions.Request { Options = [.. Enumerable.Range(1, Options).Select(number => new EditVoteOptions.OptionRequest { Id = Guid.CreateVersion7(), Title = $"Song {number}" })] }, CancellationToken.None);
        await app.Services.GetRequiredService<MovePhase>().ByHandAsync(boss, session, new MovePhase.Request { Phase = VotingStatus.Open }, null, CancellationToken.None);
        var plain = NpgsqlDataSource.Create(app.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.App) + ";Maximum Pool Size=80");
        return new Place(app, tenant, session, plain);
    }

    private static async Task SizeAsync(Place place, int votes)
    {
        var watch = Stopwatch.StartNew();
        await FillAsync(place, votes);
        var (rows, heap, indexes) = await BytesAsync(place, "votes");
        var (entries, logHeap, logIndexes) = await BytesAsync(place, "vote_audit_log");
        Console.WriteLine($"votes: {rows:N0} votes in {watch.Elapsed.TotalSeconds:0} s: {(heap + indexes) / (double)rows:0.0} bytes each with all indexes (rows {heap / (double)rows:0.0}, indexes {indexes / (double)rows:0.0})");
        Console.WriteLine($"votes: the log's {entries:N0} entries: {(logHeap + logIndexes) / (double)entries:0.0} bytes each with its index");
    }

    // as voters come: everybody votes for some songs, in no order; a fifth by IPv6
    private static async Task FillAsync(Place place, int votes)
    {
        await using var connection = await OwnerAsync(place);
        await connection.ExecuteAsync(
            """
            INSERT INTO votes (tenant_id, voting_session_id, voter_id, entry_id, cast_at, device_fingerprint, contest_month, user_agent_id, period_no, option_no, recaptcha_score, state, country_code, ip_address, vote_weight)
            SELECT voting.tenant_id, voting.id, md5('voter ' || voter)::uuid, nextval('vote_log_ids'), voting.opened_at, hashtextextended('device ' || voter, 0), voting.contest_month, voter % 500, 0, option,
                   90, 0, 'KZ', CASE WHEN voter % 5 = 0 THEN ('2001:db8::' || to_hex(voter % 65536))::inet ELSE '203.0.113.7'::inet + voter % 10000 END, 1
            FROM voting_sessions AS voting, generate_series(1, @voters) AS voter, generate_series(1, 10) AS option
            WHERE voting.id = @Session
            ORDER BY random()
            ON CONFLICT DO NOTHING
            """,
            new { voters = votes / 10, place.Session },
            commandTimeout: 0);
        await connection.ExecuteAsync(
            """
            INSERT INTO vote_audit_log (tenant_id, voting_session_id, id, recorded_at, voter, period_no, option_no, group_no, delta, action, country_code, vote_weight)
            SELECT tenant_id, voting_session_id, entry_id, cast_at, gen_random_uuid(), period_no, option_no, 0, 1, 'cast', country_code, 1 FROM votes
            WHERE voting_session_id = @Session AND entry_id > (SELECT coalesce(max(id), 0) FROM vote_audit_log WHERE voting_session_id = @Session) ORDER BY entry_id
            """,
            new { place.Session },
            commandTimeout: 0);
    }

    private static async Task<NpgsqlConnection> OwnerAsync(Place place)
    {
        // the owner of the tables: only the functions write to them otherwise
        var builder = new NpgsqlConnectionStringBuilder(place.App.Services.GetRequiredService<DatabaseSettings>().ConnectionString(DatabaseSettings.DefaultShard, DatabaseRole.Platform)) { Options = "", CommandTimeout = 0 };
        var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("RESET ROLE; SET ROLE podium_owner; SET statement_timeout = 0");
        return connection;
    }

    private static async Task<(long Rows, long Heap, long Indexes)> BytesAsync(Place place, string table)
    {
        await using var connection = await OwnerAsync(place);
        return await connection.QuerySingleAsync<(long, long, long)>(
            $"""
            SELECT (SELECT count(*) FROM {table}), coalesce(sum(pg_table_size(relid)), 0)::bigint, coalesce(sum(pg_indexes_size(relid)), 0)::bigint
            FROM pg_partition_tree('{table}') WHERE isleaf
            """);
    }

    private static async Task CastAsync(Place place, int[] counts)
    {
        foreach (var clients in counts)
        {
            var ratios = new List<double>();
            var (ours, theirs) = (new List<double>(), new List<double>());
            var (ourWork, theirWork) = (TimeSpan.Zero, TimeSpan.Zero);
            var (ourCasts, theirCasts) = (0.0, 0.0);
            for (var round = 0; round < 6; round++)
            {
                var requests = await RequestsAsync(place, clients, round);
                var start = Worked();
                var http = await HttpLoad.RunAsync(place.App.BaseAddress.Port, requests, Round);
                var between = Worked();
                var sql = await SqlRateAsync(place, clients, round);
                var end = Worked();
                if (round == 0) continue; // warm
                (ourWork, theirWork, ourCasts, theirCasts) = (ourWork + between - start, theirWork + end - between, ourCasts + (http * Round.TotalSeconds), theirCasts + (sql * Round.TotalSeconds));
                ours.Add(http);
                theirs.Add(sql);
                ratios.Add(http / sql);
            }
            Console.WriteLine($"votes: casting over HTTP, {clients} clients: {ours.Order().ElementAt(2):0}/s, the same SQL by Npgsql {theirs.Order().ElementAt(2):0}/s, ratio median {ratios.Order().ElementAt(2):0.00} (min {ratios.Min():0.00}); processor time of app and client {ourWork.TotalMicroseconds / ourCasts:0} µs a cast, of Npgsql alone {theirWork.TotalMicroseconds / theirCasts:0} µs");
        }
        await FillAsync(place, 50_000);
        await PerCastAsync(place, "50,000");
    }

    private static async Task PerCastAsync(Place place, string votes)
    {
        await SqlRateAsync(place, 1, 900);
        var rates = new List<double>();
        for (var round = 0; round < 5; round++) rates.Add(await SqlRateAsync(place, 1, 901 + round));
        Console.WriteLine($"votes: with {votes} votes a cast takes {1_000_000 / rates.Order().ElementAt(2):0} µs in the database and on the way");
    }

    private static TimeSpan Worked() => Process.GetCurrentProcess().TotalProcessorTime;

    private static async Task<List<byte[]>[]> RequestsAsync(Place place, int clients, int round)
    {
        var voting = (await place.App.Services.GetRequiredService<VotingSessions>().ReadAsync(Stranger(place), place.Session, CancellationToken.None)).Value!;
        var tickets = place.App.Services.GetRequiredService<VoterTickets>();
        var ready = new List<byte[]>[clients];
        for (var client = 0; client < clients; client++)
        {
            ready[client] = [];
            for (var number = 0; number < 12_000 / clients; number++)
            {
                var ticket = (await tickets.OfDeviceAsync(Stranger(place), place.Session, CancellationToken.None)).Value!.Value;
                var body = JsonSerializer.Serialize(new { choices = new[] { new { optionId = voting.Options[number % Options].Id } }, ticket });
                ready[client].Add(Encoding.ASCII.GetBytes(string.Create(
                    CultureInfo.InvariantCulture,
                    $"POST /api/voting-sessions/{place.Session}/votes HTTP/1.1\r\nHost: localhost\r\nX-Tenant: bench\r\nUser-Agent: Bench/{round}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}")));
            }
        }
        return ready;
    }

    private static async Task<double> SqlRateAsync(Place place, int clients, int round)
    {
        var counts = new long[clients];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            await using var connection = await place.Plain.OpenConnectionAsync();
            while (watch.Elapsed < Round)
            {
                await using var command = new NpgsqlCommand(
                    """
                    CALL act_as(@tenant, NULL, @address);
                    SELECT outcome, entry_id, cast_at, voter, period_no, option_no, group_no, vote_weight, country_code, delta, choices, earlier_id
                    FROM cast_vote(@session, @voter, NULL, @voter, @option, NULL, NULL, @now, '{}', NULL, @address, @agent, @name, NULL, NULL, NULL, NULL, NULL, 0::smallint, 0, false)
                    """,
                    connection);
                command.Parameters.Add(new NpgsqlParameter<Guid>("tenant", NpgsqlDbType.Uuid) { TypedValue = place.Tenant.Id });
                command.Parameters.Add(new NpgsqlParameter("address", NpgsqlDbType.Inet) { Value = IPAddress.Loopback });
                command.Parameters.Add(new NpgsqlParameter<Guid>("session", NpgsqlDbType.Uuid) { TypedValue = place.Session });
                command.Parameters.Add(new NpgsqlParameter<Guid>("voter", NpgsqlDbType.Uuid) { TypedValue = Guid.NewGuid() });
                command.Parameters.Add(new NpgsqlParameter<short>("option", NpgsqlDbType.Smallint) { TypedValue = (short)(1 + (counts[client] % Options)) });
                command.Parameters.Add(new NpgsqlParameter<DateTime>("now", NpgsqlDbType.TimestampTz) { TypedValue = DateTime.UtcNow });
                command.Parameters.Add(new NpgsqlParameter<int>("agent", NpgsqlDbType.Integer) { TypedValue = round });
                command.Parameters.Add(new NpgsqlParameter<string>("name", NpgsqlDbType.Text) { TypedValue = $"Bench/{round}" });
                await using var reader = await command.ExecuteReaderAsync();
                await reader.ReadAsync();
                if (reader.GetString(0) != "cast") throw new InvalidOperationException(reader.GetString(0));
                counts[client]++;
            }
        })));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    private static Caller Stranger(Place place) => new() { TenantId = place.Tenant.Id, Shard = place.Tenant.Shard, Tenant = place.Tenant, Language = "en" };

    private static async Task VerifyAsync()
    {
        const int Entries = 1_000_000;
        var file = Path.GetTempFileName();
        var touched = Path.GetTempFileName();
        try
        {
            await WriteAsync(file, Entries, changed: 0);
            await WriteAsync(touched, Entries, changed: 654_321);
            foreach (var path in new[] { file, touched })
            {
                var watch = Stopwatch.StartNew();
                using var reader = new StreamReader(path);
                var report = await ExportCheck.RunAsync(reader, null, null, CancellationToken.None);
                Console.WriteLine($"votes: {report.Entries:N0} entries ({new FileInfo(path).Length / 1_048_576} MB) checked in {watch.Elapsed.TotalSeconds:0.0} s: {(report.IsSound ? "sound" : string.Join(" ", report.Faults))}");
            }
        }
        finally
        {
            File.Delete(touched);
            File.Delete(file);
        }
    }

    private static async Task WriteAsync(string path, int entries, int changed)
    {
        const int Sealed = 20_000;
        var session = Guid.NewGuid();
        await using var file = new StreamWriter(path);
        Task PutAsync(ExportVotes.Line line) => file.WriteLineAsync(JsonSerializer.Serialize(line, Json.Options));
        CountedVoting.OptionInfo[] options = [.. Enumerable.Range(1, Options).Select(number => new CountedVoting.OptionInfo(number, session, $"Song {number}", false))];
        await PutAsync(new ExportVotes.Line { Header = new ExportVotes.Header(ExportVotes.Format, session, new VotingRules { Title = "Songs", Ballot = BallotKind.Option }, options, null) });
        var (tree, head) = (new MerkleTree.Builder(), Seal.Origin(session));
        for (var no = 1; no <= entries; no++)
        {
            var record = new VoteRecord { SessionId = session, Id = no, At = DateTimeOffset.UnixEpoch.AddSeconds(no), Voter = Guid.NewGuid(), Period = 0, Option = 1 + (no % Options), Group = 0, Delta = 1, Action = "cast", Country = "KZ", Weight = 1, Salt = "c2FsdHNhbHRzYWx0c2FsdA" };
            var leaf = record.Leaf();
            tree.Add(leaf);
            if (no == changed) record = record with { Option = 60 };
            await PutAsync(new ExportVotes.Line { Entry = new ExportVotes.Entry(no, record, Convert.ToHexStringLower(leaf)) });
            if (no % Sealed != 0) continue;
            var seal = new Seal { Number = no / Sealed, FirstNo = no - Sealed + 1, Entries = Sealed, LastId = no, Root = tree.Root(), Previous = head, SealedAt = DateTimeOffset.UnixEpoch };
            head = seal.Hash(session);
            tree = new MerkleTree.Builder();
            await PutAsync(new ExportVotes.Line { Seal = VoteLog.ViewOf(session, seal) });
        }
        await PutAsync(new ExportVotes.Line { End = new ExportVotes.End(entries, Convert.ToHexStringLower(head), null) });
    }
}
