using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Platform.Api;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Api;

public sealed class IdempotencyTests(IdempotencyTests.OwnApp place) : IClassFixture<IdempotencyTests.OwnApp>
{
    private static readonly object Grace = new { firstName = "Grace" };

    [Fact]
    public async Task A_write_that_comes_again_is_answered_as_before_and_done_once()
    {
        var person = await PersonAsync();

        var first = await ChangeAsync(person, "key-1", Grace);
        var again = await ChangeAsync(person, "key-1", Grace);

        Assert.Equal((HttpStatusCode.OK, false), (first.StatusCode, first.Headers.Contains("Idempotent-Replayed")));
        Assert.Equal((HttpStatusCode.OK, "true"), (again.StatusCode, again.Headers.GetValues("Idempotent-Replayed").Single()));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.Equal(1, await ChangesAsync(person));
    }

    [Fact]
    public async Task A_created_thing_and_an_empty_answer_are_replayed_whole()
    {
        var tenant = await TestTenant.CreateAsync(place.App);
        var account = new { email = "ada@example.org", password = TestTenant.Password, firstName = "Ada", lastName = "Byron" };

        var first = await WithKey(tenant.Http, HttpMethod.Post, "/api/accounts", "key-1", account);
        var again = await WithKey(tenant.Http, HttpMethod.Post, "/api/accounts", "key-1", account);
        Assert.Equal((first.StatusCode, await first.Content.ReadAsStringAsync()), (again.StatusCode, await again.Content.ReadAsStringAsync()));
        Assert.Single(await tenant.MailsAsync("ada@example.org"));

        var person = await tenant.PersonAsync();
        var elsewhere = await tenant.SignInAsync(person.Email);
        await WithKey(person.Http, HttpMethod.Delete, "/api/me/sessions", "key-2");
        var signedInAgain = await tenant.SignInAsync(person.Email);
        var replayed = await WithKey(person.Http, HttpMethod.Delete, "/api/me/sessions", "key-2");
        Assert.Equal((HttpStatusCode.NoContent, ""), (replayed.StatusCode, await replayed.Content.ReadAsStringAsync()));
        await elsewhere.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await signedInAgain.Http.GetAsync("/api/me").OkAsync(); // the repetition ended nothing
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        var person = await PersonAsync();
        await ChangeAsync(person, "key-1", Grace);

        await Task.FromResult(await ChangeAsync(person, "key-1", new { firstName = "Ada" })).ProblemAsync(422, "idempotency-reused");
        await Task.FromResult(await WithKey(person.Http, HttpMethod.Patch, "/api/me?x=1", "key-1", Grace)).ProblemAsync(422, "idempotency-reused");
        await Task.FromResult(await WithKey(person.Http, HttpMethod.Delete, "/api/me/sessions", "key-1")).ProblemAsync(422, "idempotency-reused");

        Assert.Equal(1, await ChangesAsync(person));
    }

