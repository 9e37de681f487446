using Microsoft.Extensions.Configuration;
using Podium.Platform.Http;
using Podium.Tests.Harness;

namespace Podium.Tests.Security;

/// <summary>What tenants name, such as a webhook's address or an issuer's, cannot be turned against our own network.</summary>
public sealed class OutboundTests
{
    // where a connection to another server is made, and whose word decides to which
    private static readonly Dictionary<string, string> Known = new()
    {
        ["shared/Platform/Http/SafeHttp.cs"] = "tenants: public addresses only",
        ["shared/Learning/LearningServices.cs"] = "a setting: the sandbox's pool",
        ["shared/Voting/Fraud/CaptchaVerifier.cs"] = "a setting: the captcha service",
        ["shared/Platform/Files/VirusScanner.cs"] = "a setting: the scanner",
        ["shared/Notifications/SmtpConnection.cs"] = "a setting: the mail server",
    };

    [Fact]
    public void Only_known_places_open_connections_to_other_servers()
    {
        var root = Guide.Root();
        var places = new[] { "shared", "functions" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => new[] { "new HttpClient", "HttpClient _http = new(", "new SocketsHttpHandler", "new HttpClientHandler", "new TcpClient", "new Socket(", "new SmtpClient", "AddHttpClient" }.Any(File.ReadAllText(file).Contains))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'));
        Assert.All(places, place => Assert.True(Known.ContainsKey(place), $"{place} opens connections: use SafeHttp, or say here whose word decides where to."));
    }

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://10.0.0.7/")]
    [InlineData("https://172.31.255.255/")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://100.64.0.1/")]
    [InlineData("https://169.254.169.254/metadata/instance")]
    [InlineData("https://168.63.129.16/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://localhost/")]
    [InlineData("https://localhost./")]
    [InlineData("https://podium.localhost/")]
    [InlineData("https://user:secret@example.org/")]
    [InlineData("http://example.org/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.org/")]
    [InlineData("https:/example.org")]
    [InlineData("https://example.org\r\nHost: localhost/")]
    public async Task An_address_within_is_not_asked(string address)
    {
        using var http = new SafeHttp(new ConfigurationBuilder().Build());
        var fault = http.FaultOf(address);
        if (fault is not null) return; // refused by what it says
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(answer.Status == 0 && answer.Fault is not null, $"{address} answered {answer.Status}");
        // of a name that means this machine, some resolvers know nothing
        Assert.Contains(answer.Fault, new[] { "Its address is not public.", "Its name is not known." });
    }
}
