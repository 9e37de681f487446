using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Npgsql;
using Podium.Tests.Competitions;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;
using Podium.Tests.Voting;

namespace Podium.Tests.Songs;

/// <summary>Songs from the entry to the board, and who sees what of them.</summary>
public sealed class SongTests(SharedApp shared)
{
    private const string Link = "https://youtu.be/dQw4w9WgXcQ";

    private static object Song(string title = "Dawn", object? recording = null, string? link = Link, Guid? id = null) =>
        new { id, title, artistName = "Aigerim", genre = "Folk", country = "KZ", aiToolsUsed = "none", externalLink = link, recording };

    private static object Texts(string title = "Dawn") => new { title, artistName = "Aigerim", genre = "Folk", country = "KZ", aiToolsUsed = "none", externalLink = Link };

    [Fact]
    public async Task A_song_is_entered_moderated_appealed_and_voted_for()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var (artist, other) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var stranger = await (await shared.TenantAsync()).AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { configuration = new { songs = new { maxEntriesPerUser = 2, genres = new[] { "Folk", "Pop" } } } });
        var plain = await Contest.PublishedAsync(boss, new { slug = "no-songs" });
        var path = $"{contest.Path}/songs";

        // what is refused
        await tenant.Http.PostAsJsonAsync(path, Song()).ProblemAsync(401, "sign-in-required");
        await stranger.Http.PostAsJsonAsync(path, Song()).ProblemAsync(404, "not-found");
        await artist.Http.PostAsJsonAsync($"{plain.Path}/songs", Song()).ProblemAsync(409, "no-song-contest");
        await artist.Http.PostAsJsonAsync(path, Song(link: null)).ProblemAsync(422, "invalid");
        await artist.Http.PostAsJsonAsync(path, Song(link: "https://example.org/song.mp3")).ProblemAsync(422, "invalid");
        await artist.Http.PostAsJsonAsync(path, new { title = "Dawn", artistName = "A", genre = "Folk", externalLink = Link }).ProblemAsync(422, "invalid"); // which AI tools?
        await artist.Http.PostAsJsonAsync(path, new { title = "Dawn", artistName = "A", genre = "Opera", aiToolsUsed = "none", externalLink = Link }).ProblemAsync(422, "invalid");

        // entered once however often it is sent, and no more than two of a person, also at once
        var id = Guid.CreateVersion7();
        var song = (await artist.Http.PostAsJsonAsync(path, Song(id: id)).OkAsync(201))["song"]!;
        Assert.Equal(("pending", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"), ((string)song["status"]!, (string)song["externalLink"]!));
        await artist.Http.PostAsJsonAsync(path, Song(id: id)).OkAsync(201);
        await artist.Http.PostAsJsonAsync(path, Song("Dusk", id: id)).ProblemAsync(409, "song-id-taken");
        var rush = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => artist.Http.PostAsJsonAsync(path, Song($"Rush {number}"))));
        Assert.Equal([201, 409, 409, 409], rush.Select(answer => (int)answer.StatusCode).Order());
        var second = Guid.Parse((string)(await rush.Single(answer => answer.IsSuccessStatusCode).JsonAsync())["song"]!["id"]!);

        // who sees it: its artist and the moderators
        await other.Http.GetAsync($"/api/songs/{id}").ProblemAsync(404, "not-found");
        await tenant.Http.GetAsync($"/api/songs/{id}").ProblemAsync(404, "not-found");
        Assert.Empty((await tenant.Http.GetAsync(path).OkAsync())["items"]!.AsArray());
        Assert.Equal(2, (await artist.Http.GetAsync($"{path}?mine=true").OkAsync())["items"]!.AsArray().Count);
        Assert.Equal(2, (await boss.Http.GetAsync($"{path}?status=pending").OkAsync())["items"]!.AsArray().Count);
        await other.Http.PutAsJsonAsync($"/api/songs/{id}", Texts()).ProblemAsync(404, "not-found");
        await artist.Http.IfMatchAsync(HttpMethod.Put, $"/api/songs/{id}", "\"9\"", Texts("Dawn II")).ProblemAsync(409, "stale");
        Assert.Equal("Dawn II", (string)(await artist.Http.PutAsJsonAsync($"/api/songs/{id}", Texts("Dawn II")).OkAsync())["title"]!);

        // the voting's options follow the moderators
        var voting = await boss.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Fans", competitionId = contest.Id, ballot = "option", voters = "anyone" }).OkAsync(201);
        var elsewhere = await boss.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Elsewhere" }).OkAsync(201);
        await boss.Http.PutAsJsonAsync($"{contest.Path}/song-voting", new { votingId = (Guid)elsewhere["id"]! }).ProblemAsync(422, "invalid");
        await artist.Http.PutAsJsonAsync($"{contest.Path}/song-voting", new { votingId = (Guid)voting["id"]! }).ProblemAsync(403, "forbidden");
        Assert.Equal(0, (int)(await boss.Http.PutAsJsonAsync($"{contest.Path}/song-voting", new { votingId = (Guid)voting["id"]! }).OkAsync())["options"]!);
        await artist.Http.PostAsJsonAsync($"/api/songs/{id}/decision", new { approve = true }).ProblemAsync(403, "forbidden");
        await boss.Http.PostAsJsonAsync($"/api/songs/{id}/decision", new { approve = false }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync($"/api/songs/{id}/decision", new { approve = false, reason = "No voice." }).OkAsync();
        await boss.Http.PostAsJsonAsync($"/api/songs/{second}/decision", new { approve = true }).OkAsync();
        Assert.Equal("No voice.", (string)(await artist.Http.GetAsync($"/api/songs/{id}").OkAsync())["inside"]!["rejectionReason"]!);
        await artist.Http.PostAsJsonAsync($"/api/songs/{id}/appeal", new { text = "Listen from 0:40." }).OkAsync();
        await artist.Http.PostAsJsonAsync($"/api/songs/{id}/appeal", new { text = "Again." }).ProblemAsync(409, "song-status-refused");
        Assert.Equal($"{id}", (string)Assert.Single((await boss.Http.GetAsync($"{path}?status=appealed").OkAsync())["items"]!.AsArray())!["id"]!);
        await boss.Http.PostAsJsonAsync($"/api/songs/{id}/decision", new { approve = true, reason = "Now we hear it." }).OkAsync();
        var history = (await artist.Http.GetAsync($"/api/songs/{id}/history").OkAsync())["events"]!.AsArray();
        Assert.Equal(["entered", "rejected", "appealed", "approved"], history.Select(step => (string)step!["what"]!));
        await other.Http.GetAsync($"/api/songs/{id}/history").ProblemAsync(404, "not-found");
        var mails = await tenant.MailsAsync(artist.Email);
        Assert.Contains(mails, mail => mail.Subject.Contains("Dawn II", StringComparison.Ordinal) && mail.Text.Contains("No voice.", StringComparison.Ordinal));

        // public now, without what is nobody's business
        var shown = await tenant.Http.GetAsync($"/api/songs/{id}").OkAsync();
        Assert.Null(shown["inside"]);
        Assert.Equal(2, (await tenant.Http.GetAsync($"{path}?genre=Folk").OkAsync())["items"]!.AsArray().Count);
        var options = (await boss.Http.GetAsync($"/api/voting-sessions/{voting["id"]}").OkAsync())["options"]!.AsArray();
        Assert.Equal(["Dawn II – Aigerim"], options.Select(option => (string)option!["title"]!).Where(title => title.StartsWith("Dawn", StringComparison.Ordinal)));
        Assert.Equal($"{artist.Id}", (string)options[0]!["ownerId"]!);
        await boss.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/phase", new { phase = "open" }).OkAsync();

        // taken back, it cannot be voted for, and makes room for another
        await other.Http.PostAsync($"/api/songs/{second}/withdrawal", null).ProblemAsync(403, "forbidden");
        await artist.Http.PostAsync($"/api/songs/{second}/withdrawal", null).OkAsync();
        var ticket = (string)(await tenant.Http.PostAsync($"/api/voting-sessions/{voting["id"]}/tickets", null).OkAsync())["value"]!;
        await tenant.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/votes", new { choices = new[] { new { optionId = second } }, ticket }).ProblemAsync(409, "option-withdrawn");
        await tenant.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/votes", new { choices = new[] { new { optionId = id } }, ticket }).OkAsync();
        var late = (Guid)(await artist.Http.PostAsJsonAsync(path, Song("Room again")).OkAsync(201))["song"]!["id"]!;

        // what is let in now can be voted for only where the contest takes late songs; nothing that was there changes its number
        await boss.Http.PostAsJsonAsync($"/api/songs/{late}/decision", new { approve = true }).OkAsync();
        async Task<List<(Guid Id, int Number)>> NumbersAsync() =>
            [.. (await boss.Http.GetAsync($"/api/voting-sessions/{voting["id"]}").OkAsync())["options"]!.AsArray().Select(option => ((Guid)option!["id"]!, (int)option["number"]!)).OrderBy(option => option.Item2)];
        var before = await NumbersAsync();
        Task<HttpResponseMessage> VoteLateAsync() => tenant.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/votes", new { choices = new[] { new { optionId = late } }, ticket });
        await VoteLateAsync().ProblemAsync(422, "invalid");
        for (var again = 0; again < 2; again++)
        {
            var linked = await boss.Http.PutAsJsonAsync($"{contest.Path}/song-voting", new { votingId = (Guid)voting["id"]!, lateSongs = true }).OkAsync();
            Assert.Equal((2, true), ((int)linked["options"]!, (bool)linked["lateSongs"]!));
        }
        await VoteLateAsync().OkAsync();
        Assert.Equal([.. before, (late, 3)], await NumbersAsync());
        var last = (Guid)(await other.Http.PostAsJsonAsync(path, Song("At the last minute")).OkAsync(201))["song"]!["id"]!;
        await boss.Http.PostAsJsonAsync($"/api/songs/{last}/decision", new { approve = true }).OkAsync();
        Assert.Contains((last, 4), await NumbersAsync());
        await boss.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/phase", new { phase = "closed" }).OkAsync();
        var past = (Guid)(await other.Http.PostAsJsonAsync(path, Song("Too late")).OkAsync(201))["song"]!["id"]!;
        await boss.Http.PostAsJsonAsync($"/api/songs/{past}/decision", new { approve = true }).OkAsync();
        Assert.DoesNotContain(past, (await NumbersAsync()).Select(option => option.Id));
    }

    [Fact]
    public async Task A_recording_is_looked_into_kept_by_month_and_known_again()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var (artist, other) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var contest = await Contest.PublishedAsync(boss, new { configuration = new { songs = new { maxEntriesPerUser = 5, recordingRequired = true, longestSeconds = 30 } } });
        var wav = Sounds.Wav(8000 * 2 * 20);
        object Recording(string name, byte[] content) => new { name, bytes = content.Length };
        async Task<JsonNode> EnterAsync(TestPerson who, string name, byte[] content)
        {
            var entered = await who.Http.PostAsJsonAsync($"{contest.Path}/songs", Song(name, Recording($"{name}.wav", content), link: null)).OkAsync(201);
            Assert.Equal(HttpStatusCode.Created, await SendAsync(entered["upload"]!, content));
            await app.SettleAsync();
            return await who.Http.GetAsync($"/api/songs/{entered["song"]!["id"]}").OkAsync();
        }

        await artist.Http.PostAsJsonAsync($"{contest.Path}/songs", Song()).ProblemAsync(422, "invalid");
        var song = await EnterAsync(artist, "First", wav);
        Assert.Equal(("pending", true, "audio/wav", 20m), ((string)song["status"]!, (bool)song["hasRecording"]!, (string)song["mediaType"]!, (decimal)song["durationSeconds"]!));
        var inside = song["inside"]!;
        Assert.Matches("^songs/2026/01/[0-9a-f-]{36}\\.wav$", (string)inside["filePath"]!);
        Assert.Equal((wav.Length, Convert.ToHexStringLower(SHA256.HashData(wav))), ((int)inside["fileSize"]!, (string)inside["fileHash"]!));

        // somebody else sends the same: moderators see it, its sender does not
        var twin = await EnterAsync(other, "Copy", wav);
        Assert.Null(twin["inside"]!["duplicateOf"]);
        var seen = await boss.Http.GetAsync($"/api/songs/{twin["id"]}").OkAsync();
        Assert.Equal((string)song["id"]!, (string)seen["inside"]!["duplicateOf"]!);

        // what is no song, or too long, is sent back with a reason; another recording takes its place
        var loud = await EnterAsync(artist, "Long", Sounds.Wav(8000 * 2 * 40));
        Assert.Equal(("uploading", false), ((string)loud["status"]!, (bool)loud["hasRecording"]!));
        await boss.Http.PostAsJsonAsync($"/api/songs/{loud["id"]}/decision", new { approve = true }).ProblemAsync(409, "song-status-refused");
        Assert.Contains(await tenant.MailsAsync(artist.Email), mail => mail.Subject.Contains("Long", StringComparison.Ordinal));
        var shorter = Sounds.Wav(8000 * 2 * 10);
        var again = await artist.Http.PostAsJsonAsync($"/api/songs/{loud["id"]}/recording", Recording("short.wav", shorter)).OkAsync();
        await other.Http.PostAsJsonAsync($"/api/songs/{loud["id"]}/recording", Recording("mine.wav", shorter)).ProblemAsync(404, "not-found");
        await SendAsync(again["upload"]!, shorter);
        await app.SettleAsync();
        Assert.Equal("pending", (string)(await artist.Http.GetAsync($"/api/songs/{loud["id"]}").OkAsync())["status"]!);

        // heard by its artist now, by everybody once it is approved
        await tenant.Http.PostAsync($"/api/songs/{song["id"]}/listening", null).ProblemAsync(404, "not-found");
        await artist.Http.PostAsync($"/api/songs/{song["id"]}/listening", null).OkAsync();
        await boss.Http.PostAsJsonAsync($"/api/songs/{song["id"]}/decision", new { approve = true }).OkAsync();
        var link = await tenant.Http.PostAsync($"/api/songs/{song["id"]}/listening", null).OkAsync();
        using var storage = new HttpClient();
        Assert.Equal(wav, await storage.GetByteArrayAsync((string)link["url"]!));

        // revoked by the organisers it is not public any more
        await boss.Http.PutAsJsonAsync($"/api/files/{inside["fileId"]}/revocation", new { reason = "A claim came in." }).OkAsync();
        await app.SettleAsync();
        await tenant.Http.GetAsync($"/api/songs/{song["id"]}").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task The_database_itself_shows_nobody_a_song_that_is_not_public()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var (artist, other) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var contest = await Contest.PublishedAsync(boss, new { configuration = new { songs = new { } } });
        await artist.Http.PostAsJsonAsync($"{contest.Path}/songs", Song()).OkAsync(201);
        await using var source = NpgsqlDataSource.Create(app.Postgres);

        async Task<(long Seen, long Taken)> AsAsync(Guid? person)
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand($"SET LOCAL ROLE podium_app; CALL act_as('{tenant.Id}', {(person is null ? "NULL" : $"'{person}'")}, NULL); SELECT count(*) FROM songs WHERE competition_id = '{contest.Id}'", connection, transaction);
            var seen = (long)(await command.ExecuteScalarAsync())!;
            await using var update = new NpgsqlCommand($"UPDATE songs SET status = 'approved', approved_at = now() WHERE competition_id = '{contest.Id}'", connection, transaction);
            return (seen, await update.ExecuteNonQueryAsync());
        }

        Assert.Equal((0, 0), await AsAsync(null));
        Assert.Equal((0, 0), await AsAsync(other.Id));
        Assert.Equal((1, 1), await AsAsync(artist.Id));
        Assert.Equal((1, 1), await AsAsync(boss.Id));
        Assert.Equal((0, 0), await AsAsync(Guid.NewGuid()));
    }

    internal static async Task<HttpStatusCode> SendAsync(JsonNode upload, byte[] content)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, (string)upload["url"]!) { Content = new ByteArrayContent(content) };
        foreach (var (name, value) in upload["headers"]!.AsObject())
        {
            if (!request.Headers.TryAddWithoutValidation(name, (string)value!)) request.Content.Headers.TryAddWithoutValidation(name, (string)value!);
        }
        return (await http.SendAsync(request)).StatusCode;
    }
}
