using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

/// <summary>Learners talk, share, vote and follow; moderators look after it.</summary>
public sealed class CommunityTests
{
    [Fact]
    public async Task Learners_talk_share_and_follow_and_moderators_look_after_it()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = [] });
        var practice = await Practice.OpenAsync(await TestTenant.CreateAsync(app));
        var (tenant, moderator) = (practice.Tenant, practice.Author);
        var id = await practice.PublishedAsync("sum", Practice.Content());
        var (ada, bob, eve) = (await tenant.PersonAsync("ada@example.org"), await tenant.PersonAsync("bob@example.org", "Bob", "Cox"), await tenant.PersonAsync("eve@example.org", "Eve", "Dee"));
        var (comments, solutions) = ($"/api/challenges/{id}/comments", $"/api/challenges/{id}/solutions");

        // threads: said once though sent several times, answered, and not too deep
        var first = new { id = Guid.CreateVersion7(), text = "Why <b>minus</b> three?" };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.Http.PostAsJsonAsync(comments, first).OkAsync(201)));
        await bob.Http.PostAsJsonAsync(comments, first).ProblemAsync(409, "id-taken");
        var parent = first.id;
        for (var depth = 1; depth <= 4; depth++)
        {
            var answer = await (depth % 2 == 1 ? bob : ada).Http.PostAsJsonAsync(comments, new { parentId = parent, text = $"Answer {depth}" }).OkAsync(201);
            Assert.Equal(depth, (int)answer["depth"]!);
            parent = (Guid)answer["id"]!;
        }
        await ada.Http.PostAsJsonAsync(comments, new { parentId = parent, text = "Deeper" }).ProblemAsync(409, "thread-too-deep");
        await ada.Http.PostAsJsonAsync(comments, new { parentId = Guid.CreateVersion7(), text = "To nobody" }).ProblemAsync(404, "not-found");
        await ada.Http.PostAsJsonAsync(comments, new { text = "  " }).ProblemAsync(422, "invalid");
        await ada.Http.PostAsJsonAsync(comments, new { text = new string('x', 4001) }).ProblemAsync(422, "invalid");
        await tenant.Http.GetAsync(comments).ProblemAsync(401, "sign-in-required");
        var stranger = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        await stranger.Http.GetAsync(comments).ProblemAsync(404, "not-found");
        await stranger.Http.PatchAsJsonAsync($"/api/posts/{first.id}", new { text = "Mine" }).ProblemAsync(404, "not-found");
        await bob.Http.PatchAsJsonAsync($"/api/posts/{first.id}", new { text = "Mine" }).ProblemAsync(404, "not-found");
        Assert.Equal("Why minus three?", (string?)(await ada.Http.PatchAsJsonAsync($"/api/posts/{first.id}", new { text = "Why minus three?" }).OkAsync())["text"]);
        var seen = Assert.Single((await eve.Http.GetAsync(comments).OkAsync())["items"]!.AsArray())!;
        Assert.Equal(("Ada B.", 1), ((string)seen["authorName"]!, (int)seen["replies"]!));
        Assert.Single((await eve.Http.GetAsync($"{comments}?parent={first.id}").OkAsync())["items"]!.AsArray());
        Assert.Contains((await ada.Http.GetAsync("/api/me/notifications").OkAsync())["items"]!.AsArray(), told => ((string)told!["title"]!).Contains("Bob C.", StringComparison.Ordinal));

        // solutions: for who has completed it
        await ada.Http.GetAsync(solutions).ProblemAsync(403, "not-completed");
        var failed = await Practice.TryAsync(ada, id, "");
        await ada.Http.PostAsJsonAsync(solutions, new { attemptId = failed["id"] }).ProblemAsync(409, "attempt-not-passed");
        var passed = await Practice.TryAsync(ada, id, Practice.Sum);
        var bobs = await Practice.TryAsync(bob, id, Practice.Sum + " // bob");
        await ada.Http.PostAsJsonAsync(solutions, new { attemptId = bobs["id"] }).ProblemAsync(422, "invalid");
        var share = new { id = Guid.CreateVersion7(), attemptId = (Guid)passed["id"]!, text = "As short as it gets." };
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ada.Http.PostAsJsonAsync(solutions, share).OkAsync(201)));
        await ada.Http.PostAsJsonAsync(solutions, share with { id = Guid.CreateVersion7() }).ProblemAsync(409, "solution-shared");
        await eve.Http.GetAsync(solutions).ProblemAsync(403, "not-completed");
        await eve.Http.PutAsync($"/api/posts/{share.id}/vote", null).ProblemAsync(403, "not-completed");
        await eve.Http.PostAsJsonAsync(comments, new { parentId = share.id, text = "Let me see" }).ProblemAsync(403, "not-completed");
        await eve.Http.GetAsync($"{comments}?parent={share.id}").ProblemAsync(403, "not-completed");
        await stranger.Http.PutAsync($"/api/posts/{share.id}/vote", null).ProblemAsync(404, "not-found");
        await ada.Http.PutAsync($"/api/posts/{share.id}/vote", null).ProblemAsync(403, "own-post");

        // one vote of each person, however often it comes
        var votes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => bob.Http.PutAsync($"/api/posts/{share.id}/vote", null).OkAsync()));
        Assert.All(votes, vote => Assert.Equal(1, (int)vote["votes"]!));
        Assert.Equal(2, (int)(await moderator.Http.PutAsync($"/api/posts/{share.id}/vote", null).OkAsync())["votes"]!);
        Assert.Equal(1, (int)(await moderator.Http.DeleteAsync($"/api/posts/{share.id}/vote").OkAsync())["votes"]!);
        var best = await bob.Http.PostAsJsonAsync(solutions, new { attemptId = (Guid)bobs["id"]! }).OkAsync(201);
        var listed = (await bob.Http.GetAsync(solutions).OkAsync())["items"]!.AsArray();
        Assert.Equal([("1", true, Practice.Sum), ("0", false, Practice.Sum + " // bob")], listed.Select(one => (one!["votes"]!.ToString(), (bool)one["voted"]!, (string)one["code"]!["js"]!)));
        await bob.Http.PostAsJsonAsync(comments, new { parentId = share.id, text = "Nice." }).OkAsync(201);

        // reported, hidden with a reason, restored; who is no moderator does none of it
        await bob.Http.PutAsJsonAsync($"/api/posts/{first.id}/report", new { reason = "Off the point." }).OkAsync(204);
        await eve.Http.PutAsJsonAsync($"/api/posts/{first.id}/report", new { reason = "Rude." }).OkAsync(204);
        await ada.Http.PutAsJsonAsync($"/api/posts/{first.id}/report", new { reason = "Mine." }).ProblemAsync(403, "own-post");
        await eve.Http.GetAsync("/api/moderation/posts").ProblemAsync(403, "forbidden");
        await eve.Http.PutAsJsonAsync($"/api/moderation/posts/{first.id}", new { hide = true, reason = "No." }).ProblemAsync(403, "forbidden");
        var queue = Assert.Single((await moderator.Http.GetAsync("/api/moderation/posts").OkAsync())["items"]!.AsArray())!;
        Assert.Equal(2, (int)queue["reports"]!);
        await moderator.Http.PutAsJsonAsync($"/api/moderation/posts/{first.id}", new { hide = true, reason = " " }).ProblemAsync(422, "invalid");
        for (var again = 0; again < 2; again++) Assert.Equal("hidden", (string?)(await moderator.Http.PutAsJsonAsync($"/api/moderation/posts/{first.id}", new { hide = true, reason = "It is rude." }).OkAsync())["status"]);
        Assert.Empty((await moderator.Http.GetAsync("/api/moderation/posts").OkAsync())["items"]!.AsArray());
        Assert.Null((await eve.Http.GetAsync(comments).OkAsync())["items"]![0]!["text"]);
        Assert.Equal("It is rude.", (string?)(await ada.Http.GetAsync(comments).OkAsync())["items"]![0]!["statusReason"]);
        Assert.Single((await ada.Http.GetAsync("/api/me/notifications").OkAsync())["items"]!.AsArray(), told => (string?)told!["body"] == "It is rude.");
        await eve.Http.PostAsJsonAsync(comments, new { parentId = first.id, text = "What was it?" }).ProblemAsync(409, "post-gone");
        await moderator.Http.PutAsJsonAsync($"/api/moderation/posts/{first.id}", new { hide = false, reason = "Said well enough." }).OkAsync();
        Assert.Equal("Why minus three?", (string?)(await eve.Http.GetAsync(comments).OkAsync())["items"]![0]!["text"]);
        Assert.Equal(2, (await practice.Boss.Http.GetAsync("/api/audit?table=post_decisions").OkAsync())["items"]!.AsArray().Count);

        // a solution that is hidden is on no list of the challenge: its author and the moderators find it where theirs are
        await moderator.Http.PutAsJsonAsync($"/api/moderation/posts/{best["id"]}", new { hide = true, reason = "Copied." }).OkAsync();
        Assert.DoesNotContain((await bob.Http.GetAsync(solutions).OkAsync())["items"]!.AsArray(), one => (Guid)one!["id"]! == (Guid)best["id"]!);
        var page = await bob.Http.GetAsync("/api/me/learning/posts?limit=3").OkAsync();
        var own = page["items"]!.AsArray().Concat((await bob.Http.GetAsync($"/api/me/learning/posts?limit=3&after={page["next"]}").OkAsync())["items"]!.AsArray());
        Assert.Equal(["hidden Copied.", "visible ", "visible ", "visible "], own.Select(one => $"{one!["status"]} {one["statusReason"]}").Order(StringComparer.Ordinal));
        var hidden = Assert.Single((await moderator.Http.GetAsync("/api/moderation/posts?hidden=true").OkAsync())["items"]!.AsArray())!["post"]!;
        Assert.Equal((Practice.Sum + " // bob", "Copied."), ((string)hidden["code"]!["js"]!, (string)hidden["statusReason"]!));
        await bob.Http.GetAsync("/api/moderation/posts?hidden=true").ProblemAsync(403, "forbidden");
        Assert.Empty((await stranger.Http.GetAsync("/api/moderation/posts?hidden=true").OkAsync())["items"]!.AsArray());
        await moderator.Http.PutAsJsonAsync($"/api/moderation/posts/{hidden["id"]}", new { hide = false, reason = "His own after all." }).OkAsync();
        Assert.Empty((await moderator.Http.GetAsync("/api/moderation/posts?hidden=true").OkAsync())["items"]!.AsArray());

        // who is silenced posts nothing, and nobody posts without end
        await moderator.Http.PutAsJsonAsync($"/api/moderation/mutes/{eve.Id}", new { until = app.Clock.GetUtcNow().AddDays(-1), reason = "Late." }).ProblemAsync(422, "invalid");
        await moderator.Http.PutAsJsonAsync($"/api/moderation/mutes/{stranger.Id}", new { until = app.Clock.GetUtcNow().AddDays(1), reason = "Elsewhere." }).ProblemAsync(404, "not-found");
        await moderator.Http.PutAsJsonAsync($"/api/moderation/mutes/{eve.Id}", new { until = app.Clock.GetUtcNow().AddDays(1), reason = "Enough." }).OkAsync();
        await moderator.Http.PutAsJsonAsync($"/api/moderation/mutes/{eve.Id}", new { until = app.Clock.GetUtcNow().AddDays(1), reason = " " }).ProblemAsync(422, "invalid");
        Assert.Equal(eve.Id, (Guid)Assert.Single((await moderator.Http.GetAsync("/api/moderation/mutes").OkAsync())["items"]!.AsArray())!["userId"]!);
        await eve.Http.GetAsync("/api/moderation/mutes").ProblemAsync(403, "forbidden");
        Assert.Equal("Enough.", (string?)(await eve.Http.PostAsJsonAsync(comments, new { text = "But" }).ProblemAsync(403, "muted"))["detail"]);
        await moderator.Http.DeleteAsync($"/api/moderation/mutes/{eve.Id}").OkAsync(204);
        Assert.Empty((await moderator.Http.GetAsync("/api/moderation/mutes").OkAsync())["items"]!.AsArray());
        var flood = await Task.WhenAll(Enumerable.Range(0, 25).Select(i => eve.Http.PostAsJsonAsync(comments, new { text = $"Again {i}" })));
        Assert.Equal((20, 5), (flood.Count(answer => (int)answer.StatusCode == 201), flood.Count(answer => (int)answer.StatusCode == 429)));

        // following shows what people let be seen, and nothing else
        await bob.Http.PutAsync($"/api/me/following/{bob.Id}", null).ProblemAsync(409, "follows-itself");
        await bob.Http.PutAsync($"/api/me/following/{stranger.Id}", null).ProblemAsync(404, "not-found");
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => bob.Http.PutAsync($"/api/me/following/{ada.Id}", null).OkAsync(204)));
        Assert.Single((await ada.Http.GetAsync("/api/me/notifications").OkAsync())["items"]!.AsArray(), told => ((string)told!["title"]!).Contains("follows you", StringComparison.Ordinal));
        Assert.Empty((await bob.Http.GetAsync("/api/me/learning/feed").OkAsync())["items"]!.AsArray());
        await ada.Http.PutAsJsonAsync("/api/me/learning/privacy", new { shareCompletions = true }).OkAsync();
        var feed = Assert.Single((await bob.Http.GetAsync("/api/me/learning/feed").OkAsync())["items"]!.AsArray())!;
        Assert.Equal(("Ada B.", "Sum"), ((string)feed["name"]!, (string)feed["challenge"]!));
        Assert.Equal("Bob C.", (string?)Assert.Single((await ada.Http.GetAsync("/api/me/followers").OkAsync())["items"]!.AsArray())!["name"]);
        await eve.Http.PutAsJsonAsync("/api/me/learning/privacy", new { followable = false }).OkAsync();
        await bob.Http.PutAsync($"/api/me/following/{eve.Id}", null).ProblemAsync(404, "not-found");
        await ada.Http.PutAsync($"/api/me/blocks/{bob.Id}", null).OkAsync(204);
        Assert.Empty((await bob.Http.GetAsync("/api/me/learning/feed").OkAsync())["items"]!.AsArray());
        await bob.Http.PutAsync($"/api/me/following/{ada.Id}", null).ProblemAsync(404, "not-found");
        Assert.DoesNotContain((await ada.Http.GetAsync(solutions).OkAsync())["items"]!.AsArray(), one => (Guid)one!["userId"]! == bob.Id);
        Assert.Single((await ada.Http.GetAsync("/api/me/blocks").OkAsync())["items"]!.AsArray());
        await ada.Http.DeleteAsync($"/api/me/blocks/{bob.Id}").OkAsync(204);
        await bob.Http.PutAsync($"/api/me/following/{ada.Id}", null).OkAsync(204);

        // after a quarter of an hour a word stands; it can be taken back at any time
        await app.AdvanceAsync(TimeSpan.FromMinutes(14));
        (ada, bob) = (await tenant.SignInAsync(ada.Email), await tenant.SignInAsync(bob.Email));
        await ada.Http.PatchAsJsonAsync($"/api/posts/{first.id}", new { text = "Why three?" }).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        await ada.Http.PatchAsJsonAsync($"/api/posts/{first.id}", new { text = "Why four?" }).ProblemAsync(409, "edit-window-over");
        await bob.Http.DeleteAsync($"/api/posts/{best["id"]}").OkAsync();
        await bob.Http.PostAsJsonAsync(solutions, new { attemptId = (Guid)bobs["id"]!, text = "Better said." }).OkAsync(201);

        // who is forgotten takes their words along; the answers stay
        await using (var source = Npgsql.NpgsqlDataSource.Create(app.Postgres))
        await using (var forget = source.CreateCommand($"SELECT anonymize_user('{tenant.Id}', '{ada.Id}', now())"))
            await forget.ExecuteNonQueryAsync();
        Assert.Empty((await bob.Http.GetAsync("/api/me/following").OkAsync())["items"]!.AsArray());
        var left = (await bob.Http.GetAsync($"{comments}?limit=200").OkAsync())["items"]!.AsArray().Single(one => (Guid)one!["id"]! == first.id)!;
        Assert.Equal(("withdrawn", null, 1), ((string)left["status"]!, (string?)left["text"], (int)left["replies"]!));
        Assert.Equal([bob.Id], (await bob.Http.GetAsync(solutions).OkAsync())["items"]!.AsArray().Select(one => (Guid)one!["userId"]!));
    }
}
