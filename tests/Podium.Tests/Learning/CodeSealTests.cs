using System.IO.Compression;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Podium.Learning;
using Podium.Operations;
using Podium.Platform.Databases;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

public sealed class CodeSealTests(SharedApp shared)
{
    [Fact]
    public void What_is_closed_opens_in_its_place_alone_and_is_the_same_again()
    {
        var bytes = RandomNumberGenerator.GetBytes(32);
        var (key, reading, plain) = (new CodeSeal.Key(bytes, seals: true), new CodeSeal.Key(bytes, seals: false), new CodeSeal.Key(null, seals: false));
        foreach (var text in new[] { "const a = 1;", "\u0001v1.AAAA", "\u0001p.x", "\u0001", new string('é', 50_000) })
        {
            var closed = key.Close(text, "place");
            Assert.NotEqual(text, closed);
            Assert.Equal(closed, key.Close(text, "place"));
            Assert.NotEqual(closed, key.Close(text, "another"));
            Assert.NotEqual(closed, key.Close(text + " ", "place"));
            Assert.Equal(text, reading.Open(closed, "place"));
            Assert.ThrowsAny<CryptographicException>(() => key.Open(closed, "another"));
            Assert.ThrowsAny<CryptographicException>(() => new CodeSeal.Key(RandomNumberGenerator.GetBytes(32), true).Open(closed, "place"));
            Assert.ThrowsAny<CryptographicException>(() => plain.Open(closed, "place"));
            // what is not encrypted is never taken for it
            Assert.Equal(text, key.Open(plain.Close(text, "place"), "place"));
        }
        Assert.Equal(("", "x"), (key.Close("", "place"), plain.Close("x", "place")));
        Assert.Throws<ArgumentException>(() => new CodeSeal.Key(null, seals: true));
    }

