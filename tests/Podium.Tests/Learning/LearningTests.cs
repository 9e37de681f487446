using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Podium.Learning;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

/// <summary>Authors write and publish, learners try: the whole way through the public door.</summary>
public sealed class LearningTests(SharedApp shared)
{
    private static readonly object[] Tests =
    [
        new { name = "It adds", points = 3, check = new { expect = new object[] { new { call = "sum", args = new[] { 1, 2 }, result = 3 } } } },
        new { name = "It greets", points = 1, check = new { expect = new object[] { new { selector = "h1", text = "Hi" } } } },
        new { name = "Below zero", points = 1, hidden = true, check = new { expect = new object[] { new { call = "sum", args = new[] { -1, -2 }, result = -3 } } } },
    ];

    private const string Good = "const sum = (a, b) => a + b;";

    private static object Content(string title = "Sum", string solution = Good, string starter = "", int points = 10) => new
    {
        title,
        description = "Add.",
        difficulty = "beginner",
        points,
        estimatedTimeMinutes = 5,
        starterCode = new { html = "<h1>Hi</h1>", js = starter },
        solutionCode = new { html = "<h1>Hi</h1>", js = solution },
        tests = Tests,
        hints = new object[] { new { text = "Use +.", cost = 3 }, new { text = "a + b", cost = 4 } },
    };

    [Fact]
    public async Task An_author_publishes_what_its_solution_proves_learners_try_it_and_progress_survives_the_next_version()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var author = await AuthorAsync(boss);
        var (track, lesson) = await OutlineAsync(author);
        var id = await AddAsync(author, lesson, "sum", Content(solution: "const sum = (a, b) => a - b;"));

