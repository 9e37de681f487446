using System.Net.Http.Json;
using Dapper;
using Npgsql;
using Podium.Learning;
using Podium.Learning.Recommendations;
using Podium.Tests.Harness;
using static Podium.Learning.EditChallenge.Difficulty;

namespace Podium.Tests.Learning;

public sealed class RecommendationTests
{
    public static readonly TheoryData<string, EditChallenge.Difficulty> Histories = new()
    {
        { "", Beginner },
        { "b1", Beginner },
        { "b1 b2", Intermediate },
        { "b1 b9", Beginner },
        { "b1 b1 i1", Intermediate },
        { "i1 i2 b9", Advanced },
        { "i1 i2 i- i-", Intermediate },
        { "a1 a1", Advanced },
        { "a- i1 b1", Intermediate },
        { "a- a- i1", Intermediate },
        { "i-", Beginner },
        { "b- b- b-", Beginner },
    };

    // a letter for the difficulty, then how many attempts it took, or - where it is not completed
    [Theory]
    [MemberData(nameof(Histories))]
    public void The_difficulty_follows_the_last_results(string history, EditChallenge.Difficulty expected) => Assert.Equal(
        expected,
        Recommending.Fitting([.. history.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(one => new LastResult(one[0] switch { 'b' => Beginner, 'i' => Intermediate, _ => Advanced }, one[1] != '-', one[1] == '-' ? 4 : one[1] - '0'))]));

    [Fact]
    public void More_reasons_come_first_and_each_challenge_once()
    {
        Guid One(int n) => new(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
        Reason fits = new() { Kind = "fits" }, goOn = new() { Kind = "continue", Progress = 20 }, further = new() { Kind = "continue", Progress = 80 };
        Reason With(int share) => new() { Kind = "together", Share = share };
        var ranked = Recommending.Rank([(One(1), fits), (One(2), goOn), (One(3), With(60)), (One(4), With(90)), (One(4), With(10)), (One(5), With(20)), (One(5), fits), (One(6), further)], 5);
        Assert.Equal([One(5), One(6), One(2), One(4), One(3)], ranked.Select(one => one.Challenge));
        Assert.Equal([90, 10], ranked[3].Reasons.Select(reason => reason.Share!.Value));
    }

    [Fact]
    public async Task Learners_are_told_what_to_do_next_and_why_and_nothing_of_few_others()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RefreshChallengeStatistics", "FindNeighbours"] });
        var practice = await Practice.OpenAsync(await TestTenant.CreateAsync(app));
        var tenant = practice.Tenant;
        var ids = new List<Guid>();
        foreach (var (slug, difficulty) in new[] { ("one", "beginner"), ("two", "beginner"), ("three", "advanced"), ("four", "intermediate") }) ids.Add(await practice.PublishedAsync(slug, Practice.Content(slug, difficulty: difficulty)));
        var ada = await tenant.PersonAsync("ada@example.org");
        const string Mine = "/api/me/learning/recommendations";
        await tenant.Http.GetAsync(Mine).ProblemAsync(401, "sign-in-required");
        Assert.Equal(["one fits", "two fits"], (await ToldAsync(ada)).Order());
        await Practice.TryAsync(ada, ids[0], Practice.Sum);

        // seven others completed the first and the third, four the first and the fourth
        await using (var connection = new NpgsqlConnection(app.Postgres))
            await connection.ExecuteAsync(
                """
                INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
                SELECT @tenant, md5('r' || n)::uuid, 'r' || n || '@x.example', 'r' || n || '@x.example', 'U', 'N', 'en', now(), now() FROM generate_series(1, 7) AS n;
                INSERT INTO user_progress (tenant_id, user_id, challenge_id, status, best_score, total_attempts, completed_at, last_attempt_at)
                SELECT @tenant, md5('r' || n)::uuid, challenge, 'completed', 100, 1, '2026-01-05Z', '2026-01-05Z' FROM generate_series(1, 7) AS n, unnest(@ids) WITH ORDINALITY AS c (challenge, place)
                WHERE place IN (1, 3) OR (place = 4 AND n <= 4)
                """,
                new { tenant = tenant.Id, ids = ids.ToArray() });
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        ada = await tenant.SignInAsync(ada.Email);
        Assert.Equal(["four continue 25.00", "three together one 87", "two fits"], await ToldAsync(ada));
        var told = await ada.Http.GetAsync(Mine).OkAsync();
        Assert.Equal((1, 1), ((int)told["items"]![2]!["reasons"]![0]!["completed"]!, (int)told["items"]![2]!["reasons"]![0]!["tried"]!));
        Assert.Equal(0, await app.QueryAsync<int>("SELECT count(*)::integer FROM challenge_neighbours WHERE together < 5"));
        // what is done is not recommended, and what is archived neither
        await Practice.TryAsync(ada, ids[1], Practice.Sum);
        var author = await tenant.SignInAsync(practice.Author.Email);
        await author.Http.DeleteAsync($"/api/authoring/challenges/{ids[2]}").OkAsync(204);
        Assert.Equal(["four continue 50.00 fits"], await ToldAsync(ada));
        Assert.Empty(await ToldAsync(await (await TestTenant.CreateAsync(app)).AdministratorAsync()));

        async Task<IEnumerable<string>> ToldAsync(TestPerson person) =>
            [.. (await person.Http.GetAsync(Mine).OkAsync())["items"]!.AsArray().Select(item => string.Join(' ', item!["reasons"]!.AsArray()
                .Select(reason => string.Join(' ', new[] { (string?)reason!["kind"], reason["progress"]?.ToString(), (string?)reason["afterChallenge"], reason["share"]?.ToString() }.OfType<string>())).Prepend((string)item["challenge"]!)))];
    }
}
