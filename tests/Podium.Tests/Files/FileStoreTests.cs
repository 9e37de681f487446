using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using Podium.Platform.Api;
using Podium.Platform.Files;

namespace Podium.Tests.Files;

public sealed class FileStoreTests
{
    [Fact]
    public async Task Where_managed_identity_reaches_the_storage_a_delegated_key_signs_and_is_asked_for_once()
    {
        var storage = new DelegatingStorage();
        using var transport = new HttpClientTransport(new HttpClient(storage));
        using var store = new FileStore(new BlobServiceClient(new Uri("https://podium.blob.core.windows.net"), new Credential(), new BlobClientOptions { Transport = transport }), TimeProvider.System);
        var urls = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => store.SignAsync("songs/a b/1.mp3", BlobSasPermissions.Read, TimeSpan.FromMinutes(5), _ => { }, default)));
        var query = System.Web.HttpUtility.ParseQueryString(urls[0].Query);
        Assert.Equal("/songs/a%20b/1.mp3", urls[0].AbsolutePath);
        Assert.Equal(("b", "r", "https", DelegatingStorage.ObjectId), (query["sr"], query["sp"], query["spr"], query["skoid"]));
        Assert.InRange(DateTimeOffset.Parse(query["se"]!, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        Assert.Equal(1, storage.Asked);
    }

    [Fact]
    public void Rules_survive_being_kept_as_data()
    {
        var rules = new FileRules { Allowed = new HashSet<FileKind> { FileKind.Pdf, FileKind.WebM }, MaxBytes = 5, MaxDuration = TimeSpan.FromMinutes(3), MaxPages = 2 };
        var kept = JsonSerializer.Deserialize<FileRules>(JsonSerializer.Serialize(rules, Json.Options), Json.Options)!;
        Assert.Equal(rules.Allowed.Order(), kept.Allowed.Order());
        Assert.Equal(rules with { Allowed = kept.Allowed }, kept);
    }

    [Fact]
    public void Every_reason_is_said_in_every_language()
    {
        // the codes stand as literals in the inspection's assembly and nowhere else
        var codes = Directory.EnumerateFiles(Path.Combine(Root(), "shared/Platform/Files"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(file), "(?:Add|Malformed|FileFault|new)\\(\"([a-z]+(?:-[a-z]+)*)\",").Select(match => match.Groups[1].Value))
            .ToHashSet();
        Assert.True(codes.Count > 50, $"{codes.Count}");
        foreach (var language in new[] { "fr", "kk", "ru" }) Assert.Empty(codes.Except(FileReasons.CodesIn(language)));
    }

    private static string Root() => new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!).Parent!.Parent!.Parent!.Parent!.Parent!.FullName;

    private sealed class Credential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("token", DateTimeOffset.UtcNow.AddHours(1));

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }

    private sealed class DelegatingStorage : HttpMessageHandler
    {
        public const string ObjectId = "0197c5a0-5c00-7000-8000-0000000000aa";

        public int Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            Assert.Equal("?restype=service&comp=userdelegationkey", request.RequestUri!.Query);
            var (start, end) = ($"{DateTimeOffset.UtcNow.AddMinutes(-5):yyyy-MM-ddTHH:mm:ssZ}", $"{DateTimeOffset.UtcNow.AddHours(6):yyyy-MM-ddTHH:mm:ssZ}");
            var key = $"<UserDelegationKey><SignedOid>{ObjectId}</SignedOid><SignedTid>{ObjectId}</SignedTid><SignedStart>{start}</SignedStart><SignedExpiry>{end}</SignedExpiry>"
                + $"<SignedService>b</SignedService><SignedVersion>2022-11-02</SignedVersion><Value>{Convert.ToBase64String(new byte[32])}</Value></UserDelegationKey>";
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(key, Encoding.UTF8, "application/xml") });
        }
    }
}
