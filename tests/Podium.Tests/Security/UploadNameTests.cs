using System.Net.Http.Json;
using Podium.Tests.Files;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Security;

/// <summary>A file's name is only ever shown: it names no place in storage, and cannot break out of the header that it goes out in.</summary>
public sealed class UploadNameTests(SharedApp shared)
{
    [Fact]
    public async Task Names_that_would_like_to_be_paths_headers_or_commands_are_refused_or_shown_as_they_are()
    {
        var app = await shared.AppAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var pdf = PdfFile.OfPages(1).Plain();
        foreach (var name in new[] { "../../../etc/passwd.pdf", "..\\..\\boot.pdf", "/etc/passwd.pdf", "C:\\x.pdf", "a\r\nX-Evil: 1.pdf", "a\0.pdf", "\"; filename=\"evil.exe\".pdf", "%2e%2e%2fx.pdf", "CON.pdf", "$(id).pdf", "a\u202efdp.exe", "<script>.pdf", "отчёт «итог».pdf" })
        {
            using var answer = await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name });
            if ((int)answer.StatusCode == 422) continue;
            var asked = await Task.FromResult(answer).OkAsync(201);
            var upload = new Uri(asked["upload"]!["url"]!.ToString());
            Assert.EndsWith($"/uploads/{tenant.Id}/{asked["file"]!["id"]}", upload.AbsolutePath, StringComparison.Ordinal);
            Assert.Equal(System.Net.HttpStatusCode.Created, await Client.PutAsync(asked, pdf));
            await app.SettleAsync();
            var link = (await boss.Http.PostAsync($"/api/files/{asked["file"]!["id"]}/download", null).OkAsync())["url"]!.ToString();
            using var file = await Client.Http.GetAsync(new Uri(link));
            Assert.True(file.IsSuccessStatusCode, $"{name}: {file.StatusCode}");
            Assert.False(file.Headers.Contains("X-Evil"));
            Assert.Equal("attachment", file.Content.Headers.ContentDisposition!.DispositionType);
            Assert.Equal("application/pdf", file.Content.Headers.ContentType!.MediaType);
            var plain = file.Content.Headers.ContentDisposition.FileName?.Trim('"') ?? "";
            Assert.False(plain.Contains("..", StringComparison.Ordinal) && plain.AsSpan().ContainsAny("/\\"), $"{name}: {plain}");
        }
        await boss.Http.PostAsJsonAsync("/api/files", new { purpose = "document", name = new string('x', 5000) + ".pdf" }).ProblemAsync(422, "invalid");
    }
}
