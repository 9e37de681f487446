using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Podium.Exams;
using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Tenancy;
using Podium.Tests.Harness;

namespace Podium.Tests.Exams;

public sealed class ExamRuleTests(SharedApp shared)
{
    // exact quotients on both sides of a tie, and numbers whose decimal expansion has no end
    [Theory]
    [InlineData("1", "3", "33.33")]
    [InlineData("2", "3", "66.67")]
    [InlineData("0.5", "1", "50.00")]
    [InlineData("64995", "100000", "65.00")]
    [InlineData("64.995", "100", "65.00")]
    [InlineData("64.9949999999999999999999999999", "100", "64.99")]
    [InlineData("649949999999999999999999999999999999999999", "1000000000000000000000000000000000000000000", "64.99")]
    [InlineData("0.00005", "1", "0.01")]
    [InlineData("0", "7", "0.00")]
    [InlineData("7", "7", "100.00")]
    public async Task Per_cent_are_rounded_half_up_and_once(string part, string whole, string percent) =>
        Assert.Equal(percent, await (await shared.AppAsync()).QueryAsync<string>($"SELECT exam_percent({part}, {whole})::text"));

    [Fact]
    public async Task Every_table_with_a_centres_rows_is_closed_to_other_centres() => Assert.Equal("", await (await shared.AppAsync()).QueryAsync<string>(
        """
        SELECT coalesce(string_agg(DISTINCT relname, ' '), '') FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname IN ('centre_id', 'candidate_id', 'entry_id', 'run_id') AND NOT attisdropped
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname LIKE 'exam\_%' AND NOT relispartition
          AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND NOT polpermissive AND polname IN ('own_centre', 'national_office'))
        """));

    [Fact]
    public async Task Two_people_enter_marks_and_a_third_round_settles_where_they_differ()
    {
        var app = await shared.AppAsync();
        var hall = await ExamHall.OpenAsync(app, doubleEntry: true);
        await hall.EnterAsync();
        const string First = "number,subject,paper,mark\nC1-1,ENG,1,54\nC1-1,ENG,2,72\nC1-1,MAT,1,60\nC1-2,ENG,1,ABS\nC1-2,ENG,2,10\nC1-2,MAT,1,59.99\n";
        Assert.Equal("imported", (string)(await hall.MarksAsync(hall.HeadA, First))["state"]!);
        var same = await hall.MarksAsync(hall.HeadA, First, round: 2);
        Assert.Equal(("refused", "same-person"), ((string)same["state"]!, (string)same["reason"]!));
        Assert.Equal("imported", (string)(await hall.MarksAsync(hall.Inspector, First.Replace("ABS", "0", StringComparison.Ordinal).Replace("MAT,1,60", "MAT,1,66", StringComparison.Ordinal), round: 2))["state"]!);
        var differences = await (await hall.HeadA.Http.GetAsync($"{hall.At}/mark-differences")).Content.ReadAsStringAsync();
        Assert.Equal("number,subject,paper,first,second\r\nC1-1,MAT,1,60,66\r\nC1-2,ENG,1,ABS,0\r\n", differences.TrimStart('\ufeff'));
        Assert.DoesNotContain("C1-", await (await hall.HeadB.Http.GetAsync($"{hall.At}/mark-differences")).Content.ReadAsStringAsync());
        await hall.MarksAsync(hall.HeadA, "number,subject,paper,mark\nC1-1,MAT,1,66\nC1-2,ENG,1,ABS\n", round: 3);
        Assert.Equal("number,subject,paper,first,second", (await (await hall.HeadA.Http.GetAsync($"{hall.At}/mark-differences")).Content.ReadAsStringAsync()).Trim('\ufeff', '\r', '\n'));

        // the second entry is missing in the other centre
        await hall.MarksAsync(hall.HeadB, "number,subject,paper,mark\nC2-1,ENG,1,54\n");
        await hall.SetBoundariesAsync();
        await hall.Office.Http.PutAsync($"{hall.At}/marks-lock", null).OkAsync();
        var run = await hall.ComputeAsync("Too early", app.Clock.GetUtcNow());
        Assert.Equal(("refused", 4), ((string)run["state"]!, (int)run["checks"]!.AsArray().Single(check => (string)check!["code"]! == "incomplete")!["count"]!));
    }

