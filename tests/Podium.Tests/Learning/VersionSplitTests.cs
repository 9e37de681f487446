using System.Net.Http.Json;
using Dapper;
using Npgsql;
using Podium.Learning.Experiments;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

/// <summary>Two versions side by side, through the public door.</summary>
public sealed class VersionSplitTests(SharedApp shared)
{
    [Fact]
    public async Task Learners_who_come_new_get_one_of_two_versions_and_keep_it_until_an_author_chooses()
    {
        var app = await shared.AppAsync();
        var practice = await Practice.OpenAsync(await shared.TenantAsync());
        var (tenant, author) = (practice.Tenant, practice.Author);
        var id = await practice.PublishedAsync("sum", Practice.Content());
        var early = await tenant.PersonAsync();
        await Practice.TryAsync(early, id, "");
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Practice.Content("Sum, told better")).OkAsync();
        var waiting = await practice.PublishAsync(id, activate: false).OkAsync(201);
        Assert.Equal(("1.1.0", false, 0), ((string)waiting["number"]!, (bool)waiting["isActive"]!, (int)waiting["share"]!));
        Assert.Equal("1.0.0", (string?)(await tenant.Http.GetAsync($"/api/challenges/{id}").OkAsync())["version"]);

        // what makes no split
        var splits = $"/api/authoring/challenges/{id}/splits";
        var good = new { id = Guid.CreateVersion7(), version = "1.1.0", share = 50, learnersPerArm = 40, hypothesis = "Told better, more finish." };
        await author.Http.PostAsJsonAsync(splits, good with { version = "1.0.0" }).ProblemAsync(422, "invalid");
        await author.Http.PostAsJsonAsync(splits, good with { version = "7.0.0" }).ProblemAsync(422, "invalid");
        await author.Http.PostAsJsonAsync(splits, good with { learnersPerArm = 29 }).ProblemAsync(422, "invalid");
        await early.Http.PostAsJsonAsync(splits, good).ProblemAsync(403, "forbidden");
        var draft = await practice.AddAsync("draft", Practice.Content());
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{draft}/splits", good).ProblemAsync(409, "not-published");
        var stranger = await (await shared.TenantAsync()).AdministratorAsync();
        await stranger.Http.PostAsJsonAsync(splits, good).ProblemAsync(404, "not-found");

