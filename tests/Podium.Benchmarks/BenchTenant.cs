using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Hosting;
using Podium.Emulator.Http;
using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Benchmarks;

/// <summary>The tenant that a benchmark works in, and its administrator, signed in.</summary>
internal sealed record BenchTenant(Guid Id, Guid Boss, string Token, HttpClient Http) : IDisposable
{
    public const string Slug = "bench";

    public static async Task<BenchTenant> CreateAsync(EmulatedApp app)
    {
        using var operators = OperatorOf(app);
        (await operators.PostAsJsonAsync(
            new Uri("/api/operations/tenants", UriKind.Relative), new { slug = Slug, name = "Benchmark", languages = new[] { "en" }, administratorEmail = "boss@example.org", settings = new { } })).EnsureSuccessStatusCode();
        var (tenant, boss) = await app.Services.GetRequiredService<Database>().AsPlatform().SingleAsync<(Guid, Guid)>(
            """
            UPDATE users SET account_status = 'active', email_verified_at = created_at WHERE tenant_id = (SELECT id FROM tenants WHERE slug = @Slug) RETURNING tenant_id, id
            """,
            new { Slug });
        var token = await app.Services.GetRequiredService<AccessTokens>().IssueAsync(new AccessTokens.Claims(tenant, boss, Guid.NewGuid()), CancellationToken.None);
        return new BenchTenant(tenant, boss, token, new HttpClient { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } });
    }

    /// <summary>A client with the operators' key.</summary>
    public static HttpClient OperatorOf(EmulatedApp app) => new() { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { { "x-functions-key", app.Services.GetRequiredService<FunctionKeys>().Default } } };

    public void Dispose() => Http.Dispose();
}