    [Fact]
    public async Task Twenty_at_once_have_one_effect()
    {
        var person = await PersonAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ChangeAsync(person, "key-1", Grace)));

        Assert.Single(answers, answer => answer.IsSuccessStatusCode && !answer.Headers.Contains("Idempotent-Replayed"));
        foreach (var answer in answers.Where(answer => !answer.IsSuccessStatusCode))
        {
            await Task.FromResult(answer).ProblemAsync(409, "idempotency-busy");
            Assert.Equal("1", answer.Headers.RetryAfter?.ToString());
        }
        Assert.Equal(1, await ChangesAsync(person));
    }

    [Fact]
    public async Task While_the_first_is_under_way_the_second_is_told_so()
    {
        var person = await PersonAsync();
        await using var source = NpgsqlDataSource.Create(place.App.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        Task<HttpResponseMessage> first;
        await using (await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("SELECT FROM users WHERE id = @Id FOR UPDATE", new { person.Id });
            first = ChangeAsync(person, "key-1", Grace);
            await place.App.UntilAsync("the key is taken", async () => await place.App.QueryAsync<bool>($"SELECT EXISTS (SELECT FROM idempotency_keys WHERE caller = '{person.Id}')"));

            await Task.FromResult(await ChangeAsync(person, "key-1", Grace)).ProblemAsync(409, "idempotency-busy");
        }

        await first.OkAsync();
        Assert.True((await ChangeAsync(person, "key-1", Grace)).Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task A_refused_write_gives_its_key_back()
    {
        var person = await PersonAsync();

        await Task.FromResult(await ChangeAsync(person, "key-1", new { country = "nowhere" })).ProblemAsync(422, "invalid");
        await Task.FromResult(await WithKey(person.Http, HttpMethod.Patch, "/api/me", "key-1", Grace, "\"99\"")).ProblemAsync(409, "stale");
        var now = await ChangeAsync(person, "key-1", Grace);

        Assert.Equal((HttpStatusCode.OK, false), (now.StatusCode, now.Headers.Contains("Idempotent-Replayed")));
    }

    [Fact]
    public async Task An_answer_is_remembered_for_a_day()
    {
        var person = await PersonAsync();
        await ChangeAsync(person, "key-1", Grace);

        await place.App.AdvanceAsync(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        person = await person.Tenant.SignInAsync(person.Email);
        Assert.True((await ChangeAsync(person, "key-1", Grace)).Headers.Contains("Idempotent-Replayed"));
        await place.App.AdvanceAsync(TimeSpan.FromSeconds(1));
        var anew = await ChangeAsync(person, "key-1", new { firstName = "Ada" });

        Assert.Equal((HttpStatusCode.OK, false), (anew.StatusCode, anew.Headers.Contains("Idempotent-Replayed")));
        Assert.Equal(2, await ChangesAsync(person));
    }

    [Fact]
    public async Task What_nobody_may_ask_for_again_is_swept_away()
    {
        var person = await PersonAsync();
        await ChangeAsync(person, "key-1", Grace);
        var keys = place.App.Services.GetRequiredService<IdempotencyKeys>();

        await keys.SweepAsync(CancellationToken.None);
        Assert.Equal(1, await KeysOfAsync(person));
        await place.App.AdvanceAsync(TimeSpan.FromDays(1));
        await keys.SweepAsync(CancellationToken.None);

        Assert.Equal(0, await KeysOfAsync(person));
    }

    [Fact]
    public async Task A_write_that_a_crash_cut_off_may_run_again_after_a_minute()
    {
        var person = await PersonAsync();
        await ChangeAsync(person, "key-1", Grace);
        await place.App.QueryAsync<int>($"WITH crash AS (UPDATE idempotency_keys SET answer_encrypted = NULL WHERE caller = '{person.Id}' RETURNING 1) SELECT count(*)::int FROM crash");

        await Task.FromResult(await ChangeAsync(person, "key-1", Grace)).ProblemAsync(409, "idempotency-busy");
        await place.App.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Task.FromResult(await ChangeAsync(person, "key-1", new { firstName = "Ada" })).ProblemAsync(422, "idempotency-reused");
        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(person, "key-1", Grace)).StatusCode);

        Assert.Equal(2, await ChangesAsync(person));
    }

    [Fact]
    public async Task A_key_is_its_tenants_and_its_persons()
    {
        var ada = await PersonAsync();
        var grace = await ada.Tenant.PersonAsync();
        var elsewhere = await PersonAsync();

        foreach (var person in new[] { ada, grace, elsewhere })
        {
            var answer = await ChangeAsync(person, "key-1", Grace);
            Assert.Equal((HttpStatusCode.OK, false), (answer.StatusCode, answer.Headers.Contains("Idempotent-Replayed")));
            Assert.Equal(1, await ChangesAsync(person));
        }
    }

    [Fact]
    public async Task Nothing_of_a_kept_answer_can_be_read_in_the_database()
    {
        var person = await PersonAsync();
        await ChangeAsync(person, "key-1", new { firstName = "Unmistakable", lastName = "Unforgettable" });

        var row = await place.App.QueryAsync<string>($"SELECT to_jsonb(idempotency_keys)::text FROM idempotency_keys WHERE caller = '{person.Id}'");
        var other = await place.App.QueryAsync<string>(
            $"""
             WITH copied AS (
                 INSERT INTO idempotency_keys SELECT tenant_id, caller, 'key-2', request_hash, created_at, expires_at, answer_encrypted FROM idempotency_keys WHERE caller = '{person.Id}'
                 RETURNING key
             ) SELECT key FROM copied
             """);

        Assert.DoesNotContain("Unmistakable", row, StringComparison.Ordinal);
        Assert.DoesNotContain("Unforgettable", row, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("Unmistakable"u8), row, StringComparison.Ordinal);
        // nor does it open under another key
        await Task.FromResult(await ChangeAsync(person, other, new { firstName = "Unmistakable", lastName = "Unforgettable" })).ProblemAsync(500, "unexpected");
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData(null)] // one too long
    public async Task A_key_that_is_none_is_refused(string? key)
    {
        var person = await PersonAsync();

        await Task.FromResult(await ChangeAsync(person, key ?? new string('k', 201), Grace)).ProblemAsync(400, "malformed");

        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(person, new string('k', 200), Grace)).StatusCode);
    }

    [Fact]
    public async Task What_has_not_changed_since_it_was_read_is_not_sent_again()
    {
        var person = await PersonAsync();
        var first = await person.Http.GetAsync("/api/me");
        var tag = first.Headers.ETag!.ToString();

        foreach (var known in new[] { tag, $"W/{tag}", $"\"other\", {tag}", "*" })
        {
            var again = await ReadAsync(person, known);
            Assert.Equal((HttpStatusCode.NotModified, tag, ""), (again.StatusCode, again.Headers.ETag?.ToString(), await again.Content.ReadAsStringAsync()));
        }
        Assert.Equal(HttpStatusCode.OK, (await ReadAsync(person, "\"other\"")).StatusCode);
        Assert.True(first.Headers.CacheControl is { Private: true, NoCache: true });

        await person.Http.PatchAsJsonAsync("/api/me", Grace).OkAsync();
        var changed = await ReadAsync(person, tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task What_changes_beside_the_row_changes_the_tag_too()
    {
        var person = await PersonAsync();
        var tag = (await person.Http.GetAsync("/api/me")).Headers.ETag!.ToString();

        await place.App.QueryAsync<string>(
            $"WITH gone AS (DELETE FROM user_roles WHERE user_id = '{person.Id}' RETURNING pg_notify('podium_cache', 'person:' || tenant_id || ':' || user_id)) SELECT count(*)::text FROM gone");
        await place.App.UntilAsync("the role is gone", async () => (await person.Http.GetAsync("/api/me").OkAsync())["roles"]!.AsArray().Count == 0);

        Assert.Equal(HttpStatusCode.OK, (await ReadAsync(person, tag)).StatusCode);
    }

    [Fact]
    public async Task A_change_of_what_has_changed_meanwhile_is_refused()
    {
        var person = await PersonAsync();
        var read = (await person.Http.GetAsync("/api/me")).Headers.ETag!.ToString();
        Assert.StartsWith("\"2-", read, StringComparison.Ordinal);

        var changed = await ChangeAsync(person, null, Grace, read);
        Assert.Equal((HttpStatusCode.OK, "\"3\""), (changed.StatusCode, changed.Headers.ETag?.ToString()));

        foreach (var stale in new[] { read, "\"2\"", "W/\"3\"", "3", "\"three\"", "\"\"", "\"" })
            await Task.FromResult(await ChangeAsync(person, null, Grace, stale)).ProblemAsync(409, "stale");
        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(person, null, Grace, "\"3\"")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(person, null, Grace, (await person.Http.GetAsync("/api/me")).Headers.ETag!.ToString())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(person, null, Grace, "*")).StatusCode);
    }

    private async Task<TestPerson> PersonAsync() => await (await TestTenant.CreateAsync(place.App)).PersonAsync();

    private Task<int> KeysOfAsync(TestPerson person) => place.App.QueryAsync<int>($"SELECT count(*)::int FROM idempotency_keys WHERE caller = '{person.Id}'");

    // the first version is the registration's, the second the verified address's
    private static async Task<int> ChangesAsync(TestPerson person) => (int)(await person.Http.GetAsync("/api/me").OkAsync())["version"]! - 2;

    private static Task<HttpResponseMessage> ChangeAsync(TestPerson person, string? key, object change, string? ifMatch = null) =>
        WithKey(person.Http, HttpMethod.Patch, "/api/me", key, change, ifMatch);

    private static async Task<HttpResponseMessage> ReadAsync(TestPerson person, string known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/me");
        request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await person.Http.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> WithKey(HttpClient client, HttpMethod method, string path, string? key, object? body = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await client.SendAsync(request);
    }

    /// <summary>An app whose clock these tests move.</summary>
    public sealed class OwnApp : IAsyncLifetime
    {
        public PodiumApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync(new AppOptions { Timers = ["InboxSweep", "IdentityCleanup"] });

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
