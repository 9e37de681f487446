using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Certificates;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Functions.Certificates;

/// <summary>Certificates: verifying them, and copies for those whom they concern.</summary>
public sealed class CertificatesApi(ReadCertificates certificates, VerifyCertificate verify, RevokeCertificate revoke, StatementKeys keys, StatusLists lists)
{
    /// <summary>What a copy may be besides JSON.</summary>
    public const string Pdf = "application/pdf";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);
    private static readonly HtmlPage Page = HtmlPage.Embedded("certificates.html");

    [Function("GetVerificationPage"), Open]
    [Operation("A page that verifies certificates", Description = "In the browser: by number here, or a signed document by its keys alone, also when the page is saved and nobody is connected.", MediaType = "text/html")]
    public static IResult VerificationPage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/certificates/verification")] HttpRequest request) => Page;

    [Function("VerifyCertificate"), Anyone]
    [Operation("Whether a certificate counts", Description = "By its number or the signed document: valid, revoked or unknown.", Body = typeof(VerifyCertificate.Request), Answer = typeof(VerifyCertificate.Verdict), Limit = RateLimits.Lookups)]
    public async Task<IResult> Verify([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/certificates/verification")] HttpRequest request)
    {
        var verdict = await verify.RunAsync(request.Caller(), await request.ReadAsync<VerifyCertificate.Request>(), request.HttpContext.RequestAborted);
        return verdict.Answer(Answer.Secret);
    }

    [Function("GetCertificateKeys"), Anyone]
    [Operation("The keys that certificates were ever signed with", Description = "A JSON Web Key Set: with it a signed document is verified without us.", Answer = typeof(StatementKeys.KeySet))]
    public async Task<IResult> Keys([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/certificates/keys")] HttpRequest request) =>
        Answer.Public(await keys.PublishedAsync(request.Caller(), request.HttpContext.RequestAborted), Life);

    [Function("GetCertificateKey"), Anyone]
    [Operation("One of the keys", Description = "What the kid of a badge points at.", Answer = typeof(JsonElement), Problems = ["not-found"])]
    public async Task<IResult> Key([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/certificates/keys/{keyId}")] HttpRequest request, string keyId)
    {
        var key = Guid.TryParseExact(keyId, "N", out var id) ? await keys.FindAsync(request.Caller(), id, request.HttpContext.RequestAborted) : null;
        return key is { } found ? Answer.Public(found, Life) : Problem.NotFound("key").ToResult();
    }

    [Function("RotateCertificateKey"), Requires(Permissions.TenantManage)]
    [Operation("Sign with a new key from now on", Description = "Receipts and certificates. What the old keys signed stays good.", Answer = typeof(StatementKeys.KeySet))]
    public async Task<IResult> Rotate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/certificates/keys")] HttpRequest request) =>
        Answer.Ok(await keys.RotateAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("GetCertificateStatusList"), Anyone]
    [Operation("A list of revocations", Description = "A W3C Bitstring Status List credential as a JWT.", MediaType = "application/vc+jwt", Problems = ["not-found"])]
    public async Task<IResult> StatusList([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/certificates/status-lists/{list}")] HttpRequest request, string list)
    {
        if (!long.TryParse(list, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Problem.NotFound("list").ToResult();
        var (caller, stop) = (request.Caller(), request.HttpContext.RequestAborted);
        var found = await lists.ReadAsync(caller, number, await certificates.SiteAsync(caller.Tenant, HostOf(request), stop), stop);
        return found.Answer(credential => new FileAnswer("application/vc+jwt", Encoding.ASCII.GetBytes(credential)) { CacheControl = $"public, max-age={Life.TotalSeconds:0}" });
    }

    [Function("GetCertificateIssuer"), Anyone]
    [Operation("Who issues certificates", Description = "An Open Badges 3.0 profile.", Answer = typeof(object))]
    public async Task<IResult> Issuer([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/certificates/issuer")] HttpRequest request)
    {
        var tenant = request.Caller().Tenant;
        return Answer.Public(OpenBadge.Profile(await certificates.SiteAsync(tenant, HostOf(request), request.HttpContext.RequestAborted), tenant.Name), Life);
    }

    [Function("ListOwnCertificates"), SignedIn]
    [Operation("My certificates", Query = typeof(PageQuery), Answer = typeof(Page<ReadCertificates.Line>))]
    public async Task<IResult> ListOwn([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/certificates")] HttpRequest request) =>
        Answer.Ok(await certificates.ListOwnAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("GetCertificate"), SignedIn]
    [Operation("A copy of a certificate", Description = "For its holder, the centre, the office and the organisers; as JSON, a sheet to print, an Open Badges 3.0 credential or the signed document.",
        Query = typeof(ReadCertificates.Query), Answer = typeof(ReadCertificates.View), AlsoMediaType = [Pdf, "application/vc+jwt", "application/jose"], Problems = ["not-found", "certificate-revoked", "certificate-erased", "certificate-no-badge"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/certificates/{certificateId}")] HttpRequest request, string certificateId)
    {
        var copy = await certificates.GetAsync(request.Caller(), Id(certificateId), request.Query<ReadCertificates.Query>(), HostOf(request), request.HttpContext.RequestAborted);
        return copy.Answer(result => result);
    }

    [Function("RevokeCertificate"), SignedIn]
    [Operation("Withdraw a certificate", Description = "For who manages the examination or the competition. Another is issued only if it would say something else.", Answer = typeof(ReadCertificates.Line), Problems = ["not-found", "forbidden"])]
    public async Task<IResult> Revoke([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/certificates/{certificateId}/revocation")] HttpRequest request, string certificateId)
    {
        var revoked = await revoke.RunAsync(request.Caller(), Id(certificateId), request.HttpContext.RequestAborted);
        return revoked.Answer(line => Answer.Ok(line));
    }

    /// <summary>Where the app was reached: used where the tenant has said no address of its own.</summary>
    internal static string HostOf(HttpRequest request) => $"{request.Scheme}://{request.Host}";

    private static Guid Id(string text) => RequestReading.Id(text, "certificate");
}