    [Fact]
    public async Task Where_the_tenant_asks_code_and_solutions_are_encrypted_and_all_goes_on_as_it_did()
    {
        const string Solution = "const sum = (first, second) => first + second; // the reference";
        const string Mine = "function sum(mineA, mineB) { let t = 0; for (const one of [mineA, mineB]) { if (Number.isInteger(one)) { t += one; } else { t = t + Number(one) * 1; } } return Math.round(t * 100) / 100; }";
        var app = await shared.AppAsync();
        var practice = await Practice.OpenAsync(await TestTenant.CreateAsync(app, new { siteUrl = "https://contest.example.org", encryptPracticeCode = true }));
        var (tenant, author) = (practice.Tenant, practice.Author);
        var id = await practice.PublishedAsync("sum", Practice.Content(solution: Solution));
        Assert.Equal(Solution, (string?)(await author.Http.GetAsync($"/api/authoring/challenges/{id}").OkAsync())["content"]!["solutionCode"]!["js"]);
        // the same again is nothing new, though it was encrypted again
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{id}", Practice.Content(solution: Solution)).OkAsync();
        await practice.PublishAsync(id).ProblemAsync(409, "nothing-new");

        var (ada, bob) = (await tenant.PersonAsync("ada@example.org"), await tenant.PersonAsync("bob@example.org"));
        var attempt = Guid.CreateVersion7();
        for (var again = 0; again < 2; again++) await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { id = attempt, js = Mine }).OkAsync(201);
        await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/attempts", new { id = attempt, js = Mine + " " }).ProblemAsync(409, "id-taken");
        await Practice.TryAsync(bob, id, Mine.Replace("mine", "other", StringComparison.Ordinal));
        Assert.Equal(Mine, (string?)(await ada.Http.GetAsync($"/api/challenges/{id}").OkAsync())["lastCode"]!["js"]);
        Assert.Equal(Mine, (string?)(await ada.Http.GetAsync($"/api/challenges/{id}/attempts").OkAsync())["items"]![0]!["js"]);
        Assert.Equal(Mine, (string?)(await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/solutions", new { attemptId = attempt }).OkAsync(201))["code"]!["js"]);
        Assert.Equal(Mine, (string?)(await bob.Http.GetAsync($"/api/challenges/{id}/solutions").OkAsync())["items"]![0]!["code"]!["js"]);

        // copies are found as ever, and shown
        Assert.Equal(1, (int)(await author.Http.PostAsync($"/api/authoring/challenges/{id}/similarities", null).OkAsync())["pairs"]!);
        var pair = (await author.Http.GetAsync($"/api/authoring/challenges/{id}/similarities").OkAsync())["items"]![0]!;
        var report = await author.Http.GetAsync($"/api/authoring/similarities/{pair["id"]}").OkAsync();
        Assert.Contains(Mine, new[] { (string)report["first"]!["code"]!["js"]!, (string)report["second"]!["code"]!["js"]! });

        // a person's own file has it in clear
        await ada.Http.PostAsync("/api/me/export", null).OkAsync(202);
        await app.SettleAsync();
        await using (var file = new GZipStream(await ada.Http.GetStreamAsync("/api/me/export/content"), CompressionMode.Decompress))
        {
            var data = (await JsonNode.ParseAsync(file))!["data"]!;
            Assert.Equal((Mine, Mine), ((string)data["learningAttempts"]!["rows"]![0]!["js"]!, (string)data["learningPosts"]!["rows"]![0]!["js"]!));
        }

        // and nobody who reads the tables, the log or a backup sees any of it
        foreach (var table in new[] { "challenge_attempts", "challenge_posts", "challenges", "challenge_versions", "audit_log" })
        {
            Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM {table} WHERE tenant_id = '{tenant.Id}' AND to_jsonb({table})::text ~ '(mineA|otherA|the reference)'"));
            Assert.NotEqual(0, await app.QueryAsync<long>($"SELECT count(*) FROM {table} WHERE tenant_id = '{tenant.Id}'"));
        }
        Assert.Equal(2, await app.QueryAsync<long>($"SELECT count(*) FROM challenge_attempts WHERE tenant_id = '{tenant.Id}' AND user_code_js LIKE E'\\x01v1.%'"));
    }

    [Fact]
    public async Task What_was_stored_before_is_encrypted_by_night_and_opens_under_new_keys_and_from_the_archive()
    {
        const string Solution = "const sum = (first, second) => first + second; // the reference";
        const string Mine = "const sum = (mineA, mineB) => mineA + mineB;";
        static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var keys = new Dictionary<string, string?> { ["Encryption:Keys:old"] = NewKey(), ["Encryption:Current"] = "old", ["Encryption:IndexKey"] = NewKey() };
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["SealStoredCode"], Settings = keys });
        var practice = await Practice.OpenAsync(await TestTenant.CreateAsync(app));
        var (tenant, author) = (practice.Tenant, practice.Author);
        var id = await practice.PublishedAsync("sum", Practice.Content(solution: Solution));
        await practice.PublishedAsync("another", Practice.Content("Another", solution: "function sum(x, y) { return x + y; /* the reference */ }"));
        var ada = await tenant.PersonAsync("ada@example.org");
        var passed = await Practice.TryAsync(ada, id, Mine);
        await Practice.TryAsync(ada, id, "");
        var shared = await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/solutions", new { attemptId = (Guid)passed["id"]! }).OkAsync(201);
        await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/comments", new { text = "No code." }).OkAsync(201);
        // where nobody asks, nothing is touched
        await NightAsync();
        Assert.Equal("1 1 2 2", await ClearAsync());

