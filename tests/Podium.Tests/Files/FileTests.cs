using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Platform.Files;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Files;

/// <summary>Files from the asking to the download, through the public door and straight to storage as a client would.</summary>
public sealed class FileTests(SharedApp shared)
{
    private static readonly byte[] Pdf = PdfFile.OfPages(2).Plain();

    private static readonly PdfFile Encrypted =
        new() { Trailer = "/Root 1 0 R /Encrypt 50 0 R", [1] = "<</Pages 2 0 R>>", [2] = "<</Type/Pages/Kids[3 0 R]>>", [3] = "<</Type/Page>>" };

    [Fact]
    public async Task A_document_is_asked_for_sent_looked_into_and_downloaded()
    {
        var (app, tenant, boss) = await StartAsync();
        var id = Guid.CreateVersion7();
        var asked = await boss.AskAsync(Pdf, "rules.pdf", id);
        Assert.Equal("awaiting", asked["file"]!["state"]!.ToString());
        Assert.Equal(("PUT", "BlockBlob"), (asked["upload"]!["method"]!.ToString(), asked["upload"]!["headers"]!["x-ms-blob-type"]!.ToString()));

        // the same again gives the same file and a fresh URL; another name is another file
        Assert.Equal(id.ToString(), (await boss.AskAsync(Pdf, "rules.pdf", id))["file"]!["id"]!.ToString());
        await boss.Http.PostAsJsonAsync("/api/files", new { id, purpose = "document", name = "other.pdf" }).ProblemAsync(409, "file-id-taken");
        await boss.Http.PostAsync($"/api/files/{id}/download", null).ProblemAsync(409, "file-not-ready");

        Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(asked, Pdf));
        await app.SettleAsync();
        var file = await boss.Http.GetAsync($"/api/files/{id}").OkAsync();
        Assert.Equal(("accepted", "pdf", "application/pdf"), (file["state"]!.ToString(), file["kind"]!.ToString(), file["mediaType"]!.ToString()));
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(Pdf)), Pdf.Length, 2), (file["sha256"]!.ToString(), (int)file["bytes"]!, (int)file["details"]!["pages"]!));
        Assert.Equal("no-scanner", file["virusScan"]!.ToString());
        Assert.Empty(file["reasons"]!.AsArray());

        // it lies in its place now, and nowhere else
        Assert.True(await app.Storage.GetBlobContainerClient("documents").GetBlobClient($"{tenant.Id}/{id}").ExistsAsync());
        Assert.False(await app.Storage.GetBlobContainerClient("uploads").GetBlobClient($"{tenant.Id}/{id}").ExistsAsync());

        var link = await boss.Http.PostAsync($"/api/files/{id}/download", null).OkAsync();
        var download = await Client.Http.GetAsync(link["url"]!.ToString());
        Assert.Equal(Pdf, await download.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/pdf", download.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment; filename*=UTF-8''rules.pdf", download.Content.Headers.GetValues("Content-Disposition").Single());

        // what is open to all is for everybody of the tenant, and nobody else
        var reader = await tenant.PersonAsync();
        await reader.Http.PostAsync($"/api/files/{id}/download", null).OkAsync();
        var stranger = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        await stranger.Http.GetAsync($"/api/files/{id}").ProblemAsync(404, "not-found");
        await stranger.Http.PostAsync($"/api/files/{id}/download", null).ProblemAsync(404, "not-found");
        await stranger.Http.PutAsJsonAsync($"/api/files/{id}/revocation", new { reason = "x" }).ProblemAsync(404, "not-found");
        await boss.Http.PostAsJsonAsync("/api/files", new { id, purpose = "document", name = "rules.pdf", bytes = Pdf.Length }).ProblemAsync(409, "file-arrived");
        Assert.Equal([id.ToString()], (await boss.Http.GetAsync("/api/files?purpose=document&state=accepted").OkAsync())["items"]!.AsArray().Select(item => item!["id"]!.ToString()));
        Assert.Empty((await reader.Http.GetAsync("/api/files").OkAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task Who_may_not_and_what_is_not_is_refused()
    {
        var (_, tenant, boss) = await StartAsync();
        var person = await tenant.PersonAsync();
        await person.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = "a.pdf" }).ProblemAsync(403, "forbidden");
        await tenant.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = "a.pdf" }).ProblemAsync(401, "sign-in-required");
        await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "nothing", name = "a.pdf" }).ProblemAsync(422, "invalid");
        foreach (var name in new[] { "../a.pdf", "a\\b.pdf", "a\u0001.pdf", ".." }) await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name }).ProblemAsync(422, "invalid");
        var tooLarge = await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = "a.pdf", bytes = 300L << 20 }).ProblemAsync(422, "invalid");
        Assert.Equal("/bytes", tooLarge["errors"]![0]!["pointer"]!.ToString());

        // another's file is not there, not even for another of the same tenant while it is not accepted
        var id = (await boss.AskAsync(Pdf))["file"]!["id"]!;
        await person.Http.GetAsync($"/api/files/{id}").ProblemAsync(404, "not-found");
        await person.Http.DeleteAsync($"/api/files/{id}").ProblemAsync(404, "not-found");
        await person.Http.PutAsJsonAsync($"/api/files/{id}/revocation", new { reason = "x" }).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task A_signed_url_is_for_one_blob_one_verb_and_one_time()
    {
        var (app, tenant, boss) = await StartAsync();
        var asked = await boss.AskAsync(Pdf);
        var url = asked["upload"]!["url"]!.ToString();
        var id = asked["file"]!["id"]!.ToString();

        Assert.Equal(HttpStatusCode.Forbidden, (await Client.Http.GetAsync(url)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Client.Http.DeleteAsync(url)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await Client.PutAsync(url.Replace(id, Guid.NewGuid().ToString()), Pdf));
        Assert.Equal(HttpStatusCode.Forbidden, await Client.PutAsync(url.Replace("/uploads/", "/documents/"), Pdf));
        Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(url, Pdf));
        Assert.Equal(HttpStatusCode.Forbidden, await Client.PutAsync(url, "something else"u8.ToArray()));
        await app.SettleAsync();

        // sent again after the decision: taken away, and nothing changes
        Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(url, "something else"u8.ToArray()));
        await app.SettleAsync();
        Assert.False(await app.Storage.GetBlobContainerClient("uploads").GetBlobClient($"{tenant.Id}/{id}").ExistsAsync());
        var link = (await boss.Http.PostAsync($"/api/files/{id}/download", null).OkAsync())["url"]!.ToString();
        Assert.Equal(Pdf, await Client.Http.GetByteArrayAsync(link));
        Assert.Equal(HttpStatusCode.Forbidden, await Client.PutAsync(link, Pdf));
        Assert.Equal(HttpStatusCode.Forbidden, (await Client.Http.GetAsync(link.Replace("/documents/", "/archives/"))).StatusCode);

        // too late, by storage's clock
        var store = app.Services.GetService(typeof(FileStore)) as FileStore;
        var late = await store!.DownloadUrlAsync($"documents/{tenant.Id}/{id}", TimeSpan.FromSeconds(-1), "a", "text/plain", default);
        Assert.Equal(HttpStatusCode.Forbidden, (await Client.Http.GetAsync(late)).StatusCode);
    }

    public static TheoryData<string, string, string> Bad => new()
    {
        { "empty", "rejected", "empty" },
        { "lying", "quarantined", "kind-not-allowed" },
        { "truncated", "quarantined", "truncated" },
        { "encrypted", "quarantined", "pdf-encrypted" },
        { "bomb", "quarantined", "archive-bomb" },
        { "polyglot", "quarantined", "two-kinds" },
        { "announced", "rejected", "size-differs" },
        { "hash", "rejected", "hash-differs" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_is_bad_ends_in_a_stated_reason(string what, string state, string code)
    {
        var (app, tenant, boss) = await StartAsync();
        var content = what switch
        {
            "empty" => [],
            "lying" => [.. "MZ"u8, .. new byte[300]],
            "truncated" => Pdf[..^40],
            "encrypted" => Encrypted.Plain(),
            "bomb" => ZipFileWriter.Zip(new ZipItem("zeros", new byte[8 << 20])),
            "polyglot" => [.. "#!/bin/sh\nexit\n"u8, .. Pdf],
            _ => Pdf,
        };
        var asked = what switch
        {
            "announced" => await boss.AskAsync(Pdf[..^1], "rules.pdf"),
            "hash" => await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = "rules.pdf", sha256 = new string('0', 64) }).OkAsync(201),
            _ => await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = "rules.pdf" }).OkAsync(201),
        };
        var id = asked["file"]!["id"]!.ToString();
        Assert.Equal(HttpStatusCode.Created, await Client.PutAsync(asked, content));
        await app.SettleAsync();

        boss.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        var file = await boss.Http.GetAsync($"/api/files/{id}").OkAsync();
        Assert.Equal(state, file["state"]!.ToString());
        var english = file["reasons"]!.AsArray().First(reason => reason!["code"]!.ToString() == code)!["message"]!.ToString();
        boss.Http.DefaultRequestHeaders.AcceptLanguage.Clear();
        boss.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("ru");
        var russian = (await boss.Http.GetAsync($"/api/files/{id}").OkAsync())["reasons"]!.AsArray().First(reason => reason!["code"]!.ToString() == code)!["message"]!.ToString();
        Assert.NotEqual(english, russian);
        Assert.Contains(russian, letter => letter is >= 'а' and <= 'я');

        await boss.Http.PostAsync($"/api/files/{id}/download", null).ProblemAsync(409, "file-not-ready");
        Assert.False(await app.Storage.GetBlobContainerClient("uploads").GetBlobClient($"{tenant.Id}/{id}").ExistsAsync());
        Assert.False(await app.Storage.GetBlobContainerClient("documents").GetBlobClient($"{tenant.Id}/{id}").ExistsAsync());
        Assert.Equal(state == "quarantined", (bool)await app.Storage.GetBlobContainerClient("quarantine").GetBlobClient($"{tenant.Id}/{id}").ExistsAsync());
        var notes = (await boss.Http.GetAsync("/api/me/notifications").OkAsync())["items"]!.AsArray();
        Assert.Contains(notes, note => note!["kind"]!.ToString() == "file" && note["body"]!.ToString().Contains("rules.pdf", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_withdrawn_file_is_gone_at_once_and_can_be_given_back()
    {
        var (app, tenant, boss) = await StartAsync();
        var id = await boss.SendAsync(app, Pdf);
        var link = (await boss.Http.PostAsync($"/api/files/{id}/download", null).OkAsync())["url"]!.ToString();
        var revoked = await boss.Http.PutAsJsonAsync($"/api/files/{id}/revocation", new { reason = "It names people." }).OkAsync();
        Assert.Equal(("revoked", "It names people."), (revoked["state"]!.ToString(), revoked["revokedReason"]!.ToString()));
        await boss.Http.PostAsync($"/api/files/{id}/download", null).ProblemAsync(410, "file-revoked");
        Assert.Equal(HttpStatusCode.NotFound, (await Client.Http.GetAsync(link)).StatusCode);
        var reader = await tenant.PersonAsync();
        await reader.Http.PostAsync($"/api/files/{id}/download", null).ProblemAsync(404, "not-found");
        await boss.Http.PutAsJsonAsync($"/api/files/{id}/revocation", new { reason = "Again." }).OkAsync();

        Assert.Equal("accepted", (await boss.Http.DeleteAsync($"/api/files/{id}/revocation").OkAsync())["state"]!.ToString());
        Assert.Equal(Pdf, await Client.Http.GetByteArrayAsync(link));
        var log = (await boss.Http.GetAsync("/api/audit?table=files").OkAsync())["items"]!.AsArray();
        Assert.Contains(log, entry => entry!["new"]?["revoked_reason"]?.ToString() == "It names people." && entry["actorId"]!.ToString() == boss.Id.ToString());
    }

    [Fact]
    public async Task Uploads_can_be_cancelled_and_only_so_many_are_under_way()
    {
        var (app, tenant, boss) = await StartAsync();
        var asked = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            var answer = await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = "rules.pdf" });
            return (answer.StatusCode, Json: await answer.JsonAsync());
        }));
        Assert.Equal(20, asked.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.All(asked.Where(answer => answer.StatusCode != HttpStatusCode.Created), answer => Assert.Equal("/api/problems/too-many-uploads", answer.Json["type"]!.ToString()));

        var first = asked.First(answer => answer.StatusCode == HttpStatusCode.Created).Json;
        var id = first["file"]!["id"]!.ToString();
        Assert.Equal("cancelled", (await boss.Http.DeleteAsync($"/api/files/{id}").OkAsync())["state"]!.ToString());
        Assert.Equal("cancelled", (await boss.Http.DeleteAsync($"/api/files/{id}").OkAsync())["state"]!.ToString());
        await boss.Http.PostAsJsonAsync("/api/files", new { id, purpose = "document", name = "rules.pdf" }).ProblemAsync(409, "file-arrived");
        var next = await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = "rules.pdf" }).OkAsync(201);

        // the URL still works until it ends, but what comes by it is taken away
        await Client.PutAsync(first, Pdf);
        await Client.PutAsync(next, Pdf);
        await app.SettleAsync();
        Assert.False(await app.Storage.GetBlobContainerClient("uploads").GetBlobClient($"{tenant.Id}/{id}").ExistsAsync());
        Assert.Equal("cancelled", (await boss.Http.GetAsync($"/api/files/{id}").OkAsync())["state"]!.ToString());
        await boss.Http.DeleteAsync($"/api/files/{next["file"]!["id"]}").ProblemAsync(409, "file-arrived");
    }

    [Fact]
    public async Task Of_equal_files_the_later_names_the_earlier()
    {
        var (app, _, boss) = await StartAsync();
        var content = Encoding.UTF8.GetBytes($"A text that nobody else has: {Guid.NewGuid()}");
        var both = await Task.WhenAll(boss.AskAsync(content), boss.AskAsync(content));
        await Task.WhenAll(both.Select(asked => Client.PutAsync(asked, content)));
        await app.SettleAsync();
        var ids = both.Select(asked => asked["file"]!["id"]!.ToString()).ToList();
        var named = await app.QueryAsync<string>($"SELECT string_agg(coalesce(duplicate_of::text, '-'), ' ' ORDER BY checked_at, duplicate_of IS NOT NULL) FROM files WHERE id IN ('{ids[0]}', '{ids[1]}')");
        Assert.Contains(named.Split(' ').Single(name => name != "-"), ids);
    }

    [Fact]
    public async Task An_operator_looks_again_and_what_was_judged_too_hard_is_accepted()
    {
        var (app, tenant, boss) = await StartAsync();
        var id = await boss.SendAsync(app, [.. "MZ"u8, .. new byte[300]]);
        using var operators = app.HttpWithKey();
        Assert.Equal(HttpStatusCode.NoContent, (await operators.PostAsync($"/api/operations/tenants/{tenant.Id}/files/{id}/check", null)).StatusCode);
        Assert.Equal("quarantined", (await boss.Http.GetAsync($"/api/files/{id}").OkAsync())["state"]!.ToString());

        // the rule was wrong: programs are welcome
        await app.QueryAsync<int>($"WITH changed AS (UPDATE files SET rules = jsonb_set(rules, '{{allowed}}', '[\"windowsProgram\"]') WHERE id = '{id}' RETURNING 1) SELECT count(*)::int FROM changed");
        Assert.Equal(HttpStatusCode.NoContent, (await operators.PostAsync($"/api/operations/tenants/{tenant.Id}/files/{id}/check", null)).StatusCode);
        Assert.Equal("accepted", (await boss.Http.GetAsync($"/api/files/{id}").OkAsync())["state"]!.ToString());
        Assert.Equal(302, (await Client.Http.GetByteArrayAsync((await boss.Http.PostAsync($"/api/files/{id}/download", null).OkAsync())["url"]!.ToString())).Length);
        await operators.PostAsync($"/api/operations/tenants/{tenant.Id}/files/{Guid.NewGuid()}/check", null).ProblemAsync(404, "not-found");
        await operators.PostAsync($"/api/operations/tenants/{Guid.NewGuid()}/files/{id}/check", null).ProblemAsync(404, "not-found");
        var awaited = (await boss.AskAsync(Pdf))["file"]!["id"]!;
        await operators.PostAsync($"/api/operations/tenants/{tenant.Id}/files/{awaited}/check", null).ProblemAsync(409, "file-content-gone");
    }

    private async Task<(PodiumApp App, TestTenant Tenant, TestPerson Boss)> StartAsync()
    {
        var app = await shared.AppAsync();
        var tenant = await TestTenant.CreateAsync(app);
        return (app, tenant, await tenant.AdministratorAsync());
    }
}

/// <summary>What a client does with files.</summary>
internal static class Client
{
    public static HttpClient Http { get; } = new();

    public static Task<JsonObject> AskAsync(this TestPerson person, byte[] content, string name = "rules.pdf", Guid? id = null) =>
        person.Http.PostAsJsonAsync("/api/files", new { id, purpose = "document", name, bytes = content.Length }).OkAsync(201);

    public static Task<HttpStatusCode> PutAsync(JsonObject asked, byte[] content) => PutAsync(asked["upload"]!["url"]!.ToString(), content);

    public static async Task<HttpStatusCode> PutAsync(string url, byte[] content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new ByteArrayContent(content) };
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        request.Content.Headers.ContentType = new("text/html");
        return (await Http.SendAsync(request)).StatusCode;
    }

    /// <summary>A document that has been decided.</summary>
    public static async Task<string> SendAsync(this TestPerson person, PodiumApp app, byte[] content)
    {
        var asked = await person.AskAsync(content);
        Assert.Equal(HttpStatusCode.Created, await PutAsync(asked, content));
        await app.SettleAsync();
        return asked["file"]!["id"]!.ToString();
    }
}
