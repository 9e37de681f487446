using System.Buffers.Text;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Platform.Api;
using Podium.Platform.Security;
using Podium.Tests.Certificates;
using Podium.Tests.Harness;

namespace Podium.Tests.Exams;

/// <summary>The part of an examination's story that is about paper: certificates follow what is published, and whoever may not see them does not.</summary>
internal sealed class CertificateStory(ExamHall hall, Dictionary<string, string> secrets)
{
    private readonly Dictionary<string, JsonObject> _first = [];
    private JsonObject _transcript = null!;
    private JsonObject _overtaken = null!;

    public async Task IssueAsync(TestPerson stranger, TestPerson nobody)
    {
        var at = $"{hall.At}/certificates";
        await OwnAsync("C1-1").ProblemAsync(404, "certificate-none");
        await hall.HeadA.Http.PostAsync(at, null).ProblemAsync(403, "forbidden");
        await stranger.Http.PostAsync(at, null).ProblemAsync(404, "not-found");
        await nobody.Http.GetAsync(at).ProblemAsync(403, "forbidden");
        // twice, and once more when it is done: everybody who passed has one
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => hall.Office.Http.PostAsync(at, null).OkAsync(202)));
        await hall.App.SettleAsync();
        await hall.Office.Http.PostAsync(at, null).OkAsync(202);
        await hall.App.SettleAsync();
        Assert.Equal(4, (await LinesAsync(hall.Office)).Count);
        Assert.Equal("Ada Éboué,Bo Éboué", string.Join(',', (await LinesAsync(hall.HeadA)).Select(line => (string)line["holder"]!).Order(StringComparer.Ordinal)));
        Assert.Equal("Ada Éboué,Bo Éboué", string.Join(',', (await LinesAsync(hall.Inspector)).Select(line => (string)line["holder"]!).Order(StringComparer.Ordinal)));
        var theirs = (await LinesAsync(hall.HeadB))[0]["id"];
        await stranger.Http.GetAsync(at).ProblemAsync(404, "not-found");
        foreach (var other in new[] { hall.HeadA, stranger, nobody }) await other.Http.GetAsync($"/api/certificates/{theirs}").ProblemAsync(404, "not-found");
        await hall.HeadB.Http.GetAsync($"/api/certificates/{theirs}").OkAsync();
        await hall.HeadB.Http.PostAsync($"/api/certificates/{theirs}/revocation", null).ProblemAsync(403, "forbidden");

        // by the secret as the result: what is passed, signed
        await hall.Tenant.Http.GetAsync($"{hall.At}/results/C1-1/certificate").ProblemAsync(403, "exam-lookup-refused");
        foreach (var number in secrets.Keys) _first[number] = await OwnAsync(number).OkAsync();
        var own = _first["C1-1"];
        var statement = own["statement"]!;
        Assert.Equal(("Ada Éboué", "Ordinary level 2026", "C1", "Pass", "ENG A,MAT C"), ((string)statement["holder"]!, (string)statement["title"]!, (string)statement["results"]![0]!["centre"]!, (string)statement["results"]![0]!["division"]!, SubjectsOf(statement)));
        Assert.Equal("MAT C", SubjectsOf(_first["C1-2"]["statement"]!));
        Assert.Matches("^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$", (string)own["certificate"]!["number"]!);
        Assert.Equal(secrets.Count, _first.Values.Select(one => (string)one["certificate"]!["number"]!).Distinct().Count());

        // anybody verifies it here, or by the keys alone
        await VerdictAsync(own, "valid");
        Assert.Equal("unknown", (string)(await VerifyAsync(new { number = "0000-0000-0000" }))["status"]!);
        Assert.Equal("unknown", (string)(await VerifyAsync(new { document = (string)own["document"]! + "A" }))["status"]!);
        Assert.Equal("unknown", (string)(await VerifyAsync(new { document = hall.Office.AccessToken }))["status"]!);
        await hall.Tenant.Http.PostAsJsonAsync("/api/certificates/verification", new { }).ProblemAsync(422, "invalid");
        Assert.Equal("unknown", (string)(await stranger.Http.PostAsJsonAsync("/api/certificates/verification", new { document = (string)own["document"]! }).OkAsync())["status"]!);
        var verified = Jws.Verify((string)own["document"]!, await KeysAsync(), new HashSet<string> { "ES256" });
        Assert.Equal(CanonicalJson.Of(statement), CanonicalJson.Of(verified.Claims));

        // on paper, with the document in it, and as a badge
        var pdf = await BytesAsync("C1-1", "form=pdf&language=kk", "application/pdf");
        Assert.Contains("Ada Éboué\nемтиханды сәтті тапсырды", PdfText.Of(pdf), StringComparison.Ordinal);
        Assert.Contains((string)own["document"]!, Encoding.Latin1.GetString(pdf), StringComparison.Ordinal);
        Assert.Equal((string)own["document"]!, Encoding.ASCII.GetString(await BytesAsync("C1-1", "form=document", "application/jose")));
        var badge = Jws.Verify(Encoding.ASCII.GetString(await BytesAsync("C1-1", "form=badge", "application/vc+jwt")), await KeysAsync(), new HashSet<string> { "ES256" });
        Assert.Equal(["VerifiableCredential", "OpenBadgeCredential"], badge.Claims!["type"]!.AsArray().Select(one => (string)one!));
        Assert.Equal("JWT", (string)badge.Header!["typ"]!);
        var key = new Uri((string)badge.Header["kid"]!);
        Assert.Equal("EC", (string)(await hall.Tenant.Http.GetAsync(key.AbsolutePath).OkAsync())["kty"]!);
        Assert.Equal((string)badge.Claims["iss"]!, (string)(await hall.Tenant.Http.GetAsync("/api/certificates/issuer").OkAsync())["id"]!);
        await hall.Tenant.Http.GetAsync("/api/certificates/keys/1").ProblemAsync(404, "not-found");
        await hall.Tenant.Http.GetAsync("/api/certificates/status-lists/1").ProblemAsync(404, "not-found");
        Assert.Empty(await RevokedAsync());

        // a transcript tells all, also what was missed; only of results that one can open
        await TranscriptAsync(("C1-2", "wrong")).ProblemAsync(403, "exam-lookup-refused");
        await TranscriptAsync(("C1-1", secrets["C1-1"]), ("C1-2", secrets["C1-2"])).ProblemAsync(409, "certificate-other-names");
        await TranscriptAsync(("C1-2", null)).ProblemAsync(422, "invalid");
        await TranscriptAsync(hall.HeadB, "C1-2").ProblemAsync(404, "certificate-none");
        _transcript = await TranscriptAsync(("C1-2", secrets["C1-2"])).OkAsync();
        Assert.Equal("ENG absent,MAT C", SubjectsOf(_transcript["statement"]!));
        Assert.Equal((string)_transcript["document"]!, (string)(await TranscriptAsync(hall.HeadA, "C1-2").OkAsync())["document"]!);
        await hall.HeadA.Http.GetAsync($"/api/certificates/{_transcript["certificate"]!["id"]}?form=badge").ProblemAsync(404, "certificate-no-badge");
        await hall.HeadB.Http.GetAsync($"/api/certificates/{_transcript["certificate"]!["id"]}").ProblemAsync(404, "not-found");
        _overtaken = await TranscriptAsync(("C1-1", secrets["C1-1"])).OkAsync();
        await VerdictAsync(_transcript, "valid");
    }

    /// <summary>C2-1 is under suspicion; C2-2 was, for a moment.</summary>
    public async Task WithholdAsync()
    {
        await VerdictAsync(_first["C2-1"], "revoked", "withheld");
        await OwnAsync("C2-1").ProblemAsync(404, "certificate-none");
        var opened = await hall.HeadB.Http.PostAsJsonAsync($"{hall.At}/cases", new { number = "C2-2", kind = "malpractice", reason = "A whisper" }).OkAsync(201);
        await VerdictAsync(_first["C2-2"], "revoked", "withheld");
        await hall.Office.Http.PostAsJsonAsync($"/api/exam-cases/{opened["id"]}/decision", new { upheld = false, outcome = "It was a cough." }).OkAsync();
        var again = await OwnAsync("C2-2").OkAsync();
        Assert.NotEqual((string)_first["C2-2"]["certificate"]!["number"]!, (string)again["certificate"]!["number"]!);
        _first["C2-2"] = again;
        await VerdictAsync(again, "valid");
        Assert.Equal(2, (await RevokedAsync()).Count);
        await hall.Office.Http.GetAsync($"/api/certificates/{_first["C2-1"]["certificate"]!["id"]}?form=pdf").ProblemAsync(410, "certificate-revoked");
        Assert.Null((await hall.Office.Http.GetAsync($"/api/certificates/{_first["C2-1"]["certificate"]!["id"]}").OkAsync())["document"]);
    }

    /// <summary>C2-1 was disqualified in a subject, by another run: only theirs is another.</summary>
    public async Task AmendAsync()
    {
        Assert.Equal("ENG A", SubjectsOf((await OwnAsync("C2-1").OkAsync())["statement"]!));
        foreach (var number in new[] { "C1-1", "C1-2", "C2-2" }) Assert.Equal((string)_first[number]["document"]!, (string)(await OwnAsync(number).OkAsync())["document"]!);
        var unsaid = await hall.Office.Http.GetAsync($"{hall.At}/certificates?limit=2").OkAsync();
        Assert.Equal(2, unsaid["items"]!.AsArray().Count);
        // another key signs from now on; what the old one signed stays good
        await hall.HeadA.Http.PostAsync("/api/certificates/keys", null).ProblemAsync(403, "forbidden");
        Assert.Equal(2, (await hall.Office.Http.PostAsync("/api/certificates/keys", null).OkAsync())["keys"]!.AsArray().Count);
    }

    /// <summary>C1-1 has another grade after a re-mark.</summary>
    public async Task RemarkAsync()
    {
        var again = await OwnAsync("C1-1").OkAsync();
        Assert.Equal(("ENG A,MAT B", (string)_first["C1-1"]["certificate"]!["number"]!), (SubjectsOf(again["statement"]!), (string)again["statement"]!["replaces"]!));
        await VerdictAsync(_first["C1-1"], "revoked", "superseded");
        await VerdictAsync(again, "valid");
        await VerdictAsync(_first["C1-2"], "valid");
        Assert.NotEqual(KeyOf(_first["C1-2"]), KeyOf(again));
        await VerdictAsync(_transcript, "valid");
        await VerdictAsync(_overtaken, "revoked", "superseded");
        Assert.Equal("ENG A,MAT B", SubjectsOf((await TranscriptAsync(("C1-1", secrets["C1-1"])).OkAsync())["statement"]!));
        // withdrawn by hand: it does not come back by itself
        await hall.Office.Http.PostAsync($"/api/certificates/{again["certificate"]!["id"]}/revocation", null).OkAsync();
        await hall.Office.Http.PostAsync($"{hall.At}/certificates", null).OkAsync(202);
        await hall.App.SettleAsync();
        await OwnAsync("C1-1").ProblemAsync(404, "certificate-none");
        await VerdictAsync(again, "revoked", "withdrawn");
        Assert.Equal(5, (await RevokedAsync()).Count);
        // what the database keeps is kept, whoever asks
        Assert.Equal("5 5", await hall.App.QueryAsync<string>("SELECT count(*) FILTER (WHERE revoked_at IS NULL) || ' ' || count(*) FILTER (WHERE revoked_at IS NOT NULL) FROM certificates"));
        Assert.False(await hall.App.QueryAsync<bool>("SELECT has_column_privilege('podium_app', 'certificates', 'document', 'UPDATE') OR has_table_privilege('podium_app', 'certificates', 'DELETE')"));
    }

    /// <summary>The year's results are in the archive: paper does not need them.</summary>
    public async Task OutliveAsync()
    {
        await VerdictAsync(_first["C1-2"], "valid");
        await VerdictAsync(_transcript, "valid");
    }

    private async Task VerdictAsync(JsonObject copy, string status, string? reason = null)
    {
        foreach (object asked in new object[] { new { number = ((string)copy["certificate"]!["number"]!).ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal) }, new { document = (string)copy["document"]! } })
        {
            var verdict = await VerifyAsync(asked);
            Assert.Equal((status, reason, status == "valid"), ((string)verdict["status"]!, (string?)verdict["reason"], verdict["statement"] is not null));
        }
    }

    private async Task<JsonObject> VerifyAsync(object request) => await hall.Tenant.Http.PostAsJsonAsync("/api/certificates/verification", request).OkAsync();

    private Task<HttpResponseMessage> OwnAsync(string number, string query = "")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{hall.At}/results/{number}/certificate?{query}");
        request.Headers.Add("X-Candidate-Secret", secrets[number]);
        return hall.Tenant.Http.SendAsync(request);
    }

    private async Task<byte[]> BytesAsync(string number, string query, string mediaType)
    {
        var answer = await OwnAsync(number, query);
        Assert.Equal((200, mediaType), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private Task<HttpResponseMessage> TranscriptAsync(params (string Number, string? Secret)[] results) =>
        hall.Tenant.Http.PostAsJsonAsync("/api/exam-transcripts", new { results = results.Select(one => new { sessionId = hall.Session, number = one.Number, secret = one.Secret }) });

    private Task<HttpResponseMessage> TranscriptAsync(TestPerson by, string number) => by.Http.PostAsJsonAsync("/api/exam-transcripts", new { results = new[] { new { sessionId = hall.Session, number } } });

    private async Task<List<JsonObject>> LinesAsync(TestPerson by) => [.. (await by.Http.GetAsync($"{hall.At}/certificates").OkAsync())["items"]!.AsArray().Select(line => line!.AsObject())];

    // a badge names its key by the address where it is found
    private async Task<Func<string?, string, VerificationKey?>> KeysAsync()
    {
        var keys = (await hall.Tenant.Http.GetAsync("/api/certificates/keys").OkAsync())["keys"]!.AsArray();
        return (id, _) =>
        {
            if (keys.FirstOrDefault(key => id == (string)key!["kid"]! || id!.EndsWith($"/api/certificates/keys/{key["kid"]}", StringComparison.Ordinal))?.DeepClone() is not { } found) return null;
            found["kid"] = id;
            return VerificationKey.FromJwk(JsonSerializer.SerializeToElement(found));
        };
    }

    private async Task<List<int>> RevokedAsync()
    {
        var answer = await hall.Tenant.Http.GetAsync("/api/certificates/status-lists/0");
        Assert.Equal("application/vc+jwt", answer.Content.Headers.ContentType!.MediaType);
        var credential = JsonNode.Parse(Base64Url.DecodeFromChars((await answer.Content.ReadAsStringAsync()).Split('.')[1]))!;
        Assert.Equal("BitstringStatusListCredential", (string)credential["type"]![1]!);
        using var bits = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(Base64Url.DecodeFromChars(((string)credential["credentialSubject"]!["encodedList"]!).AsSpan(1))), CompressionMode.Decompress)) gzip.CopyTo(bits);
        var bytes = bits.ToArray();
        return [.. Enumerable.Range(0, 8 * bytes.Length).Where(place => (bytes[place / 8] >> (7 - (place % 8)) & 1) == 1)];
    }

    private static string KeyOf(JsonObject copy) => (string)JsonNode.Parse(Base64Url.DecodeFromChars(((string)copy["document"]!).Split('.')[0]))!["kid"]!;

    private static string SubjectsOf(JsonNode statement) => string.Join(',', statement["results"]![0]!["subjects"]!.AsArray().Select(subject => $"{subject!["code"]} {(string?)subject["grade"] ?? (string)subject["status"]!}"));
}
