using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Podium.Functions.Middleware;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Databases;
using Podium.Voting;

namespace Podium.Tests.Voting;

/// <summary>Casting, changing and taking back votes; and who may.</summary>
public sealed class CastVoteTests(SharedApp shared)
{
    [Fact]
    public async Task A_vote_is_cast_once_however_often_it_is_sent()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var voter = await tenant.PersonAsync();
        var stranger = await (await shared.TenantAsync()).PersonAsync();
        var voting = await VotingWorld.OpenAsync(boss, new { title = "One" });

        var receipt = await voting.CastAsync(voter.Http, [1]).OkAsync();
        var again = await voting.CastAsync(voter.Http, [1]).OkAsync();
        Assert.Equal(("cast", "same"), ((string)receipt["outcome"]!, (string)again["outcome"]!));
        Assert.Equal((receipt["entryId"]!.ToString(), receipt["code"]!.ToString()), (again["entryId"]!.ToString(), again["code"]!.ToString()));
        await voting.CastAsync(voter.Http, [2]).ProblemAsync(409, "voted-already");
        await voting.CastAsync(boss.Http, [2]).OkAsync();

        await voting.CastAsync(tenant.Http, [1]).ProblemAsync(401, "sign-in-required");
        await voting.CastAsync(stranger.Http, [1]).ProblemAsync(404, "not-found");
        await voting.CastAsync(voter.Http, [1, 2]).ProblemAsync(422, "invalid");
        await voting.CastAsync(voter.Http, [1], ranked: true).ProblemAsync(422, "invalid");
        await voter.Http.PostAsJsonAsync($"{voting.Path}/votes", new { choices = new[] { new { optionId = Guid.CreateVersion7() } } }).ProblemAsync(422, "invalid");
        Assert.Equal("0 1 1", await voting.CountsAsync(tenant.Http));
        var own = await voter.Http.PostAsJsonAsync($"{voting.Path}/own-votes", new { }).OkAsync();
        Assert.Equal($"{voting.Options[1]}", (string)own["votes"]![0]!["choices"]![0]!["optionId"]!);
    }

    [Fact]
    public async Task A_thousand_casts_of_one_voter_at_once_leave_one_vote()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Rush", ballot = "option", period = "day", votesPerPeriod = 2, voters = "anyone" });
        var ticket = await voting.TicketAsync(tenant.Http);
        var cast = app.Services.GetRequiredService<CastVote>();
        var caller = await CallerAsync(app, tenant);
        var requests = Enumerable.Range(0, 1000).Select(number => new CastVote.Request
        {
            Choices = [new BallotReading.Choice { OptionId = voting.Options[0] }],
            Ticket = ticket,
            Nth = number % 2 == 0 ? 1 : null,
        });

        var outcomes = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (request, stop) =>
        {
            var outcome = await cast.RunAsync(caller, voting.Id, request, stop);
            outcomes.Add(outcome.Problem?.Kind.Code ?? $"{outcome.Value!.Outcome}");
        });

        // two a day are allowed: the first by its number, the other by whatever was free
        Assert.Equal(2, outcomes.Count(outcome => outcome == "Cast"));
        Assert.Equal(1000, outcomes.Count(outcome => outcome is "Cast" or "Same" or "votes-used-up"));
        Assert.Equal(2, await app.QueryAsync<long>($"SELECT count(*) FROM votes WHERE voting_session_id = '{voting.Id}'"));
        Assert.Equal(2, await app.QueryAsync<long>($"SELECT count(*) FROM vote_audit_log WHERE voting_session_id = '{voting.Id}'"));
        Assert.Equal("2 0 0", await voting.CountsAsync(tenant.Http));
    }

    [Fact]
    public async Task Many_voters_at_once_are_all_counted()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var voting = await VotingWorld.OpenAsync(await tenant.AdministratorAsync(), new { title = "Crowd", voters = "anyone", mayChange = true });
        var cast = app.Services.GetRequiredService<CastVote>();
        var seals = app.Services.GetRequiredService<SealVoteLog>();
        var caller = await CallerAsync(app, tenant);
        var tickets = app.Services.GetRequiredService<VoterTickets>();

        // half of them change their minds, while the log is sealed and folded again and again
        await Parallel.ForEachAsync(Enumerable.Range(0, 120), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, stop) =>
        {
            var ticket = (await tickets.OfDeviceAsync(caller, voting.Id, stop)).Value!.Value;
            foreach (var option in number % 2 == 0 ? [0] : new[] { 0, 1 })
                Assert.Null((await cast.RunAsync(caller, voting.Id, new CastVote.Request { Choices = [new BallotReading.Choice { OptionId = voting.Options[option] }], Ticket = ticket }, stop)).Problem);
            if (number % 15 == 0) await seals.RunAsync(caller, voting.Id, stop);
        });

        Assert.Equal("60 60 0", await voting.CountsAsync(tenant.Http));
        await seals.RunAsync(caller, voting.Id, CancellationToken.None);
        Assert.Equal("60 60 0", await voting.CountsAsync(tenant.Http));
        Assert.Equal(240, await app.QueryAsync<long>($"SELECT sum(entries) FROM vote_log_seals WHERE voting_session_id = '{voting.Id}'"));
        Assert.Equal(0, await app.Services.GetRequiredService<ReconcileCounts>().RunAllAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_cast_takes_one_turn_with_the_database()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var voting = await VotingWorld.OpenAsync(await tenant.AdministratorAsync(), new { title = "Fast", voters = "anyone" });
        await using var proxy = PostgresProxy.Start(app.Postgres);
        await using var database = MigrationTests.OpenDatabase(proxy.Postgres);
        var services = app.Services;
        var cast = new CastVote(
            database, services.GetRequiredService<VotingSessions>(), services.GetRequiredService<VoterTickets>(), services.GetRequiredService<VoteReceipts>(), services.GetRequiredService<GeoIp>(),
            services.GetRequiredService<Podium.Platform.Security.FieldCipher>(), services.GetRequiredService<Podium.Voting.Fraud.VoteDoor>(), app.Clock);
        var caller = await CallerAsync(app, tenant);
        for (var number = 0; number < 6; number++)
        {
            var ticket = await voting.TicketAsync(tenant.Http);
            var request = new CastVote.Request { Choices = [new BallotReading.Choice { OptionId = voting.Options[0] }], Ticket = ticket };
            var counted = await proxy.CountAsync(async () => Assert.Null((await cast.RunAsync(caller, voting.Id, request, CancellationToken.None)).Problem));
            // the first opens the connection
            if (number > 0) Assert.Equal((1, 1), counted);
        }
    }

    [Fact]
    public async Task A_ballot_is_changed_and_taken_back_where_the_voting_allows_it()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var voter = await tenant.PersonAsync();
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Change", method = "approval", mostOptions = 2, mayChange = true, mayWithdraw = true });

        var first = await voting.CastAsync(voter.Http, [0, 1]).OkAsync();
        var second = await voting.CastAsync(voter.Http, [2]).OkAsync();
        Assert.Equal("changed", (string)second["outcome"]!);
        Assert.Equal("0 0 1", await voting.CountsAsync(tenant.Http));
        await voting.CastAsync(voter.Http, [0, 1, 2]).ProblemAsync(422, "invalid");
        await voter.Http.PostAsJsonAsync($"{voting.Path}/own-votes/withdrawals", new { entryId = (long)first["entryId"]! }).ProblemAsync(404, "not-found");
        await boss.Http.PostAsJsonAsync($"{voting.Path}/own-votes/withdrawals", new { entryId = (long)second["entryId"]! }).ProblemAsync(404, "not-found");
        await voter.Http.PostAsJsonAsync($"{voting.Path}/own-votes/withdrawals", new { entryId = (long)second["entryId"]! }).OkAsync(204);
        await voter.Http.PostAsJsonAsync($"{voting.Path}/own-votes/withdrawals", new { entryId = (long)second["entryId"]! }).ProblemAsync(404, "not-found");
        Assert.Equal("0 0 0", await voting.CountsAsync(tenant.Http));
        Assert.Equal("cast", (string)(await voting.CastAsync(voter.Http, [0]).OkAsync())["outcome"]!);

        var firm = await VotingWorld.OpenAsync(boss, new { title = "Firm" });
        var cast = await firm.CastAsync(voter.Http, [0]).OkAsync();
        await voter.Http.PostAsJsonAsync($"{firm.Path}/own-votes/withdrawals", new { entryId = (long)cast["entryId"]! }).ProblemAsync(409, "vote-not-withdrawable");
    }

    [Fact]
    public async Task Halted_voting_takes_nothing_until_it_goes_on()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var voter = await tenant.PersonAsync();
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Halt", mayWithdraw = true });
        var cast = await voting.CastAsync(voter.Http, [0]).OkAsync();

        await voter.Http.PutAsJsonAsync($"{voting.Path}/halt", new { reason = "Mine" }).ProblemAsync(403, "forbidden");
        var halted = await boss.Http.PutAsJsonAsync($"{voting.Path}/halt", new { reason = "We look into it." }).OkAsync();
        Assert.Equal("We look into it.", (string)halted["haltedFor"]!);
        await voting.CastAsync(boss.Http, [0]).ProblemAsync(423, "voting-halted");
        await voter.Http.PostAsJsonAsync($"{voting.Path}/own-votes/withdrawals", new { entryId = (long)cast["entryId"]! }).ProblemAsync(423, "voting-halted");
        await boss.Http.DeleteAsync($"{voting.Path}/halt").OkAsync();
        await voting.CastAsync(boss.Http, [0]).OkAsync();

        await boss.Http.PostAsync($"{voting.Path}/options/{voting.Options[1]}/withdrawal", null).OkAsync();
        await voting.CastAsync((await tenant.PersonAsync()).Http, [1]).ProblemAsync(409, "option-withdrawn");
        await boss.Http.DeleteAsync($"{voting.Path}/options/{voting.Options[1]}/withdrawal").OkAsync();
        await voting.CastAsync((await tenant.PersonAsync()).Http, [1]).OkAsync();
        Assert.Equal("2 1 0", await voting.CountsAsync(tenant.Http));
    }

    [Fact]
    public async Task Each_day_of_the_contests_own_time_zone_has_votes_of_its_own()
    {
        // it is 20:00 in Almaty; the next day there begins in four hours
        await using var app = await PodiumApp.StartAsync(new AppOptions { Start = new DateTimeOffset(2026, 1, 31, 15, 0, 0, TimeSpan.Zero) });
        var tenant = await TestTenant.CreateAsync(app);
        var voting = await VotingWorld.OpenAsync(
            await tenant.AdministratorAsync(), new { title = "Daily", ballot = "option", period = "day", voters = "anyone", timeZone = "Asia/Almaty", mostOptions = 2 });
        var ticket = await voting.TicketAsync(tenant.Http);

        await voting.CastAsync(tenant.Http, [0], ticket: ticket).OkAsync();
        await voting.CastAsync(tenant.Http, [1], ticket: ticket).OkAsync();
        await voting.CastAsync(tenant.Http, [2], ticket: ticket).ProblemAsync(409, "votes-used-up");
        await voting.CastAsync(tenant.Http, [0], ticket: ticket, nth: 2).ProblemAsync(409, "votes-used-up");
        await app.AdvanceAsync(new TimeSpan(3, 59, 59));
        Assert.Equal("same", (string)(await voting.CastAsync(tenant.Http, [0], ticket: ticket).OkAsync())["outcome"]!);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        // another month for the calendar, but the same contest: its votes stay together
        Assert.Equal("cast", (string)(await voting.CastAsync(tenant.Http, [0], ticket: ticket).OkAsync())["outcome"]!);
        Assert.Equal("2 1 0", await voting.CountsAsync(tenant.Http));
        Assert.Equal("votes_2026_01", await app.QueryAsync<string>($"SELECT string_agg(DISTINCT left(tableoid::regclass::text, 13), ',') FROM votes WHERE voting_session_id = '{voting.Id}'"));
        var board = await voting.BoardAsync(tenant.Http, "?by=day");
        Assert.Equal(
            ["2026-01-31 A 1", "2026-01-31 B 1", "2026-02-01 A 1"],
            board["lines"]!.AsArray().Where(line => (long)line!["votes"]! > 0).Select(line => $"{line!["part"]} {line["title"]} {line["votes"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_who_is_eligible_votes_and_groups_weigh_what_they_should()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var judge = await tenant.PersonAsync();
        var kazakh = await tenant.PersonAsync();
        var french = await tenant.PersonAsync();
        await boss.GrantAsync(judge, "JUDGE").OkAsync(201);
        foreach (var (person, country) in new[] { (judge, "KZ"), (kazakh, "KZ"), (french, "FR") }) await person.Http.PatchAsJsonAsync("/api/me", new { country }).OkAsync();

        var voting = await VotingWorld.OpenAsync(boss, new { title = "Groups", voters = "verified", countries = new[] { "KZ" }, groups = new[] { new { name = "Jury", weight = 2.5, role = "JUDGE" } } });
        await voting.CastAsync(judge.Http, [0]).OkAsync();
        await voting.CastAsync(kazakh.Http, [1]).OkAsync();
        await voting.CastAsync(french.Http, [1]).ProblemAsync(403, "voter-not-eligible");
        await voting.CastAsync(boss.Http, [1]).ProblemAsync(403, "voter-not-eligible");
        var board = await voting.BoardAsync(tenant.Http, "?by=group");
        Assert.Equal([" B 1", "Jury A 2.5"], board["lines"]!.AsArray().Where(line => (decimal)line!["weight"]! > 0).Select(line => $"{line!["part"]} {line["title"]} {(decimal)line["weight"]!:0.#}").Order(StringComparer.Ordinal));
        Assert.Equal((2, 3.5m), ((int)board["votes"]!, (decimal)board["weight"]!));

        var onlyJury = await VotingWorld.OpenAsync(boss, new { title = "Jury", onlyGroups = true, groups = new[] { new { name = "Jury", role = "JUDGE" } } });
        await onlyJury.CastAsync(kazakh.Http, [1]).ProblemAsync(403, "voter-not-eligible");
        await onlyJury.CastAsync(judge.Http, [1]).OkAsync();

        var institution = await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "School" }).OkAsync(201);
        await french.Http.PatchAsJsonAsync("/api/me", new { institutionId = (Guid)institution["id"]! }).OkAsync();
        var school = await VotingWorld.OpenAsync(boss, new { title = "School", institutionIds = new[] { (Guid)institution["id"]! } });
        await school.CastAsync(french.Http, [1]).OkAsync();
        await school.CastAsync(judge.Http, [1]).ProblemAsync(403, "voter-not-eligible");

        var own = await VotingWorld.DraftAsync(boss, new { title = "Own" }, 2, index => new { id = Guid.CreateVersion7(), title = $"{index}", ownerId = index == 0 ? judge.Id : (Guid?)null });
        await own.MoveAsync("open");
        var options = (await tenant.Http.GetAsync(own.Path).OkAsync())["options"]!.AsArray().Select(option => (Guid)option!["id"]!).ToList();
        await judge.Http.PostAsJsonAsync($"{own.Path}/votes", new { choices = new[] { new { optionId = options[0] } } }).ProblemAsync(422, "invalid");
        await judge.Http.PostAsJsonAsync($"{own.Path}/votes", new { choices = new[] { new { optionId = options[1] } } }).OkAsync();
    }

    [Fact]
    public async Task Tickets_are_of_one_voting_and_cannot_be_made_up()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var one = await VotingWorld.OpenAsync(boss, new { title = "One", voters = "anyone" });
        var other = await VotingWorld.OpenAsync(boss, new { title = "Other", voters = "anyone" });
        var people = await VotingWorld.OpenAsync(boss, new { title = "People" });
        var ticket = await one.TicketAsync(tenant.Http);

        await one.CastAsync(tenant.Http, [0]).ProblemAsync(401, "voting-ticket-required");
        await other.CastAsync(tenant.Http, [0], ticket: ticket).ProblemAsync(401, "voting-ticket-refused");
        await one.CastAsync(tenant.Http, [0], ticket: (ticket[0] == 'A' ? 'B' : 'A') + ticket[1..]).ProblemAsync(401, "voting-ticket-refused");
        await one.CastAsync(tenant.Http, [0], ticket: "nonsense!").ProblemAsync(401, "voting-ticket-refused");
        await tenant.Http.PostAsync($"{people.Path}/tickets", null).ProblemAsync(403, "voter-not-eligible");
        await one.CastAsync(tenant.Http, [0], ticket: ticket).OkAsync();
        var own = await tenant.Http.PostAsJsonAsync($"{one.Path}/own-votes", new { ticket }).OkAsync();
        Assert.Single(own["votes"]!.AsArray());
    }

    [Fact]
    public async Task An_e_mail_address_votes_once_by_a_code_that_only_its_reader_has()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var voting = await VotingWorld.OpenAsync(await tenant.AdministratorAsync(), new { title = "Mail", voters = "email" });
        const string Email = "Fan@Example.org";

        await tenant.Http.PostAsJsonAsync($"{voting.Path}/email-codes", new { email = Email }).OkAsync(204);
        await tenant.Http.PostAsJsonAsync($"{voting.Path}/email-codes", new { email = Email }).OkAsync(204);
        var mail = Assert.Single(await tenant.MailsAsync(Email));
        var code = Regex.Match(mail.Text, "^[0-9]{8}", RegexOptions.Multiline).Value;
        Assert.Equal("voting-code", mail.Template);

        await tenant.Http.PostAsJsonAsync($"{voting.Path}/email-tickets", new { email = "else@example.org", code }).ProblemAsync(410, "voting-code-refused");
        var first = (string)(await tenant.Http.PostAsJsonAsync($"{voting.Path}/email-tickets", new { email = Email, code }).OkAsync())["value"]!;
        var second = (string)(await tenant.Http.PostAsJsonAsync($"{voting.Path}/email-tickets", new { email = "fan@example.org", code }).OkAsync())["value"]!;
        await voting.CastAsync(tenant.Http, [0], ticket: first).OkAsync();
        await voting.CastAsync(tenant.Http, [1], ticket: second).ProblemAsync(409, "voted-already");

        var wrong = code == "00000000" ? "00000001" : "00000000";
        for (var tries = 2; tries < 5; tries++) await tenant.Http.PostAsJsonAsync($"{voting.Path}/email-tickets", new { email = Email, code = wrong }).ProblemAsync(410, "voting-code-refused");
        await tenant.Http.PostAsJsonAsync($"{voting.Path}/email-tickets", new { email = Email, code }).ProblemAsync(410, "voting-code-refused");
        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM voter_emails WHERE voting_session_id = '{voting.Id}' AND to_jsonb(voter_emails)::text ILIKE '%fan@%'"));
    }

    [Fact]
    public async Task A_device_votes_from_the_country_that_its_address_is_in()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, Platform.GeoFileWriter.Write(
                28, ("203.0.113.0/24", Platform.GeoFileWriter.City("KZ", "Almaty Region", "Almaty")), ("2001:db8::/32", Platform.GeoFileWriter.City("FR"))));
            await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["GeoIp:File"] = file, ["Http:FrontDoor"] = "true" } });
            var tenant = await TestTenant.CreateAsync(app);
            var voting = await VotingWorld.OpenAsync(await tenant.AdministratorAsync(), new { title = "Here", voters = "anyone", countries = new[] { "KZ" } });
            async Task<HttpResponseMessage> FromAsync(string address)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"{voting.Path}/votes")
                {
                    Content = JsonContent.Create(new { choices = new[] { new { optionId = voting.Options[0] } }, ticket = await voting.TicketAsync(tenant.Http) }),
                };
                request.Headers.Add(Admission.AddressHeader, address);
                return await tenant.Http.SendAsync(request);
            }

            await FromAsync("203.0.113.9").OkAsync();
            await FromAsync("2001:db8::9").ProblemAsync(403, "voter-not-eligible");
            await FromAsync("198.51.100.9").ProblemAsync(403, "voter-not-eligible");
            var board = await voting.BoardAsync(tenant.Http, "?by=country");
            Assert.Equal(["KZ A 1", "KZ B 0", "KZ C 0"], board["lines"]!.AsArray().Select(line => $"{line!["part"]} {line["title"]} {line["votes"]}"));
            Assert.Equal("KZ Almaty Region Almaty", await app.QueryAsync<string>("SELECT vote_places.country_code || ' ' || region || ' ' || city FROM vote_places JOIN votes ON votes.tenant_id = vote_places.tenant_id AND place_id = id"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    internal static async Task<Caller> CallerAsync(PodiumApp app, TestTenant tenant)
    {
        var known = await app.Services.GetRequiredService<Podium.Tenancy.TenantDirectory>().ByIdAsync(tenant.Id, CancellationToken.None);
        return new Caller { TenantId = tenant.Id, Shard = known!.Shard, Tenant = known, Language = "en", Address = IPAddress.Parse("203.0.113.7"), UserAgent = "Tests/1.0" };
    }
}
