using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Files;
using Podium.Songs;

namespace Podium.Functions.Songs;

/// <summary>Songs of a contest: entered by artists, let in by moderators, heard by everybody.</summary>
public sealed class SongsApi(SongDirectory songs, EnterSong enter, ModerateSong moderate, SongVoting voting)
{
    [Function("ListSongs"), Anyone]
    [Operation("The songs of a contest", Description = "Everybody sees those that are approved, artists also their own, moderators all: `status=pending` and `status=appealed` are their queue.",
        Query = typeof(SongDirectory.Filter), Answer = typeof(Page<SongDirectory.View>), Problems = ["not-found", "sign-in-required"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/songs")] HttpRequest request, string competitionId)
    {
        var listed = await songs.ListAsync(request.Caller(), RequestReading.Id(competitionId, "competition"), request.Query<SongDirectory.Filter>(), request.HttpContext.RequestAborted);
        return listed.Answer(page => Answer.Ok(page));
    }

    [Function("EnterSong"), SignedIn]
    [Operation("Enter a song", Description = "With a link, a recording, or both. A recording is sent by the URL of the answer; the song waits for moderators once it was looked into.",
        Body = typeof(EnterSong.Request), Answer = typeof(EnterSong.Result), Status = 201,
        Problems = ["not-found", "no-song-contest", "song-entries-closed", "song-entries-used-up", "song-id-taken", "file-id-taken", "too-many-uploads", "competition-frozen"])]
    public async Task<IResult> Enter([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/songs")] HttpRequest request, string competitionId)
    {
        var entered = await enter.AddAsync(request.Caller(), RequestReading.Id(competitionId, "competition"), await request.ReadAsync<EnterSong.Request>(), request.HttpContext.RequestAborted);
        return entered.Answer(result => Answer.Created($"/api/songs/{result.Song.Id}", result, result.Song.Version));
    }

    [Function("ReadSong"), Anyone]
    [Operation("A song", Answer = typeof(SongDirectory.View), Problems = ["not-found"])]
    public async Task<IResult> Read([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/songs/{songId}")] HttpRequest request, string songId)
    {
        var read = await songs.ReadAsync(request.Caller(), Id(songId), request.HttpContext.RequestAborted);
        return read.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeSong"), SignedIn]
    [Operation("Put one's song's texts right", Description = "While nobody has decided. All of them are replaced.", Body = typeof(EnterSong.Texts), Answer = typeof(SongDirectory.View),
        Problems = ["not-found", "forbidden", "stale", "song-status-refused", "no-song-contest", "competition-frozen"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/songs/{songId}")] HttpRequest request, string songId)
    {
        var changed = await enter.ChangeAsync(request.Caller(), Id(songId), await request.ReadAsync<EnterSong.Texts>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RecordSong"), SignedIn]
    [Operation("Send another recording", Description = "While nobody has decided, or after a rejection: then it is decided anew.", Body = typeof(EnterSong.Recording), Answer = typeof(EnterSong.Result),
        Problems = ["not-found", "forbidden", "song-status-refused", "song-entries-closed", "file-id-taken", "too-many-uploads", "competition-frozen"])]
    public async Task<IResult> Record([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/songs/{songId}/recording")] HttpRequest request, string songId)
    {
        var asked = await enter.RecordAsync(request.Caller(), Id(songId), await request.ReadAsync<EnterSong.Recording>(), request.HttpContext.RequestAborted);
        return asked.Answer(result => Answer.Ok(result, result.Song.Version));
    }

    [Function("WithdrawSong"), SignedIn]
    [Operation("Take one's song back", Answer = typeof(SongDirectory.View), Problems = ["not-found", "forbidden", "competition-frozen"])]
    public async Task<IResult> Withdraw([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/songs/{songId}/withdrawal")] HttpRequest request, string songId)
    {
        var withdrawn = await enter.WithdrawAsync(request.Caller(), Id(songId), request.HttpContext.RequestAborted);
        return withdrawn.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("AppealForSong"), SignedIn]
    [Operation("Ask to look again at a rejection", Description = "Once.", Body = typeof(EnterSong.AppealRequest), Answer = typeof(SongDirectory.View), Problems = ["not-found", "forbidden", "song-status-refused", "competition-frozen"])]
    public async Task<IResult> Appeal([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/songs/{songId}/appeal")] HttpRequest request, string songId)
    {
        var appealed = await enter.AppealAsync(request.Caller(), Id(songId), await request.ReadAsync<EnterSong.AppealRequest>(), request.HttpContext.RequestAborted);
        return appealed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ListenToSong"), Anyone]
    [Operation("A URL to hear a song's recording by", Description = "For some minutes, for whoever may see the song.", Answer = typeof(DownloadFile.Link), Problems = ["not-found", "song-without-recording", "file-not-ready", "file-revoked", "file-damaged"])]
    public async Task<IResult> Listen([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/songs/{songId}/listening")] HttpRequest request, string songId)
    {
        var link = await songs.ListenAsync(request.Caller(), Id(songId), request.HttpContext.RequestAborted);
        return link.Answer(Answer.Secret);
    }

    [Function("ReadSongHistory"), SignedIn]
    [Operation("What became of a song, step by step", Description = "For its artist and for moderators.", Answer = typeof(SongDirectory.History), Problems = ["not-found"])]
    public async Task<IResult> History([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/songs/{songId}/history")] HttpRequest request, string songId)
    {
        var read = await songs.HistoryAsync(request.Caller(), Id(songId), request.HttpContext.RequestAborted);
        return read.Answer(history => Answer.Ok(history));
    }

    [Function("ModerateSong"), Requires(Permissions.SongModerate, Somewhere = true)]
    [Operation("Let a song in or turn it away", Description = "A rejection needs a reason, which its artist reads. An approved song becomes an option of the contest's voting.",
        Body = typeof(ModerateSong.Request), Answer = typeof(SongDirectory.View), Problems = ["not-found", "stale", "own-song", "song-status-refused", "competition-frozen"])]
    public async Task<IResult> Moderate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/songs/{songId}/decision")] HttpRequest request, string songId)
    {
        var decided = await moderate.RunAsync(request.Caller(), Id(songId), await request.ReadAsync<ModerateSong.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return decided.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("LinkSongVoting"), Requires(Permissions.VotingManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Say which voting a contest's songs are voted for in", Description = "Its options are the approved songs from now on, by their ids, for as long as it is a draft; later a song that is turned away or taken back is withdrawn, and one that is approved then joins them where `lateSongs` says so.",
        Body = typeof(SongVoting.Request), Answer = typeof(SongVoting.View), Problems = ["not-found", "voting-frozen"])]
    public async Task<IResult> Link([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/competitions/{competitionId}/song-voting")] HttpRequest request, string competitionId)
    {
        var linked = await voting.LinkAsync(request.Caller(), RequestReading.Id(competitionId, "competition"), await request.ReadAsync<SongVoting.Request>(), request.HttpContext.RequestAborted);
        return linked.Answer(view => Answer.Ok(view));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "song");
}
