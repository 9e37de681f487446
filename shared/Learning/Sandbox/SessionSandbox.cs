using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Core;

namespace Podium.Learning.Sandbox;

/// <summary>The same worker in Azure: a container behind Container Apps dynamic sessions, one session for each attempt.</summary>
public sealed class SessionSandbox(HttpClient http, Uri pool, TokenCredential credential) : ICodeSandbox
{
    private static readonly JsonSerializerOptions Options = new(Platform.Api.Json.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    private sealed record Answer(CodeVerdict Verdict, IReadOnlyList<TestReport?>? Tests, IReadOnlyList<ConsoleLine>? Console, IReadOnlyList<string>? Faults, int CpuMs);

    public async Task<CodeReport?> RunAsync(PageCode page, IReadOnlyList<ChallengeTest> tests, CodeLimits limits, CancellationToken cancellationToken)
    {
        var token = await credential.GetTokenAsync(new TokenRequestContext(["https://dynamicsessions.io/.default"]), cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(pool, $"attempts?identifier={Guid.NewGuid():N}"))
        {
            Content = JsonContent.Create(new { page.Html, page.Css, page.Js, tests, limits.CpuMs, limits.MemoryBytes }, options: Options),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token.Token) },
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(limits.Wall);
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) return null;
            response.EnsureSuccessStatusCode();
            var answer = (await response.Content.ReadFromJsonAsync<Answer>(Options, limit.Token))!;
            return new CodeReport
            {
                Verdict = answer.Verdict,
                Tests = [.. tests.Select((_, i) => answer.Tests?.ElementAtOrDefault(i) ?? new TestReport(false, "The attempt ended before this test."))],
                Console = answer.Console ?? [],
                Faults = answer.Faults ?? [],
                CpuMs = answer.CpuMs,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new CodeReport { Verdict = CodeVerdict.Time, Tests = [.. tests.Select(_ => new TestReport(false, "The attempt ended before this test."))] };
        }
    }
}
