using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Certificates;
using Podium.Emulator.Services;
using Podium.Platform.Api;
using Podium.Platform.Security;

namespace Podium.Tests.Certificates;

/// <summary>The page's own script, run as it is by Node's WebCrypto, which is the browsers'.</summary>
public sealed class CertificatePageTests
{
    [Fact]
    public async Task The_page_verifies_a_document_and_a_pdf_by_the_keys_alone()
    {
        using var key = SigningKey.Create("key-1");
        using var old = SigningKey.Create("key-0");
        using var stranger = SigningKey.Create("key-1");
        var statement = CanonicalJson.Of(CertificateSheetTests.Statement(holder: "<img src=x onerror=alert(1)> Қызылорда"));
        var payload = Encoding.UTF8.GetBytes(statement);
        string Signed(SigningKey by, string type = IssueCertificates.Type) => SigningKey.Join(by.Id, type, payload, by.SignPayload(payload, type));
        var good = Signed(key);
        var tampered = payload.ToArray();
        tampered[^3] ^= 1;
        var parts = good.Split('.');
        var cases = new Dictionary<string, string>
        {
            ["good"] = good,
            ["old"] = Signed(old),
            ["pdf"] = Encoding.Latin1.GetString(CertificateSheet.Draw(CertificateSheetTests.Statement(), good, CertificateSheetTests.Site, "kk")),
            ["stranger"] = Signed(stranger),
            ["type"] = Signed(key, "receipt+jwt"),
            ["payload"] = $"{parts[0]}.{Encode(tampered)}.{parts[2]}",
            ["none"] = $"{Encode("""{"alg":"none","typ":"certificate+jwt","kid":"key-1"}"""u8.ToArray())}.{parts[1]}.{parts[2]}",
            ["own-key"] = $"{Encode(Encoding.UTF8.GetBytes(new JsonObject { ["alg"] = "ES256", ["typ"] = IssueCertificates.Type, ["kid"] = "key-9", ["jwk"] = stranger.PublicJwk() }.ToJsonString()))}.{parts[1]}.{parts[2]}",
            ["nothing"] = "Hello",
        };
        var answers = await RunAsync(new JsonObject
        {
            ["keys"] = new JsonArray(old.PublicJwk(), key.PublicJwk()),
            ["cases"] = JsonSerializer.SerializeToNode(cases),
        });
        Assert.Equal("good old pdf", string.Join(' ', answers.Where(answer => answer.Value!["statement"] is not null).Select(answer => answer.Key)));
        Assert.All(answers, answer => Assert.Equal(answer.Key is "nothing" or "type", answer.Value!["found"] is null));
        Assert.Equal(statement, CanonicalJson.Of(answers["good"]!["statement"]));
        // what is shown are texts; that they are put in as texts is the page's only way
        Assert.Contains(answers["good"]!["rows"]!.AsArray(), row => (string?)row![1] == "<img src=x onerror=alert(1)> Қызылорда");
        Assert.Equal("en fr kk ru", string.Join(' ', answers["good"]!["languages"]!.AsArray().Select(one => (string)one!).Order()));
    }

    [Fact]
    public void The_page_can_run_nothing_but_its_own_script()
    {
        var page = Page();
        Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\son[a-z]+=", page);
        Assert.DoesNotMatch(@"(src|href)=""https?:", page);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page, "<script"));
    }

    private static string Page()
    {
        using var reader = new StreamReader(typeof(Podium.Functions.Certificates.CertificatesApi).Assembly.GetManifestResourceStream("api/certificates.html")!);
        return reader.ReadToEnd();
    }

    private static async Task<Dictionary<string, JsonNode?>> RunAsync(JsonObject input)
    {
        var page = Page();
        var from = page.IndexOf("<script>", StringComparison.Ordinal) + 8;
        var script = page[from..page.IndexOf("</script>", StringComparison.Ordinal)];
        var folder = Directory.CreateTempSubdirectory("podium-page");
        try
        {
            var (program, data) = (Path.Combine(folder.FullName, "page.cjs"), Path.Combine(folder.FullName, "input.json"));
            await File.WriteAllTextAsync(data, input.ToJsonString());
            await File.WriteAllTextAsync(program, script +
                """

                (async () => {
                  const { keys, cases } = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));
                  const { findDocument, verifyDocument, rowsOf, WORDS } = globalThis.certificates;
                  const answers = {};
                  for (const [name, text] of Object.entries(cases)) {
                    const found = findDocument(text);
                    const statement = await verifyDocument(found ?? text, keys);
                    answers[name] = { found, statement, rows: statement && rowsOf(statement, WORDS.en), languages: Object.keys(WORDS) };
                  }
                  console.log(JSON.stringify(answers));
                })();
                """);
            var (exit, output) = await NodeTools.RunAsync("node", ["--no-warnings", program, data], null, null, TestContext.Current.CancellationToken);
            Assert.True(exit == 0, output);
            return JsonNode.Parse(output)!.AsObject().ToDictionary();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