    [Fact]
    public async Task Scaling_and_consideration_are_exact_and_equal_input_has_an_equal_digest()
    {
        var app = await shared.AppAsync();
        var hall = await ExamHall.OpenAsync(app);
        await hall.EnterAsync();
        var centres = string.Concat(new[] { "C1", "C2" }.Select(centre => $"{centre}-1,ENG,1,20\n{centre}-1,ENG,2,30\n{centre}-1,MAT,1,79.98\n{centre}-2,ENG,1,60\n{centre}-2,ENG,2,90\n{centre}-2,MAT,1,49.99\n"));
        Assert.Equal(12, (int)(await hall.MarksAsync(hall.Office, $"number,subject,paper,mark\n{centres}"))["added"]!);
        await hall.SetBoundariesAsync();
        await hall.SecretsAsync(hall.HeadA, hall.CentreA);
        await hall.SecretsAsync(hall.HeadB, hall.CentreB);
        var paper = (await hall.Office.Http.GetAsync($"{hall.At}/subjects").OkAsync())["items"]!.AsArray().Single(subject => (string)subject!["code"]! == "MAT")!["papers"]![0]!["id"]!;

        // everywhere + 0.01; in C2 a factor of its own: 79.98 * 1.0002 = 79.995996, which is 80.00, and 49.99 * 1.0002 = 49.999998, which is 50.00
        await hall.Office.Http.PutAsJsonAsync($"/api/exam-papers/{paper}/scaling", new { factor = 1, plus = 0.01, reason = "A misprint" }).OkAsync();
        await hall.Office.Http.PutAsJsonAsync($"/api/exam-papers/{paper}/scaling", new { centreId = hall.CentreB, factor = 1.0002, plus = 0, reason = "Harsh sample" }).OkAsync();
        await hall.HeadA.Http.PutAsJsonAsync($"/api/exam-papers/{paper}/scaling", new { factor = 2, plus = 0, reason = "Greed" }).ProblemAsync(403, "forbidden");
        // 20/60*40 + 30/90*60 = 33.333…; with 16.67 per cent more 50.00 and not 50.0033… cut before it is rounded
        var asked = await hall.HeadA.Http.PostAsJsonAsync($"{hall.At}/cases", new { number = "C1-1", subject = "ENG", kind = "consideration", allowance = 10, reason = "Ill on the day" }).OkAsync(201);
        await hall.Office.Http.PostAsJsonAsync($"/api/exam-cases/{asked["id"]}/decision", new { upheld = true, outcome = "Granted" }).OkAsync();
        await hall.Office.Http.PutAsync($"{hall.At}/marks-lock", null).OkAsync();
        var run = await hall.ComputeAsync("First results", app.Clock.GetUtcNow());
        Assert.True((string)run["state"]! == "verified", run.ToJsonString());
        Assert.Equal(
            "C1-1 ENG 43.33 U, C1-1 MAT 79.99 B, C1-2 ENG 100.00 A, C1-2 MAT 50.00 C, C2-1 ENG 33.33 U, C2-1 MAT 80.00 A, C2-2 ENG 100.00 A, C2-2 MAT 50.00 C",
            await app.QueryAsync<string>(
                $"""
                SELECT string_agg(number || ' ' || exam_subjects.code || ' ' || score || ' ' || grade, ', ' ORDER BY number, exam_subjects.code)
                FROM exam_results JOIN exam_candidates ON exam_candidates.id = candidate_id JOIN exam_subjects ON exam_subjects.id = subject_id WHERE run_id = '{run["id"]}'
                """));

        await hall.Office.Http.DeleteAsync($"/api/exam-runs/{run["id"]}").OkAsync();
        var again = await hall.ComputeAsync("Once more", app.Clock.GetUtcNow());
        Assert.Equal((string)run["digest"]!, (string)again["digest"]!);
        // a mark changed behind the run's back is found before anybody approves
        await hall.Office.Http.DeleteAsync($"/api/exam-runs/{again["id"]}").OkAsync();
        await app.QueryAsync<int>($"WITH changed AS (UPDATE exam_marks SET mark = mark + 1 WHERE paper_id = '{paper}' AND mark < 60 RETURNING 1) SELECT count(*)::int FROM changed");
        Assert.NotEqual((string)run["digest"]!, (string)(await hall.ComputeAsync("Changed", app.Clock.GetUtcNow()))["digest"]!);
    }

    [Fact]
    public async Task A_seeded_examination_is_published_whole_and_once()
    {
        var app = await shared.AppAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var known = (await app.Services.GetRequiredService<TenantDirectory>().ByIdAsync(tenant.Id, default))!;
        Caller By(int person) => new() { TenantId = known.Id, Tenant = known, Language = "en", UserId = new Guid(person, 0, 0, new byte[8]), Grants = [new Grant(Scope.Tenant, "EXAM_OFFICER", ["exam.*"], null)] };
        var size = new SeedExams.Size(3, 60, 8);
        var seeded = (await app.Services.GetRequiredService<SeedExams>().Run(By(1), [By(2), By(3)], size, default)).Value!;
        Assert.Equal((3, 60, 480), (seeded.Centres, seeded.Candidates, seeded.Results));
        var again = (await app.Services.GetRequiredService<SeedExams>().Run(By(1), [By(2), By(3)], size, default)).Value!;
        Assert.Equal((seeded.SessionId, seeded.Digest, 480), (again.SessionId, again.Digest, again.Results));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/exam-sessions/{seeded.SessionId}/results/{seeded.Samples[0].Number}");
        request.Headers.Add("X-Candidate-Secret", seeded.Samples[0].Secret);
        Assert.Equal(8, (await tenant.Http.SendAsync(request).OkAsync())["subjects"]!.AsArray().Count);
    }