        await SignInAsync();
        await practice.Boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { encryptPracticeCode = "yes" } }).ProblemAsync(422, "invalid");
        var before = await author.Http.GetAsync($"/api/authoring/challenges/{id}").OkAsync();
        await practice.Boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { settings = new { siteUrl = "https://contest.example.org", encryptPracticeCode = true } }).OkAsync();
        // what is shared from then on is encrypted, though its attempt is not yet
        await ada.Http.DeleteAsync($"/api/posts/{shared["id"]}").OkAsync();
        await ada.Http.PostAsJsonAsync($"/api/challenges/{id}/solutions", new { attemptId = (Guid)passed["id"]! }).OkAsync(201);
        Assert.Equal("1 0 2 2", await ClearAsync());
        for (var again = 0; again < 2; again++)
        {
            await NightAsync();
            Assert.Equal("0 0 0 0", await ClearAsync());
        }
        var stored = await StoredAsync("challenge_attempts");
        await SignInAsync();
        await LooksAsBeforeAsync();
        // the draft is the same, to who edits it and to who publishes it
        Assert.Equal(before.ToJsonString(), (await author.Http.GetAsync($"/api/authoring/challenges/{id}").OkAsync()).ToJsonString());
        await practice.PublishAsync(id).ProblemAsync(409, "nothing-new");
        Assert.Equal(0, await app.QueryAsync<long>("SELECT count(*) FROM audit_log WHERE to_jsonb(audit_log)::text LIKE '%the reference%'"));

        // the keys change, and the old one is thrown away: attempts stay as they are, and open
        (keys["Encryption:Keys:new"], keys["Encryption:Current"]) = (NewKey(), "new");
        await app.RestartAsync();
        Assert.All(await app.Services.GetRequiredService<RotateEncryption>().Run(null, default), rotated => Assert.Equal((0L, 0L), (rotated.Unreadable, rotated.Left)));
        keys.Remove("Encryption:Keys:old");
        await app.RestartAsync();
        await SignInAsync();
        await LooksAsBeforeAsync();
        Assert.Equal(stored, await StoredAsync("challenge_attempts"));

        // as does what has gone to the archive, once it is brought back
        await app.AdvanceAsync(TimeSpan.FromDays(90));
        using var operators = app.HttpWithKey();
        await operators.PutAsJsonAsync("/api/operations/partitions/challenge_attempts", new { ahead = 1, keepActiveMonths = 2, archiveKeepMonths = (int?)null, enabled = true }).OkAsync();
        Assert.Equal("challenge_attempts_2026_01", (string?)(await operators.PostAsync("/api/operations/partitions/challenge_attempts/rotate", null).OkAsync())["archived"]![0]);
        await SignInAsync();
        Assert.Null((await ada.Http.GetAsync($"/api/challenges/{id}").OkAsync())["lastCode"]);
        var archive = (await operators.GetAsync("/api/operations/partitions").OkAsync())["tables"]!.AsArray().Single(one => (string?)one!["policy"]!["tableName"] == "challenge_attempts")!["archives"]![0]!;
        var restored = (string)(await operators.PostAsync($"/api/operations/archives/{archive["id"]}/restore", null).OkAsync())["table"]!;
        Assert.Equal(stored, await StoredAsync(restored));
        var key = await app.Services.GetRequiredService<CodeSeal>().ReadingAsync(new Actor { TenantId = tenant.Id }, default);
        Assert.Equal(["", Mine], stored.Split('|').Select(text => key.Open(text, CodeSeal.OfLearner(ada.Id))));

        async Task LooksAsBeforeAsync()
        {
            Assert.Equal(["", Mine], (await ada.Http.GetAsync($"/api/challenges/{id}/attempts").OkAsync())["items"]!.AsArray().Select(one => (string)one!["js"]!));
            Assert.Equal(Mine, (string?)(await ada.Http.GetAsync($"/api/challenges/{id}/solutions").OkAsync())["items"]![0]!["code"]!["js"]);
            Assert.Equal(Solution, (string?)(await author.Http.GetAsync($"/api/authoring/challenges/{id}").OkAsync())["content"]!["solutionCode"]!["js"]);
            Assert.Equal(Solution, (string?)(await author.Http.GetAsync($"/api/authoring/challenges/{id}/versions/1.0.0").OkAsync())["content"]!["solutionCode"]!["js"]);
        }

        async Task SignInAsync()
        {
            (ada, author) = (await tenant.SignInAsync(ada.Email), await tenant.SignInAsync(author.Email));
            practice = practice with { Boss = await tenant.SignInAsync(practice.Boss.Email), Author = author };
        }

        Task NightAsync() => app.AdvanceAsync(TimeSpan.FromDays(1));

        // in how many rows somebody who reads the tables would find code
        Task<string> ClearAsync() => app.QueryAsync<string>(
            $"""
            SELECT concat_ws(' ',
                (SELECT count(*) FROM challenge_attempts WHERE tenant_id = '{tenant.Id}' AND user_code_js <> '' AND user_code_js NOT LIKE E'\x01v1.%'),
                (SELECT count(*) FROM challenge_posts WHERE tenant_id = '{tenant.Id}' AND code_js <> '' AND code_js NOT LIKE E'\x01v1.%'),
                (SELECT count(*) FROM challenge_versions WHERE tenant_id = '{tenant.Id}' AND content->'solutionCode'->>'js' NOT LIKE E'\x01v1.%'),
                (SELECT count(*) FROM challenges WHERE tenant_id = '{tenant.Id}' AND solution_code_js NOT LIKE E'\x01v1.%'))
            """);

        Task<string> StoredAsync(string table) => app.QueryAsync<string>($"SET ROLE podium_platform; SELECT string_agg(user_code_js, '|' ORDER BY number DESC) FROM {table} WHERE tenant_id = '{tenant.Id}'");
    }
}