        // several at once, and the same again: one
        var started = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => author.Http.PostAsJsonAsync(splits, good).OkAsync(201)));
        Assert.All(started, split => Assert.Equal(("1.0.0", "1.1.0"), ((string)split["firstVersion"]!, (string)split["secondVersion"]!)));
        await author.Http.PostAsJsonAsync(splits, good with { id = Guid.CreateVersion7() }).ProblemAsync(409, "split-open");
        await author.Http.PostAsJsonAsync(splits, good with { share = 20 }).ProblemAsync(409, "id-taken");
        await author.Http.PostAsync($"/api/authoring/challenges/{id}/versions/1.1.0/activation", null).ProblemAsync(409, "split-open");
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Practice.Content("Once more")).OkAsync();
        await practice.PublishAsync(id).ProblemAsync(409, "split-open");
        var versions = (await author.Http.GetAsync($"/api/authoring/challenges/{id}/versions").OkAsync())["items"]!.AsArray();
        Assert.Equal(["1.0.0 50", "1.1.0 50"], versions.Select(version => $"{version!["number"]} {version["share"]}").Order());

        // who had begun keeps what they began with, and so does who is not signed in
        Assert.Equal("1.0.0", (string?)(await early.Http.GetAsync($"/api/challenges/{id}").OkAsync())["version"]);
        Assert.Equal("1.0.0", (string?)(await tenant.Http.GetAsync($"/api/challenges/{id}").OkAsync())["version"]);
        await using var connection = new NpgsqlConnection(app.Postgres);
        var salt = await connection.QuerySingleAsync<byte[]>("SELECT salt FROM version_splits WHERE id = @id", new { good.id });
        var arms = new List<Arm>();
        for (var i = 0; i < 3; i++)
        {
            var learner = await tenant.PersonAsync();
            var arm = Draw.Of(salt, learner.Id, 50);
            arms.Add(arm);
            var (version, title) = arm == Arm.Second ? ("1.1.0", "Sum, told better") : ("1.0.0", "Sum");
            // one looks first, one tries at once, several times in one moment; all stay with what they got
            if (i == 0) Assert.Equal((version, title), await learner.Http.GetAsync($"/api/challenges/{id}").OkAsync() is var seen ? ((string)seen["version"]!, (string)seen["title"]!) : default);
            var tries = i == 1 ? await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Practice.TryAsync(learner, id, ""))) : [await Practice.TryAsync(learner, id, "")];
            Assert.All(tries, one => Assert.Equal(version, (string?)one["version"]));
            if (i < 2) Assert.Equal((version, "passed"), await Practice.TryAsync(learner, id, Practice.Sum) is var done ? ((string)done["version"]!, (string)done["status"]!) : default);
            Assert.Equal(version, (string?)(await learner.Http.GetAsync($"/api/challenges/{id}").OkAsync())["version"]);
        }

        // three learners tell nothing
        var report = await author.Http.GetAsync($"/api/authoring/splits/{good.id}").OkAsync();
        Assert.Equal("collecting", (string?)report["outcome"]!["verdict"]);
        Assert.Equal((3, 2), (report["outcome"]!["arms"]!.AsArray().Sum(arm => (int)arm!["assigned"]!), report["outcome"]!["arms"]!.AsArray().Sum(arm => (int)arm!["completed"]!)));
        Assert.All(report["outcome"]!["comparisons"]!.AsArray(), comparison => Assert.Null(comparison!["difference"]));
        // eighty do: 10 of 40 against 35 of 40, counted together with the three
        await connection.ExecuteAsync(
            """
            SET session_replication_role = replica;
            INSERT INTO version_assignments (tenant_id, split_id, user_id, arm, assigned_at, last_seen_at, active_seconds, attempts, best_score, completed_at)
            SELECT @tenant, @id, gen_random_uuid(), arm, now(), now(), 60 * (n % 10), 1 + n % 3, CASE WHEN n <= done THEN 100 ELSE 50 END, CASE WHEN n <= done THEN now() END
            FROM (VALUES ('first', 10), ('second', 35)) AS arms (arm, done), generate_series(1, 40) AS n;
            SET session_replication_role = origin
            """,
            new { tenant = tenant.Id, good.id });
        var outcome = (await author.Http.GetAsync($"/api/authoring/splits/{good.id}").OkAsync())["outcome"]!;
        Assert.Equal("second", (string?)outcome["verdict"]);
        var (inFirst, inSecond) = (arms.Count(arm => arm == Arm.First), arms.Count(arm => arm == Arm.Second));
        var expected = Difference.OfProportions(10 + arms.Take(2).Count(arm => arm == Arm.First), 40 + inFirst, 35 + arms.Take(2).Count(arm => arm == Arm.Second), 40 + inSecond);
        var told = outcome["comparisons"]![0]!["difference"]!;
        Assert.Equal((expected.Value, expected.Lower, expected.Upper), ((double)told["value"]!, (double)told["lower"]!, (double)told["upper"]!));
        Assert.NotNull(outcome["comparisons"]![1]!["difference"]);
        Assert.Null(outcome["comparisons"]![2]!["difference"]);
        await early.Http.GetAsync($"/api/authoring/splits/{good.id}").ProblemAsync(403, "forbidden");
        await stranger.Http.GetAsync($"/api/authoring/splits/{good.id}").ProblemAsync(404, "not-found");
        await connection.ExecuteAsync("DELETE FROM version_assignments WHERE split_id = @id AND NOT EXISTS (SELECT FROM users WHERE users.id = user_id)", new { good.id });

        // the end: everybody gets the winner, and what was achieved stays
        await author.Http.PostAsJsonAsync($"/api/authoring/splits/{good.id}/end", new { winner = "3.0.0" }).ProblemAsync(422, "invalid");
        await stranger.Http.PostAsJsonAsync($"/api/authoring/splits/{good.id}/end", new { winner = "1.1.0" }).ProblemAsync(404, "not-found");
        for (var again = 0; again < 2; again++) Assert.Equal("1.1.0", (string?)(await author.Http.PostAsJsonAsync($"/api/authoring/splits/{good.id}/end", new { winner = "1.1.0" }).OkAsync())["winner"]);
        await author.Http.PostAsJsonAsync($"/api/authoring/splits/{good.id}/end", new { winner = "1.0.0" }).ProblemAsync(409, "split-ended");
        var after = await early.Http.GetAsync($"/api/challenges/{id}").OkAsync();
        Assert.Equal(("1.1.0", 1), ((string)after["version"]!, (int)after["progress"]!["totalAttempts"]!));
        Assert.Single((await author.Http.GetAsync(splits).OkAsync())["items"]!.AsArray());
        Assert.Equal("1.2.0", (string?)(await practice.PublishAsync(id).OkAsync(201))["number"]);

        // a challenge that is archived takes its split along
        await author.Http.PostAsJsonAsync(splits, good with { id = Guid.CreateVersion7(), version = "1.0.0" }).OkAsync(201);
        await author.Http.DeleteAsync($"/api/authoring/challenges/{id}").OkAsync(204);
        Assert.Equal(2, (await author.Http.GetAsync(splits).OkAsync())["items"]!.AsArray().Count(split => split!["endedAt"] is not null));
    }
}