    [Fact]
    public async Task Guessing_is_slowed_down_for_the_guesser_and_a_rush_is_asked_to_come_back()
    {
        var app = await shared.AppAsync();
        var hall = await ExamHall.OpenAsync(app);
        await hall.EnterAsync();
        var secrets = await hall.SecretsAsync(hall.HeadA, hall.CentreA);
        await hall.SecretsAsync(hall.HeadB, hall.CentreB);
        await hall.MarksAsync(hall.Office, "number,subject,paper,mark\n" + string.Concat(new[] { "C1-1", "C1-2", "C2-1", "C2-2" }.Select(number => $"{number},ENG,1,50\n{number},ENG,2,50\n{number},MAT,1,50\n")));
        await hall.SetBoundariesAsync();
        await hall.Office.Http.PutAsync($"{hall.At}/marks-lock", null).OkAsync();
        await hall.ApproveAsync(await hall.ComputeAsync("First results", app.Clock.GetUtcNow()));

        for (var guess = 0; guess < 5; guess++) await hall.LookUpAsync("C1-1", $"wrong-{guess}").ProblemAsync(403, "exam-lookup-refused");
        var blocked = await hall.LookUpAsync("C1-1", "wrong-again");
        Assert.Equal((HttpStatusCode.TooManyRequests, "2"), (blocked.StatusCode, blocked.Headers.RetryAfter!.ToString()));
        // not even the right one until the wait is over, or guessing would go on; the neighbour in the same room reads on
        await hall.LookUpAsync("C1-1", secrets["C1-1"]).ProblemAsync(429, "exam-lookup-blocked");
        for (var reading = 0; reading < 20; reading++) await hall.LookUpAsync("C1-2", secrets["C1-2"]).OkAsync();
        // an unknown number is no different
        for (var guess = 0; guess < 5; guess++) await hall.LookUpAsync("C1-3", "wrong").ProblemAsync(403, "exam-lookup-refused");
        await hall.LookUpAsync("C1-3", "wrong").ProblemAsync(429, "exam-lookup-blocked");
        // another instance knows it too
        var services = app.Services;
        var elsewhere = new LookupThrottle(services.GetRequiredService<Database>(), services.GetRequiredService<Sweep>(), services.GetRequiredService<Podium.Platform.Security.FieldCipher>(), app.Clock);
        var tenant = (await services.GetRequiredService<TenantDirectory>().ByIdAsync(hall.Tenant.Id, default))!;
        var caller = new Caller { TenantId = tenant.Id, Tenant = tenant, Language = "en", Address = IPAddress.Loopback };
        LookUpResult Instance(int inFlight) => new(
            services.GetRequiredService<Database>(), services.GetRequiredService<Cache>(), services.GetRequiredService<CandidateSecret>(), elsewhere,
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Exams:LookupsInFlight"] = $"{inFlight}" }).Build(), app.Clock);
        var instance = Instance(500);
        Assert.Null(elsewhere.Check(caller, Guid.Parse(hall.Session), "C1-1"));
        // all at once, in one trip: each has its own answer
        var together = await Task.WhenAll(new[] { "C1-2", "C1-1", "C2-1", "C1-3", "C9-9" }.Select(number => instance.Run(caller, Guid.Parse(hall.Session), number, secrets["C1-2"], null, default)));
        Assert.Equal([null, "exam-lookup-blocked", "exam-lookup-refused", "exam-lookup-blocked", "exam-lookup-refused"], together.Select(outcome => outcome.Problem?.Kind.Code));
        Assert.NotNull(elsewhere.Check(caller, Guid.Parse(hall.Session), "C1-1"));
        // from another network it is still open
        Assert.Null((await instance.Run(caller with { Address = IPAddress.Parse("203.0.113.7") }, Guid.Parse(hall.Session), "C1-1", secrets["C1-1"], null, default)).Problem);

        var full = Instance(0);
        var turnedAway = await full.Run(caller, Guid.Parse(hall.Session), "C1-2", secrets["C1-2"], null, default);
        Assert.Equal((503, "exam-waiting-room"), (turnedAway.Problem!.Kind.Status, turnedAway.Problem.Kind.Code));
        Assert.InRange(turnedAway.Problem.RetryAfter!.Value.TotalSeconds, 2, 10);
    }
}
