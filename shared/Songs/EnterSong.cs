using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Songs;

/// <summary>An artist enters a song, sends its recording, puts its texts right while nobody has decided, asks to look again, or takes it back.</summary>
public sealed class EnterSong(Database database, RequestUpload upload, SongVoting voting, TimeProvider clock)
{
    private static readonly string[] Extensions = ["mp3", "wav", "flac", "ogg", "opus", "m4a"];

    /// <summary>What is said of a song.</summary>
    public record Texts
    {
        [StringLength(200, MinimumLength = 1), Example("Steppe at dawn")]
        public required string Title { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Aigerim")]
        public required string ArtistName { get; init; }

        [StringLength(100, MinimumLength = 1), Example("Folk")]
        public string? Genre { get; init; }

        [RegularExpression("[A-Z]{2}", ErrorMessage = "Two capital letters (ISO 3166)."), StringLength(2, MinimumLength = 2)]
        public string? Country { get; init; }

        /// <summary>Which tools of artificial intelligence had a part in it, and in what; "none" where none had.</summary>
        [StringLength(2000, MinimumLength = 1), Example("Suno for the melody; words and voice are mine.")]
        public required string AiToolsUsed { get; init; }

        [StringLength(5000)]
        public string Description { get; init; } = "";

        /// <summary>What listeners may do with it: stream_only, download, cc_by, cc_by_sa, cc_by_nc, cc0.</summary>
        [RegularExpression("stream_only|download|cc_by|cc_by_sa|cc_by_nc|cc0", ErrorMessage = "stream_only, download, cc_by, cc_by_sa, cc_by_nc or cc0."), StringLength(20), Example("stream_only")]
        public string LicenseType { get; init; } = "stream_only";

        /// <summary>Where it can be heard on YouTube or SoundCloud. It is known by its form; nothing is fetched.</summary>
        [SongLink, StringLength(500, MinimumLength = 1), Example("https://www.youtube.com/watch?v=dQw4w9WgXcQ")]
        public string? ExternalLink { get; init; }

        /// <summary>What only the front-end understands.</summary>
        [Example(null!)]
        public JsonElement? Metadata { get; init; }
    }

    public sealed record Request : Texts
    {
        /// <summary>Chosen by the client, so that a repeated request enters one song.</summary>
        public Guid? Id { get; init; }

        /// <summary>The recording that will be sent.</summary>
        [Example(null!)]
        public Recording? Recording { get; init; }
    }

    public sealed record Recording
    {
        /// <summary>Chosen by the client, so that a repeated request asks for one file.</summary>
        public Guid? Id { get; init; }

        [FileName, StringLength(255, MinimumLength = 1), Example("steppe.mp3")]
        public required string Name { get; init; }

        [Range(1, 200L << 20)]
        public long? Bytes { get; init; }

