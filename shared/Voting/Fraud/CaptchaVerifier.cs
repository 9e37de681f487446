using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Podium.Platform.Http;

namespace Podium.Voting.Fraud;

/// <summary>
/// Asks the captcha's service whether it is content: reCAPTCHA (v2, v3), Turnstile or hCaptcha, whichever the settings name. All three take the same form and
/// answer alike. A service that does not answer keeps nobody from voting: the rules weigh that the score is missing.
/// </summary>
public sealed partial class CaptchaVerifier : IDisposable
{
    private static readonly Dictionary<string, string> Services = new(StringComparer.OrdinalIgnoreCase)
    {
        ["recaptcha"] = "https://www.google.com/recaptcha/api/siteverify",
        ["turnstile"] = "https://challenges.cloudflare.com/turnstile/v0/siteverify",
        ["hcaptcha"] = "https://api.hcaptcha.com/siteverify",
    };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ILogger<CaptchaVerifier> _log;
    private readonly string? _secret;
    private readonly Uri? _service;

    public CaptchaVerifier(IConfiguration configuration, ILogger<CaptchaVerifier> log)
    {
        _log = log;
        _secret = configuration["Captcha:Secret"];
        SiteKey = configuration["Captcha:SiteKey"];
        if (configuration["Captcha:Provider"] is not { Length: > 0 } name) return;
        if (!Services.TryGetValue(name, out var service) || string.IsNullOrEmpty(_secret))
            throw new InvalidOperationException($"Captcha__Provider must be one of {string.Join(", ", Services.Keys)}, and Captcha__Secret set.");
        Provider = name.ToLowerInvariant();
        _service = new Uri(configuration["Captcha:Service"] is { Length: > 0 } other ? other : service);
    }

    /// <summary>Which service is configured; null where there is none.</summary>
    public string? Provider { get; }

    public string? SiteKey { get; }

    /// <summary>Whether it passed, with a score from 0 (surely a machine) to 100; null where the service did not say.</summary>
    public sealed record Verdict(bool? Passed, int? Score);

    public async Task<Verdict> VerifyAsync(string token, IPAddress? address, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string> { ["secret"] = _secret!, ["response"] = token };
        if (address is not null && PublicAddresses.Contains(address)) form["remoteip"] = address.ToString();
        // real time: a service that does not answer is on no virtual clock
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            using var content = new FormUrlEncodedContent(form);
            using var answer = await _http.PostAsync(_service, content, limit.Token);
            answer.EnsureSuccessStatusCode();
            using var said = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(limit.Token));
            return Read(said.RootElement, Provider!) is { } verdict ? verdict : Unanswered(null);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Unanswered(error);
        }
    }

    /// <summary>What an answer means; null where it says that we are at fault.</summary>
    internal static Verdict? Read(JsonElement said, string provider)
    {
        if (said.ValueKind != JsonValueKind.Object || !said.TryGetProperty("success", out var success) || success.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return null;
        var score = said.TryGetProperty("score", out var number) && number.TryGetDouble(out var fraction) && fraction is >= 0 and <= 1 ? fraction : (double?)null;
        if (!success.GetBoolean())
        {
            var codes = said.TryGetProperty("error-codes", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(code => code.ToString()).ToList() : [];
            // of the secret, of a request that we made badly, or of the service itself
            return codes.Any(code => code.Contains("secret", StringComparison.Ordinal) || code is "bad-request" or "internal-error" or "sitekey-secret-mismatch") ? null : new Verdict(false, 0);
        }
        // a token for something else, such as signing in, is no token for a vote
        if (said.TryGetProperty("action", out var action) && action.ValueKind == JsonValueKind.String && action.GetString() is { Length: > 0 } purpose && purpose != "vote") return new Verdict(false, 0);
        // hCaptcha's score is one of risk
        return new Verdict(true, score is not { } known ? 100 : (int)Math.Round(100 * (provider == "hcaptcha" ? 1 - known : known)));
    }

    public void Dispose() => _http.Dispose();

    private Verdict Unanswered(Exception? error)
    {
        LogUnanswered(_log, error, Provider!);
        return new Verdict(null, null);
    }

    [LoggerMessage(810, LogLevel.Warning, "The captcha service {Provider} did not say whether a token is good; votes go on without scores.")]
    private static partial void LogUnanswered(ILogger logger, Exception? error, string provider);
}