        // nobody but authors sees a draft
        await tenant.Http.GetAsync($"/api/challenges/{id}").ProblemAsync(404, "not-found");
        var refused = await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).ProblemAsync(409, "solution-fails");
        Assert.Contains("It adds: sum(1, 2) should be 3, but is -1.", (string)refused["detail"]!);
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Content(starter: Good)).OkAsync();
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).ProblemAsync(409, "starter-passes");
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Content()).OkAsync();
        Assert.True((bool)(await author.Http.PostAsync($"/api/authoring/challenges/{id}/preview", null).OkAsync())["publishable"]!);
        var first = await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).OkAsync(201);
        Assert.Equal("1.0.0", (string?)first["number"]);
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "Again." }).ProblemAsync(409, "nothing-new");

        var shown = (await tenant.Http.GetAsync($"/api/challenges/{id}").OkAsync()).ToJsonString();
        Assert.DoesNotContain("a + b", shown);
        Assert.DoesNotContain("expect", shown);

        var ada = await tenant.PersonAsync();
        await ada.Http.PostAsync($"/api/tracks/{track}/enrollment", null).OkAsync();
        var half = await TryAsync(ada, id, "const sum = (a, b) => Math.abs(a) + Math.abs(b);");
        Assert.Equal(("failed", 80m), ((string)half["status"]!, (decimal)half["score"]!));
        Assert.Equal("Hidden.", (string?)half["tests"]![2]!["message"]);
        Assert.Equal("timeout", (string?)(await TryAsync(ada, id, "for (;;) ;"))["status"]);
        var done = await TryAsync(ada, id, Good);
        Assert.Equal(("passed", 100m), ((string)done["status"]!, (decimal)done["score"]!));
        Assert.Equal(
            ("completed", 100m, 3, 10, 100m, 1),
            ((string)done["progress"]!["status"]!, (decimal)done["progress"]!["bestScore"]!, (int)done["progress"]!["totalAttempts"]!, (int)done["progress"]!["pointsEarned"]!, (decimal)done["progress"]!["progressPercentage"]!, (int)done["progress"]!["currentStreak"]!));

        // version 2 says more; what was achieved stays
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Content("Sum of two", points: 20)).OkAsync();
        Assert.Equal("Sum", (string?)(await ada.Http.GetAsync($"/api/challenges/{id}").OkAsync())["title"]);
        Assert.Equal("2.0.0", (string?)(await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { step = "major", changelog = "More." }).OkAsync(201))["number"]);
        var seen = await ada.Http.GetAsync($"/api/challenges/{id}").OkAsync();
        Assert.Equal(("Sum of two", "2.0.0", "completed", 10, Good), ((string)seen["title"]!, (string)seen["version"]!, (string)seen["progress"]!["status"]!, (int)seen["progress"]!["pointsEarned"]!, (string)seen["lastCode"]!["js"]!));
        Assert.Equal("99.99", SubmitAttempt.ScoreOf([new("a", true, 100000, null), new("b", false, 1, null)], all: false).ToString(System.Globalization.CultureInfo.InvariantCulture));

        await author.Http.PostAsync($"/api/authoring/challenges/{id}/versions/1.0.0/activation", null).OkAsync();
        Assert.Equal("Sum", (string?)(await ada.Http.GetAsync($"/api/challenges/{id}").OkAsync())["title"]);
        var versions = (await author.Http.GetAsync($"/api/authoring/challenges/{id}/versions").OkAsync())["items"]!.AsArray();
        Assert.Equal(["1.0.0 true", "2.0.0 false"], versions.Select(version => $"{version!["number"]} {version["isActive"]}").Order());
        await author.Http.PostAsync($"/api/authoring/challenges/{id}/versions/9.0.0/activation", null).ProblemAsync(404, "not-found");

        var dashboard = (await ada.Http.GetAsync("/api/me/learning").OkAsync())["items"]![0]!;
        Assert.Equal((1, 1, 10), ((int)dashboard["totalChallenges"]!, (int)dashboard["completed"]!, (int)dashboard["totalPoints"]!));
        Assert.Equal(id.ToString(), (string?)dashboard["lastChallengeId"]);
        Assert.Equal(3, (await ada.Http.GetAsync($"/api/challenges/{id}/attempts").OkAsync())["items"]!.AsArray().Count);

        // archived: gone for learners, fixed for authors
        await author.Http.DeleteAsync($"/api/authoring/challenges/{id}").OkAsync(204);
        await ada.Http.GetAsync($"/api/challenges/{id}").ProblemAsync(404, "not-found");
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Content()).ProblemAsync(409, "content-archived");
        Assert.NotNull((await author.Http.GetAsync($"/api/authoring/challenges/{id}").OkAsync())["deletedAt"]);
    }

    [Fact]
    public async Task Drafts_belong_to_who_made_them_and_are_reviewed_by_others()
    {
        var tenant = await TestTenant.CreateAsync(await shared.AppAsync(), new { siteUrl = "https://contest.example.org", reviewChallenges = true });
        var boss = await tenant.AdministratorAsync();
        var author = await AuthorAsync(boss);
        var colleague = await AuthorAsync(boss);
        var (track, lesson) = await OutlineAsync(author);
        var id = await AddAsync(author, lesson, "sum", Content());

        await colleague.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Content("Mine")).ProblemAsync(403, "not-creator");
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).ProblemAsync(409, "review-missing");
        await author.Http.PostAsync($"/api/authoring/challenges/{id}/review", null).ProblemAsync(403, "own-review");
        await colleague.Http.PostAsync($"/api/authoring/challenges/{id}/review", null).OkAsync();
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Content("Changed after the review")).OkAsync();
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).ProblemAsync(409, "review-missing");
        await colleague.Http.PostAsync($"/api/authoring/challenges/{id}/review", null).OkAsync();
        var published = await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).OkAsync(201);
        Assert.Equal(colleague.Id.ToString(), (string?)published["reviewedBy"]);

        // what is published anybody may change, and nobody reviews their own change of it
        await colleague.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Content("Said by the colleague")).OkAsync();
        await colleague.Http.PostAsync($"/api/authoring/challenges/{id}/review", null).ProblemAsync(403, "own-review");
        await author.Http.PostAsync($"/api/authoring/challenges/{id}/review", null).OkAsync();
        await colleague.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "Second." }).OkAsync(201);
        var drafted = await AddAsync(author, lesson, "draft", Content("Draft"));
        var listed = (await colleague.Http.GetAsync($"/api/authoring/lessons/{lesson}/challenges").OkAsync())["items"]!.AsArray();
        Assert.Equal(["Draft ", "Said by the colleague 1.1.0"], listed.Select(line => $"{line!["title"]} {line["activeVersion"]}").Order(StringComparer.Ordinal));
        Assert.Equal("Changed after the review", (string?)(await colleague.Http.GetAsync($"/api/authoring/challenges/{id}/versions/1.0.0").OkAsync())["content"]!["title"]);
        await colleague.Http.GetAsync($"/api/authoring/challenges/{id}/versions/7.0.0").ProblemAsync(404, "not-found");
        await colleague.Http.GetAsync($"/api/authoring/lessons/{drafted}/challenges").ProblemAsync(404, "not-found");
        Assert.Equal("basics", (string?)(await colleague.Http.GetAsync($"/api/authoring/tracks/{track}").OkAsync())["slug"]);
        Assert.Equal(lesson, (Guid)(await colleague.Http.GetAsync($"/api/authoring/lessons/{lesson}").OkAsync())["id"]!);
        await colleague.Http.GetAsync($"/api/authoring/modules/{lesson}").ProblemAsync(404, "not-found");

        await author.Http.IfMatchAsync(HttpMethod.Put, $"/api/authoring/challenges/{id}", "\"1\"", Content()).ProblemAsync(409, "stale");
        await author.Http.PostAsJsonAsync($"/api/authoring/tracks", new { slug = "basics", title = "Again" }).ProblemAsync(409, "slug-taken-here");
        await author.Http.PostAsJsonAsync($"/api/authoring/lessons/{lesson}/challenges", new { slug = "sum", content = Content() }).ProblemAsync(409, "slug-taken-here");

        // who may not write, and another tenant's author
        var ada = await tenant.PersonAsync();
        await ada.Http.GetAsync($"/api/authoring/challenges/{id}").ProblemAsync(403, "forbidden");
        await ada.Http.GetAsync($"/api/authoring/tracks/{track}/statistics").ProblemAsync(403, "forbidden");
        var other = await shared.TenantAsync();
        var stranger = await other.AdministratorAsync();
        await stranger.Http.GetAsync($"/api/authoring/challenges/{id}").ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"/api/authoring/challenges/{id}/versions/1.0.0").ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"/api/authoring/lessons/{lesson}/challenges").ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"/api/authoring/tracks/{track}").ProblemAsync(404, "not-found");
        await ada.Http.GetAsync($"/api/authoring/challenges/{id}/versions/1.0.0").ProblemAsync(403, "forbidden");
        await stranger.Http.PostAsync($"/api/authoring/challenges/{id}/preview", null).ProblemAsync(404, "not-found");
        await stranger.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { js = Good }).ProblemAsync(404, "not-found");
        await stranger.Http.PostAsync($"/api/tracks/{track}/enrollment", null).ProblemAsync(404, "not-found");

        // a track that is withdrawn takes its challenges along
        await author.Http.DeleteAsync($"/api/authoring/tracks/{track}/publication").OkAsync();
        await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { js = Good }).ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task An_attempt_that_is_repeated_counts_once_and_those_at_once_all_count()
    {
        var tenant = await shared.TenantAsync();
        var author = await AuthorAsync(await tenant.AdministratorAsync());
        var (_, lesson) = await OutlineAsync(author);
        var id = await AddAsync(author, lesson, "sum", Content());
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).OkAsync(201);
        var ada = await tenant.PersonAsync();

        var attempt = Guid.CreateVersion7();
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ada.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { id = attempt, html = "<h1>Hi</h1>", js = "function sum(a, b) { return 3; }" }).OkAsync(201)));
        Assert.All(answers, answer => Assert.Equal((80m, attempt.ToString()), ((decimal)answer["score"]!, (string?)answer["id"])));
        await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { id = attempt, js = Good }).ProblemAsync(409, "id-taken");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ada.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { html = "<h1>Hi</h1>", js = $"{Good} // {i}" }).OkAsync(201)));

        var seen = await ada.Http.GetAsync($"/api/challenges/{id}").OkAsync();
        Assert.Equal((7, "completed", 10), ((int)seen["progress"]!["totalAttempts"]!, (string)seen["progress"]!["status"]!, (int)seen["progress"]!["pointsEarned"]!));
        var page = await ada.Http.GetAsync($"/api/challenges/{id}/attempts?limit=4").OkAsync();
        var rest = await ada.Http.GetAsync($"/api/challenges/{id}/attempts?limit=4&after={page["next"]}").OkAsync();
        Assert.Equal(7, page["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(item => (string)item!["id"]!).Distinct().Count());
        await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { js = new string('x', 50_001), python = "1" }).ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task Hints_cost_points_once_and_are_free_afterwards()
    {
        var tenant = await shared.TenantAsync();
        var author = await AuthorAsync(await tenant.AdministratorAsync());
        var (_, lesson) = await OutlineAsync(author);
        var id = await AddAsync(author, lesson, "sum", Content());
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).OkAsync(201);
        var ada = await tenant.PersonAsync();

        var hint = await ada.Http.PostAsync($"/api/challenges/{id}/hints", null).OkAsync();
        Assert.Equal((1, "Use +.", 3, 3), ((int)hint["number"]!, (string)hint["text"]!, (int)hint["cost"]!, (int)hint["totalCost"]!));
        Assert.Equal(7, (int)(await TryAsync(ada, id, Good))["progress"]!["pointsEarned"]!);
        Assert.Equal((0, 3), await ada.Http.PostAsync($"/api/challenges/{id}/hints", null).OkAsync() is var second ? ((int)second["cost"]!, (int)second["totalCost"]!) : default);
        await ada.Http.PostAsync($"/api/challenges/{id}/hints", null).ProblemAsync(409, "no-more-hints");
        var seen = await ada.Http.GetAsync($"/api/challenges/{id}").OkAsync();
        Assert.Equal("""["Use \u002B.","a \u002B b"]""", seen["hints"]!.ToJsonString());
        Assert.Empty((await tenant.Http.GetAsync($"/api/challenges/{id}").OkAsync())["hints"]!.AsArray());
    }

    [Fact]
    public async Task Streaks_boards_statistics_and_a_new_month_follow_the_clock()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RefreshChallengeStatistics", "RotatePartitions", "WatchDeeds"], Start = new DateTimeOffset(2026, 1, 30, 8, 0, 0, TimeSpan.Zero) });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var author = await AuthorAsync(boss);
        var (track, lesson) = await OutlineAsync(author);
        var id = await AddAsync(author, lesson, "sum", Content());
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).OkAsync(201);
        await RewardAsync("Three in a row", new { @event = "streak", days = 3, frequency = "always", points = 5 });
        await RewardAsync("Four in a row", new { @event = "streak", days = 4, points = 0 });
        await RewardAsync("Sum", new { @event = "challengeCompleted", trackId = track, frequency = "subject", points = 10 });
        await RewardAsync("Basics", new { @event = "trackCompleted", points = 20 });
        var ada = await tenant.PersonAsync("ada@example.org");
        var alan = await tenant.PersonAsync("alan@example.org", "Alan", "Turing");

        await TryAsync(ada, id, "");
        for (var day = 2; day <= 4; day++)
        {
            await app.AdvanceAsync(TimeSpan.FromDays(1));
            ada = await tenant.SignInAsync("ada@example.org");
            var again = await TryAsync(ada, id, day == 4 ? Good : "");
            Assert.Equal(day, (int)again["progress"]!["currentStreak"]!);
        }
        await app.AdvanceAsync(TimeSpan.FromMinutes(1)); // who was there first comes first
        alan = await tenant.SignInAsync("alan@example.org");
        await TryAsync(alan, id, Good);
        await TryAsync(alan, id, Good);

        // what practice earns: once, though the challenge is completed twice, and by who it was
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["Basics", "Four in a row", "Sum", "Three in a row"], await BadgesAsync(ada));
        Assert.Equal(["Basics", "Sum"], await BadgesAsync(alan));
        var streaks = await tenant.Http.GetAsync("/api/streaks/board?limit=1").OkAsync();
        var rest = await tenant.Http.GetAsync($"/api/streaks/board?limit=1&after={streaks["next"]}").OkAsync();
        Assert.Equal(["1 Ada B. 4", "2 Alan T. 1"], streaks["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(line => $"{line!["rank"]} {line["displayName"]} {line["days"]}"));
        Assert.Equal((35, 30), ((int)(await ada.Http.GetAsync("/api/me/points").OkAsync())["points"]!, (int)(await alan.Http.GetAsync("/api/me/points").OkAsync())["points"]!));

        var board = (await tenant.Http.GetAsync($"/api/challenges/{id}/leaderboard").OkAsync())["items"]!.AsArray();
        Assert.Equal(["Ada B. 4", "Alan T. 2"], board.Select(place => $"{place!["displayName"]} {place["totalAttempts"]}"));
        // shown are those whom boards of points show: who has agreed where the tenant asks, and who may be there
        boss = await tenant.SignInAsync(boss.Email);
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { consents = new[] { new { purpose = "public-boards", version = "1", required = false } } } }).OkAsync();
        await alan.Http.PutAsJsonAsync("/api/me/consents/public-boards", new { version = "1", given = true }).OkAsync();
        Assert.Equal("1 Alan T.", await LeadersAsync());
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { siteUrl = "https://contest.example.org" } }).OkAsync();
        await boss.Http.PatchAsJsonAsync($"/api/users/{ada.Id}", new { status = "suspended" }).OkAsync();
        Assert.Equal("1 Alan T.", await LeadersAsync());
        await boss.Http.PatchAsJsonAsync($"/api/users/{ada.Id}", new { status = "active" }).OkAsync();
        Assert.Equal("1 Ada B., 2 Alan T.", await LeadersAsync());

        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        author = await tenant.SignInAsync(author.Email);
        var line = (await author.Http.GetAsync($"/api/authoring/tracks/{track}/statistics").OkAsync())["items"]![0]!;
        Assert.Equal((2, 2, 100m, 3m), ((int)line["totalUsers"]!, (int)line["completedUsers"]!, (decimal)line["completionRate"]!, (decimal)line["avgAttempts"]!));

        await app.AdvanceAsync(TimeSpan.FromDays(3));
        ada = await tenant.SignInAsync("ada@example.org");
        var dashboard = await ada.Http.GetAsync("/api/me/learning").OkAsync();
        Assert.Equal((0, 4), ((int)dashboard["currentStreak"]!, (int)dashboard["longestStreak"]!));
        Assert.Empty((await tenant.Http.GetAsync("/api/streaks/board").OkAsync())["items"]!.AsArray());
        // a streak that has ended stays earned, and the next one is too short yet
        await TryAsync(ada, id, "");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(35, (int)(await ada.Http.GetAsync("/api/me/points").OkAsync())["points"]!);
        Assert.Equal("challenge_attempts_2026_01 2, challenge_attempts_2026_02 5", await app.QueryAsync<string>("SELECT string_agg(name || ' ' || n, ', ' ORDER BY name) FROM (SELECT tableoid::regclass::text AS name, count(*) AS n FROM challenge_attempts GROUP BY 1) AS months"));

        async Task<string> LeadersAsync() =>
            string.Join(", ", (await tenant.Http.GetAsync($"/api/challenges/{id}/leaderboard").OkAsync())["items"]!.AsArray().Select(place => $"{place!["rank"]} {place["displayName"]}"));

        Task RewardAsync(string title, object rule)
        {
            var request = System.Text.Json.JsonSerializer.SerializeToNode(rule)!.AsObject();
            request["texts"] = new JsonArray(new JsonObject { ["language"] = "en", ["title"] = title });
            return boss.Http.PostAsJsonAsync("/api/achievements", request).OkAsync(201);
        }

        static async Task<string[]> BadgesAsync(TestPerson person) =>
            [.. (await person.Http.GetAsync("/api/me/achievements").OkAsync())["items"]!.AsArray().Select(badge => (string)badge!["title"]!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task The_five_queries_read_no_table_from_end_to_end()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var author = await AuthorAsync(await tenant.AdministratorAsync());
        var (track, lesson) = await OutlineAsync(author);
        var id = await AddAsync(author, lesson, "sum", Content());
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "First." }).OkAsync(201);
        var ada = await tenant.PersonAsync();
        await TryAsync(ada, id, Good);
        await MakeVolumeAsync(app, tenant.Id, lesson, author.Id);

        await using var source = NpgsqlDataSource.Create(app.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var role = new NpgsqlCommand($"SET LOCAL ROLE podium_app; CALL act_as('{tenant.Id}', '{ada.Id}', NULL)", connection, transaction)) await role.ExecuteNonQueryAsync();
        foreach (var (name, sql) in new[]
        {
            ("dashboard", LearnerViews.DashboardSql), ("standing", LearnerViews.StandingSql), ("last code", LearnerViews.LastCodeSql), ("attempts", LearnerViews.AttemptsSql), ("leaderboard", LearnerViews.LeaderboardSql(agreedOnly: false)), ("statistics", ChallengeStatistics.Sql),
        })
        {
            await using var explain = new NpgsqlCommand(
                $"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {sql.Replace("@TenantId", $"'{tenant.Id}'").Replace("@Person", $"'{ada.Id}'").Replace("@challenge", $"'{id}'").Replace("@track", $"'{track}'").Replace("@After", "NULL").Replace("@limit", "21")}",
                connection, transaction);
            var plan = new List<string>();
            await using (var reader = await explain.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync()) plan.Add(reader.GetString(0));
            }
            var text = string.Join(Environment.NewLine, plan);
            // the outline is a handful of rows, and months without attempts have nothing to read; what grows with learners is not read through
            Assert.False(plan.Any(step => System.Text.RegularExpressions.Regex.IsMatch(step, "Seq Scan on (user_|challenge_attempts_2026_01|challenge_versions|challenges|users)")), $"{name}:{Environment.NewLine}{text}");
            Assert.False(plan.Any(step => System.Text.RegularExpressions.Regex.Match(step, @"rows=(\d+)\S* loops") is { Success: true } rows && int.Parse(rows.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) > 1000), $"{name}:{Environment.NewLine}{text}");
        }
    }

    // a hundred thousand attempts of a thousand people at a hundred challenges
    private static async Task MakeVolumeAsync(PodiumApp app, Guid tenant, Guid lesson, Guid author)
    {
        await using var source = NpgsqlDataSource.Create(app.Postgres);
        await using var command = source.CreateCommand(
            $$"""
            SET session_replication_role = replica;
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
            SELECT '{{tenant}}', md5('u' || n)::uuid, 'u' || n || '@x.example', 'u' || n || '@x.example', 'U', 'N', 'en', now(), now() FROM generate_series(1, 30000) AS n;
            INSERT INTO challenges (tenant_id, id, lesson_id, slug, title, description, difficulty, points, estimated_time_minutes, tests, is_published, created_at, created_by, updated_at, updated_by)
            SELECT '{{tenant}}', md5('c' || n)::uuid, '{{lesson}}', 'c-' || n, 'C', 'D', 'beginner', 1, 1, '[]', n <= 30, now(), '{{author}}', now(), '{{author}}' FROM generate_series(1, 2000) AS n;
            INSERT INTO challenge_versions (tenant_id, id, challenge_id, major, minor, patch, content, changelog, is_active, published_at, published_by)
            SELECT '{{tenant}}', md5('v' || n)::uuid, md5('c' || n)::uuid, 1, 0, 0, '{"title": "C", "difficulty": "beginner", "points": 1, "estimatedTimeMinutes": 1}', 'x', true, now(), '{{author}}' FROM generate_series(1, 2000) AS n;
            INSERT INTO user_enrollments (tenant_id, user_id, track_id, enrolled_at)
            SELECT '{{tenant}}', md5('u' || n)::uuid, tracks.id, now() FROM generate_series(1, 1000) AS n CROSS JOIN tracks;
            INSERT INTO user_progress (tenant_id, user_id, challenge_id, status, best_score, total_attempts, completed_at)
            SELECT '{{tenant}}', md5('u' || u)::uuid, md5('c' || c)::uuid, 'completed', 100, 3, '2026-01-06Z'::timestamptz + u * interval '1 second' FROM generate_series(1, 1000) AS u, generate_series(1, 100) AS c;
            INSERT INTO user_progress (tenant_id, user_id, challenge_id, status, best_score, total_attempts, completed_at)
            SELECT '{{tenant}}', md5('u' || u)::uuid, (SELECT id FROM challenges WHERE slug = 'sum'), 'completed', 100, 3, '2026-01-06Z'::timestamptz + u * interval '1 second' FROM generate_series(1, 1000) AS u;
            INSERT INTO challenge_attempts (tenant_id, id, user_id, challenge_id, version_id, user_code_html, user_code_css, user_code_js, status, test_results, score, cpu_ms, number, created_at)
            SELECT '{{tenant}}', gen_random_uuid(), md5('u' || u)::uuid, md5('c' || c)::uuid, md5('v1')::uuid, '', '', '', 'passed', '[]', 100, 1, 1, '2026-01-06Z'::timestamptz + u * interval '1 minute' FROM generate_series(1, 1000) AS u, generate_series(1, 100) AS c;
            ANALYZE users; ANALYZE challenges; ANALYZE challenge_versions; ANALYZE user_progress; ANALYZE challenge_attempts; ANALYZE user_enrollments;
            """);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<TestPerson> AuthorAsync(TestPerson boss)
    {
        var author = await boss.Tenant.PersonAsync();
        await boss.GrantAsync(author, "AUTHOR").OkAsync(201);
        return author;
    }

    private static async Task<(Guid Track, Guid Lesson)> OutlineAsync(TestPerson author)
    {
        var track = await author.Http.PostAsJsonAsync("/api/authoring/tracks", new { slug = "basics", title = "Basics" }).OkAsync(201);
        var module = await author.Http.PostAsJsonAsync($"/api/authoring/tracks/{track["id"]}/modules", new { slug = "first", title = "First" }).OkAsync(201);
        var lesson = await author.Http.PostAsJsonAsync($"/api/authoring/modules/{module["id"]}/lessons", new { slug = "sums", title = "Sums" }).OkAsync(201);
        foreach (var path in new[] { $"tracks/{track["id"]}", $"modules/{module["id"]}", $"lessons/{lesson["id"]}" }) await author.Http.PostAsync($"/api/authoring/{path}/publication", null).OkAsync();
        return ((Guid)track["id"]!, (Guid)lesson["id"]!);
    }

    private static async Task<Guid> AddAsync(TestPerson author, Guid lesson, string slug, object content) =>
        (Guid)(await author.Http.PostAsJsonAsync($"/api/authoring/lessons/{lesson}/challenges", new { slug, content }).OkAsync(201))["id"]!;

    private static Task<JsonObject> TryAsync(TestPerson person, Guid challenge, string js) =>
        person.Http.PostAsJsonAsync($"/api/challenges/{challenge}/attempts", new { html = "<h1>Hi</h1>", js }).OkAsync(201);
}