        [RegularExpression("[0-9a-f]{64}", ErrorMessage = "64 lower-case hexadecimal digits."), StringLength(64, MinimumLength = 64), Example("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
        public string? Sha256 { get; init; }
    }

    public sealed record AppealRequest
    {
        /// <summary>Why the decision should be another.</summary>
        [StringLength(2000, MinimumLength = 1)]
        public required string Text { get; init; }
    }

    /// <summary>The song, and how to send its recording where one was announced.</summary>
    public sealed record Result(SongDirectory.View Song, FileUpload? Upload);

    public async Task<Outcome<Result>> AddAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = request.Id ?? Guid.CreateVersion7(now);
        StoredFile? file = null;
        var added = await database.InTransaction<SongDirectory.View>(
            caller,
            async session =>
            {
                var contest = await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken);
                if (contest.Value is not { } competition) return contest.Problem!;
                // one person's songs are entered one after the other, so that the count holds
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@who, 0))", new { who = $"songs {competitionId} {caller.Person}" }, cancellationToken);
                var known = await SongDirectory.RowAsync(session, caller, id, "", cancellationToken);
                if (known is not null && !IsSame(known, competitionId, caller.Person, request)) return SongProblems.IdTaken;
                if (known is null && await RefusalAsync(session, caller, competition, request, now, cancellationToken) is { } refusal) return refusal;
                if (request.Recording is { } recording)
                {
                    var asked = await upload.AddAsync(session, caller, OrderOf(recording, id, competition.Rules.Songs, known?.FileId, now), cancellationToken);
                    if (asked.Problem is { } problem) return problem;
                    file = asked.Value;
                }
                if (known is not null) return known.Of(caller);
                return await InsertAsync(session, caller, competitionId, id, request, file?.Id, now, cancellationToken);
            },
            cancellationToken);
        return added.Problem is { } stopped ? stopped : await ResultAsync(added.Value!, file, cancellationToken);
    }

    /// <summary>Another recording, while nobody has decided or after a rejection; and then somebody decides anew.</summary>
    public async Task<Outcome<Result>> RecordAsync(Caller caller, Guid id, Recording recording, CancellationToken cancellationToken)
    {
        StoredFile? file = null;
        var changed = await database.InTransaction<SongDirectory.View>(
            caller,
            async session =>
            {
                var (song, problem) = await OwnAsync(session, caller, id, cancellationToken);
                if (song is null) return problem!;
                if (song.Status is not (SongStatus.Uploading or SongStatus.Pending or SongStatus.Rejected)) return SongProblems.StatusRefused;
                var contest = await LockedCompetition.ReadAsync(session, caller, song.CompetitionId, cancellationToken);
                if (contest.Value is not { } competition) return contest.Problem!;
                var now = clock.GetUtcNow();
                if (FaultOfTime(competition, now) is { } late) return late;
                var asked = await upload.AddAsync(session, caller, OrderOf(recording, id, competition.Rules.Songs, null, now), cancellationToken);
                if (asked.Problem is { } refused) return refused;
                file = asked.Value!;
                if (file.Id == song.FileId) return song.Of(caller);
                var row = await session.SingleAsync<SongDirectory.Row>(
                    $"""
                    UPDATE songs SET file_id = @file, file_path = NULL, file_size = NULL, file_hash = NULL, media_type = NULL, duration_seconds = NULL, duplicate_of = NULL, duplicate_by = NULL,
                        duplicate_likeness = NULL, sound = NULL, status = 'uploading', updated_at = @now, updated_by = @Person, version = version + 1
                    WHERE tenant_id = @TenantId AND id = @id RETURNING {SongDirectory.Columns}
                    """,
                    new { caller.TenantId, caller.Person, id, file = file.Id, now },
                    cancellationToken);
                return row.Of(caller);
            },
            cancellationToken);
        return changed.Problem is { } stopped ? stopped : await ResultAsync(changed.Value!, file, cancellationToken);
    }

    public Task<Outcome<SongDirectory.View>> ChangeAsync(Caller caller, Guid id, Texts texts, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<SongDirectory.View>(
        caller,
        async session =>
        {
            var (song, problem) = await OwnAsync(session, caller, id, cancellationToken);
            if (song is null) return problem!;
            if (ifMatch is not null && ifMatch != song.Version) return CommonProblems.Stale;
            if (song.Status is not (SongStatus.Uploading or SongStatus.Pending)) return SongProblems.StatusRefused;
            var contest = await LockedCompetition.ReadAsync(session, caller, song.CompetitionId, cancellationToken);
            if (contest.Value?.Rules.Songs is not { } rules) return contest.Problem ?? SongProblems.NotASongContest;
            if (FaultOf(texts, rules) is { } fault) return fault;
            if (song.Status == SongStatus.Pending && song.FilePath is null && texts.ExternalLink is null) return Problem.Invalid("/externalLink", "required", "Without a recording it must be heard somewhere.");
            var row = await session.SingleAsync<SongDirectory.Row>(
                $"""
                UPDATE songs SET title = @Title, artist_name = @ArtistName, genre = @Genre, country = @Country, ai_tools_used = @AiToolsUsed, description = @Description, license_type = @LicenseType,
                    external_link = @link, metadata = @metadata::jsonb, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id RETURNING {SongDirectory.Columns}
                """,
                Values(caller, id, texts, clock.GetUtcNow()),
                cancellationToken);
            return row.Of(caller);
        },
        cancellationToken);

    /// <summary>Asks once to look again at a rejection.</summary>
    public Task<Outcome<SongDirectory.View>> AppealAsync(Caller caller, Guid id, AppealRequest request, CancellationToken cancellationToken) => database.InTransaction<SongDirectory.View>(
        caller,
        async session =>
        {
            var (song, problem) = await OwnAsync(session, caller, id, cancellationToken);
            if (song is null) return problem!;
            if (song is { Status: SongStatus.Appealed } && song.Appeal == request.Text.Trim()) return song.Of(caller);
            if (song is not { Status: SongStatus.Rejected, Appeal: null }) return SongProblems.StatusRefused;
            return await MoveAsync(session, caller, id, "status = 'appealed', appeal = @text", "appealed", request.Text.Trim(), cancellationToken);
        },
        cancellationToken);

    /// <summary>Takes a song back; what it was voted for stays in the voting's log, and does not make it win.</summary>
    public Task<Outcome<SongDirectory.View>> WithdrawAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<SongDirectory.View>(
        caller,
        async session =>
        {
            var (song, problem) = await OwnAsync(session, caller, id, cancellationToken);
            if (song is null) return problem!;
            if (song.Status == SongStatus.Withdrawn) return song.Of(caller);
            var moved = await MoveAsync(session, caller, id, "status = 'withdrawn', approved_at = NULL", "withdrawn", null, cancellationToken);
            if (song.Status == SongStatus.Approved) await voting.SyncAsync(session, caller, song.CompetitionId, cancellationToken);
            return moved;
        },
        cancellationToken);

    private async Task<SongDirectory.View> MoveAsync(Session session, Caller caller, Guid id, string set, string what, string? text, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = await session.SingleAsync<SongDirectory.Row>(
            $"UPDATE songs SET {set}, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id RETURNING {SongDirectory.Columns}", new { caller.TenantId, caller.Person, id, text, now }, cancellationToken);
        await SongDirectory.LogAsync(session, caller, id, what, text, now, cancellationToken);
        return row.Of(caller);
    }

    private static async Task<Problem?> RefusalAsync(Session session, Caller caller, LockedCompetition competition, Request request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (competition.Rules.Songs is not { } rules) return SongProblems.NotASongContest;
        if (FaultOfTime(competition, now) is { } late) return late;
        if (FaultOf(request, rules) is { } fault) return fault;
        if (request is { Recording: null, ExternalLink: null }) return Problem.Invalid("/externalLink", "required", "Send a recording, or say where the song is heard.");
        if (rules.RecordingRequired && request.Recording is null) return Problem.Invalid("/recording", "required", "This contest wants a recording.");
        var entered = await session.SingleAsync<int>(
            "SELECT count(*)::integer FROM songs WHERE tenant_id = @TenantId AND competition_id = @Id AND artist_id = @Person AND status <> 'withdrawn'", new { caller.TenantId, competition.Id, caller.Person }, cancellationToken);
        return entered >= rules.MaxEntriesPerUser ? new Problem(SongProblems.TooMany, $"This contest takes {rules.MaxEntriesPerUser} from one person.") : null;
    }

    private static ProblemKind? FaultOfTime(LockedCompetition competition, DateTimeOffset now) =>
        competition.Status is CompetitionStatus.Published or CompetitionStatus.Active && competition.RegistrationStart <= now && now < competition.RegistrationEnd ? null : SongProblems.EntriesClosed;

    private static Problem? FaultOf(Texts texts, SongRules rules)
    {
        if (rules.Genres.Count > 0 && (texts.Genre is null || !rules.Genres.Contains(texts.Genre.Trim()))) return Problem.Invalid("/genre", "unknown", $"It must be one of {string.Join(", ", rules.Genres)}.");
        return texts.Metadata is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) } ? Problem.Invalid("/metadata", "object", "It must be an object.") : null;
    }

    private static FileOrder OrderOf(Recording recording, Guid songId, SongRules? rules, Guid? known, DateTimeOffset now)
    {
        // the same song's first recording again is the same file
        var id = recording.Id ?? known ?? Guid.CreateVersion7(now);
        var extension = Path.GetExtension(recording.Name).TrimStart('.').ToLowerInvariant();
        return new FileOrder
        {
            Purpose = SongServices.Audio,
            Id = id,
            SubjectId = songId,
            Name = recording.Name,
            Bytes = recording.Bytes,
            Sha256 = recording.Sha256,
            Blob = string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyy'/'MM}/{id}.{(Extensions.Contains(extension) ? extension : "audio")}"),
            Rules = rules is null ? null : SongServices.Audio.Rules with { MaxDuration = TimeSpan.FromSeconds(rules.LongestSeconds), MaxBytes = (long)rules.MostMegabytes << 20 },
        };
    }

    private static async Task<SongDirectory.View> InsertAsync(Session session, Caller caller, Guid competitionId, Guid id, Request request, Guid? file, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var values = new Dapper.DynamicParameters(Values(caller, id, request, now));
        values.AddDynamicParams(new { competitionId, file, status = file is null ? "pending" : "uploading" });
        var row = await session.SingleAsync<SongDirectory.Row>(
            $"""
            INSERT INTO songs (tenant_id, id, competition_id, artist_id, title, artist_name, genre, country, ai_tools_used, description, license_type, external_link, file_id, status, metadata, created_at, updated_at, updated_by)
            VALUES (@TenantId, @id, @competitionId, @Person, @Title, @ArtistName, @Genre, @Country, @AiToolsUsed, @Description, @LicenseType, @link, @file, @status, @metadata::jsonb, @now, @now, @Person)
            RETURNING {SongDirectory.Columns}
            """,
            values,
            cancellationToken);
        await SongDirectory.LogAsync(session, caller, id, "entered", null, now, cancellationToken);
        return row.Of(caller);
    }

    private static object Values(Caller caller, Guid id, Texts texts, DateTimeOffset now) => new
    {
        caller.TenantId,
        caller.Person,
        id,
        Title = texts.Title.Trim(),
        ArtistName = texts.ArtistName.Trim(),
        Genre = texts.Genre?.Trim(),
        texts.Country,
        AiToolsUsed = texts.AiToolsUsed.Trim(),
        texts.Description,
        texts.LicenseType,
        link = SongLinks.Normal(texts.ExternalLink),
        metadata = texts.Metadata is { ValueKind: JsonValueKind.Object } metadata ? metadata.GetRawText() : "{}",
        now,
    };

    private static bool IsSame(SongDirectory.Row known, Guid competitionId, Guid artist, Request request) =>
        known.CompetitionId == competitionId && known.ArtistId == artist && known.Title == request.Title.Trim() && known.ArtistName == request.ArtistName.Trim()
        && known.ExternalLink == SongLinks.Normal(request.ExternalLink) && (known.FileId is null) == (request.Recording is null);

    private static async Task<(SongDirectory.Row? Song, Problem? Problem)> OwnAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var song = await SongDirectory.RowAsync(session, caller, id, " FOR UPDATE", cancellationToken);
        if (song is null) return (null, Problem.NotFound("song"));
        return song.ArtistId == caller.Person ? (song, null) : (null, new Problem(CommonProblems.Forbidden, "It is somebody else's song."));
    }

    private async Task<Outcome<Result>> ResultAsync(SongDirectory.View song, StoredFile? file, CancellationToken cancellationToken)
    {
        if (file is null) return new Result(song, null);
        var url = await upload.UrlAsync(file, cancellationToken);
        // a repeated request may come after the recording did
        return new Result(song, url.Value);
    }
}
