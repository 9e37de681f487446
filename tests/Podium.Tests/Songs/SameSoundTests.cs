using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Api;
using Podium.Platform.Messaging;
using Podium.Songs;
using Podium.Tenancy;
using Podium.Tests.Competitions;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Audio;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Songs;

/// <summary>A recording that was sent before in another form is known by its sound.</summary>
public sealed class SameSoundTests(SharedApp shared)
{
    [Fact]
    public async Task A_recording_that_was_encoded_anew_is_marked_for_moderators()
    {
        var app = await shared.AppAsync();
        var (tenant, elsewhere) = (await shared.TenantAsync(), await shared.TenantAsync());
        var (boss, stranger) = (await tenant.AdministratorAsync(), await elsewhere.AdministratorAsync());
        var (artist, other) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var (contest, foreign) = (await ContestAsync(boss), await ContestAsync(stranger));
        var mp3 = Fixture.Read("tune.mp3");

        var song = await SendAsync(app, contest, artist, boss, "First", "wav", Fixture.Tune.Wav(Fixture.TuneSeconds, volume: 0.5));
        Assert.Equal((null, "fingerprinted"), ((string?)song["duplicateOf"], (string?)song["sound"]));

        // the same as an MP3 of 16 kbit/s: moderators see what it is and how it is known, its sender nothing of it
        var copy = await SendAsync(app, contest, other, boss, "Copy", "mp3", mp3);
        Assert.Equal(((string)song["id"]!, "sound", "fingerprinted"), ((string)copy["duplicateOf"]!, (string)copy["duplicateBy"]!, (string)copy["sound"]!));
        Assert.InRange((decimal)copy["likeness"]!, 0.5m, 1m);
        var own = (await other.Http.GetAsync($"/api/songs/{copy["id"]}").OkAsync())["inside"]!.AsObject();
        Assert.All(["duplicateOf", "duplicateBy", "likeness", "sound"], name => Assert.Null(own[name]));
        var queue = (await boss.Http.GetAsync($"{contest.Path}/songs?status=pending").OkAsync())["items"]!.AsArray();
        Assert.Equal([(string)song["id"]!], queue.Select(item => (string?)item!["inside"]!["duplicateOf"]).Where(id => id is not null));
        var history = await boss.Http.GetAsync($"/api/songs/{copy["id"]}/history").OkAsync();
        Assert.Equal(["entered", "received", "duplicate"], history["events"]!.AsArray().Select(step => (string)step!["what"]!));

        // the message again changes nothing, and a new one of the same finds the same
        var before = await boss.Http.GetStringAsync($"/api/songs/{copy["id"]}");
        var request = new HearRecording.Request { SongId = Guid.Parse((string)copy["id"]!), FileId = Guid.Parse((string)copy["fileId"]!) };
        var host = await app.Services.GetRequiredService<TenantDirectory>().ByIdAsync(tenant.Id, CancellationToken.None);
        var delivery = new Delivery(host!, Outbox.SubmissionProcessing, $"{Guid.NewGuid()}", HearRecording.Subject, JsonSerializer.Serialize(request, Json.Options));
        await app.Services.GetRequiredService<HearRecording>().RunAsync(delivery, CancellationToken.None);
        var once = await boss.Http.GetStringAsync($"/api/songs/{copy["id"]}");
        await app.Services.GetRequiredService<HearRecording>().RunAsync(delivery, CancellationToken.None);
        Assert.Equal(once, await boss.Http.GetStringAsync($"/api/songs/{copy["id"]}"));
        var (left, right) = (JsonNode.Parse(before)!, JsonNode.Parse(once)!);
        (left["version"], right["version"]) = (0, 0);
        Assert.True(JsonNode.DeepEquals(left, right));

        // the very same file is known by its content; another song by the same band is another song
        var same = await SendAsync(app, contest, artist, boss, "Same", "mp3", mp3);
        Assert.Equal(((string)copy["id"]!, "content", 1m), ((string)same["duplicateOf"]!, (string)same["duplicateBy"]!, (decimal)same["likeness"]!));
        var different = await SendAsync(app, contest, artist, boss, "Different", "wav", Fixture.OtherTune.Wav(Fixture.TuneSeconds));
        Assert.Equal((null, "fingerprinted"), ((string?)different["duplicateOf"], (string?)different["sound"]));

        // what has no fingerprint says why
        Assert.Equal("silent", (string)(await SendAsync(app, contest, artist, boss, "Silence", "wav", Sounds.Wav(8000 * 2 * 10)))["sound"]!);
        Assert.Equal("no-decoder", (string)(await SendAsync(app, contest, artist, boss, "Opus", "opus", Sounds.Opus()))["sound"]!);

        // and no other tenant's songs are looked at
        Assert.Null((await SendAsync(app, foreign, stranger, stranger, "Abroad", "mp3", mp3))["duplicateOf"]);
        // with the recording goes what was kept of its sound
        await boss.Http.PutAsJsonAsync($"/api/files/{song["fileId"]}/revocation", new { reason = "A claim came in." }).OkAsync();
        await app.SettleAsync();
        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM song_sound_marks WHERE song_id = '{song["id"]}'"));
        Assert.Equal(3, await app.QueryAsync<long>($"SELECT count(*) FROM song_sounds WHERE tenant_id = '{tenant.Id}'"));
    }

    [Fact]
    public async Task Of_two_recordings_that_come_at_once_one_is_the_other_s_duplicate()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var (artist, other) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var contest = await ContestAsync(boss);
        var first = await EnterAsync(contest, artist, "First", "wav", Fixture.Tune.Wav(Fixture.TuneSeconds));
        var second = await EnterAsync(contest, other, "Second", "mp3", Fixture.Read("tune.mp3"));
        await app.SettleAsync();
        var marked = await app.QueryAsync<long>($"SELECT count(*) FROM songs WHERE id IN ('{first}', '{second}') AND duplicate_by = 'sound' AND duplicate_of IN ('{first}', '{second}') AND sound = 'fingerprinted'");
        Assert.Equal(1, marked);
    }

    private static Task<Contest> ContestAsync(TestPerson boss) => Contest.PublishedAsync(boss, new { configuration = new { songs = new { maxEntriesPerUser = 9 } } });

    private static async Task<Guid> EnterAsync(Contest contest, TestPerson who, string title, string extension, byte[] content)
    {
        var song = new { title, artistName = "Aigerim", aiToolsUsed = "none", recording = new { name = $"{title}.{extension}", bytes = content.Length } };
        var entered = await who.Http.PostAsJsonAsync($"{contest.Path}/songs", song).OkAsync(201);
        Assert.Equal(HttpStatusCode.Created, await SongTests.SendAsync(entered["upload"]!, content));
        return (Guid)entered["song"]!["id"]!;
    }

    // a song from the inside as a moderator sees it, once it was listened to
    private static async Task<JsonObject> SendAsync(PodiumApp app, Contest contest, TestPerson who, TestPerson moderator, string title, string extension, byte[] content)
    {
        var id = await EnterAsync(contest, who, title, extension, content);
        await app.SettleAsync();
        var inside = (await moderator.Http.GetAsync($"/api/songs/{id}").OkAsync())["inside"]!.AsObject();
        inside["id"] = $"{id}";
        return inside;
    }
}
