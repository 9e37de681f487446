using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Songs;

/// <summary>How far a song has come.</summary>
public enum SongStatus
{
    /// <summary>Its recording is awaited or looked into.</summary>
    Uploading,
    Pending,
    Approved,
    Rejected,

    /// <summary>Rejected, and its artist asks to look again.</summary>
    Appealed,
    Withdrawn,
}

/// <summary>How a recording is known to be another's duplicate.</summary>
public enum DuplicateKind
{
    /// <summary>The very same file.</summary>
    Content,

    /// <summary>Another file of the same recording.</summary>
    Sound,
}

/// <summary>Songs as those see them who may: everybody what is approved, artists their own, moderators all. The database itself shows nobody more.</summary>
public sealed class SongDirectory(Database database, DownloadFile download)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public required Guid ArtistId { get; init; }

        public required string Title { get; init; }

        public required string ArtistName { get; init; }

        public string? Genre { get; init; }

        public string? Country { get; init; }

        public required string AiToolsUsed { get; init; }

        public required string Description { get; init; }

        public required string LicenseType { get; init; }

        public string? ExternalLink { get; init; }

        /// <summary>Whether there is a recording to be heard here.</summary>
        public required bool HasRecording { get; init; }

        public string? MediaType { get; init; }

        public decimal? DurationSeconds { get; init; }

        public required SongStatus Status { get; init; }

        public DateTimeOffset? ApprovedAt { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        /// <summary>What only its artist and moderators see.</summary>
        public Inside? Inside { get; init; }

        public required JsonElement Metadata { get; init; }

        public required int Version { get; init; }
    }

    /// <summary>A song from the inside.</summary>
    public sealed record Inside
    {
        public Guid? FileId { get; init; }

        public string? FilePath { get; init; }

        public long? FileSize { get; init; }

        /// <summary>SHA-256.</summary>
        public string? FileHash { get; init; }

        /// <summary>Another song with the same recording; for moderators.</summary>
        public Guid? DuplicateOf { get; init; }

        /// <summary>How it is known to be the same; for moderators.</summary>
        public DuplicateKind? DuplicateBy { get; init; }

        /// <summary>How alike the two recordings are: 1 is the same, and 0 what any two have in common by chance; for moderators.</summary>
        public decimal? Likeness { get; init; }

        /// <summary>
        /// Whether the recording was compared with others by its sound: fingerprinted, or why not (no-decoder, damaged, too-short, silent); nothing while it was not listened to. For moderators.
        /// </summary>
        public string? Sound { get; init; }

        public string? RejectionReason { get; init; }

        public string? Appeal { get; init; }
    }

    public sealed record Filter : PageQuery
    {
        [StringLength(100, MinimumLength = 1)]
        public string? Genre { get; init; }

        [RegularExpression("[A-Z]{2}", ErrorMessage = "Two capital letters (ISO 3166)."), StringLength(2, MinimumLength = 2)]
        public string? Country { get; init; }

        /// <summary>For moderators the queue: pending, or appealed.</summary>
        public SongStatus? Status { get; init; }

        /// <summary>Only one's own.</summary>
        public bool? Mine { get; init; }
    }

    public sealed record History(IReadOnlyList<Event> Events);

    /// <summary>A step: entered, received, refused, duplicate, approved, rejected, appealed, withdrawn.</summary>
    public sealed record Event
    {
        public required string What { get; init; }

        public string? Reason { get; init; }

        public required DateTimeOffset At { get; init; }

        public Guid? ById { get; init; }
    }

    internal sealed record Row
    {
        public required Guid Id { get; init; }
        public required Guid CompetitionId { get; init; }
        public required Guid ArtistId { get; init; }
        public required string Title { get; init; }
        public required string ArtistName { get; init; }
        public string? Genre { get; init; }
        public string? Country { get; init; }
        public required string AiToolsUsed { get; init; }
        public required string Description { get; init; }
        public required string LicenseType { get; init; }
        public string? ExternalLink { get; init; }
        public Guid? FileId { get; init; }
        public string? FilePath { get; init; }
        public long? FileSize { get; init; }
        public string? FileHash { get; init; }
        public string? MediaType { get; init; }
        public decimal? DurationSeconds { get; init; }
        public Guid? DuplicateOf { get; init; }
        public DuplicateKind? DuplicateBy { get; init; }
        public decimal? DuplicateLikeness { get; init; }
        public string? Sound { get; init; }
        public required SongStatus Status { get; init; }
        public string? RejectionReason { get; init; }
        public string? Appeal { get; init; }
        public required JsonElement Metadata { get; init; }
        public required int Version { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? ApprovedAt { get; init; }
        public Guid? DecidedBy { get; init; }

        internal View Of(Caller caller)
        {
            var moderates = caller.Allows(Permissions.SongModerate, Scope.Competition(CompetitionId));
            return new View
            {
                Id = Id,
                CompetitionId = CompetitionId,
                ArtistId = ArtistId,
                Title = Title,
                ArtistName = ArtistName,
                Genre = Genre,
                Country = Country?.Trim(),
                AiToolsUsed = AiToolsUsed,
                Description = Description,
                LicenseType = LicenseType,
                ExternalLink = ExternalLink,
                HasRecording = FilePath is not null,
                MediaType = MediaType,
                DurationSeconds = DurationSeconds,
                Status = Status,
                ApprovedAt = ApprovedAt,
                CreatedAt = CreatedAt,
                Inside = !moderates && caller.UserId != ArtistId ? null : new Inside
                {
                    FileId = FileId,
                    FilePath = FilePath,
                    FileSize = FileSize,
                    FileHash = FileHash,
                    DuplicateOf = moderates ? DuplicateOf : null,
                    DuplicateBy = moderates ? DuplicateBy : null,
                    Likeness = moderates ? DuplicateLikeness : null,
                    Sound = moderates ? Sound : null,
                    RejectionReason = RejectionReason,
                    Appeal = Appeal,
                },
                Metadata = Metadata,
                Version = Version,
            };
        }
    }

    internal const string Columns =
        """
        id, competition_id, artist_id, title, artist_name, genre, country::text AS country, ai_tools_used, description, license_type, external_link, file_id, file_path, file_size, file_hash, media_type,
        duration_seconds, duplicate_of, duplicate_by, duplicate_likeness, sound, status, rejection_reason, appeal, metadata, version, created_at, approved_at, decided_by
        """;

    public async Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid competitionId, Filter filter, CancellationToken cancellationToken)
    {
        if (filter.Mine == true && caller.UserId is null) return CommonProblems.SignInRequired;
        return await database.As(caller).QueryManyAsync<Outcome<Page<View>>>(
            $"""
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL AND (status <> 'draft' OR @manages));
            SELECT {Columns} FROM songs
            WHERE tenant_id = @TenantId AND competition_id = @competitionId AND (@After::uuid IS NULL OR id < @After) AND (@status::text IS NULL OR status = @status)
              AND (status <> 'withdrawn' OR @status = 'withdrawn') AND (@Genre::text IS NULL OR genre = @Genre) AND (@Country::text IS NULL OR country = @Country) AND (@mine::uuid IS NULL OR artist_id = @mine)
            ORDER BY id DESC
            LIMIT @limit
            """,
            new
            {
                caller.TenantId,
                competitionId,
                manages = Competitions.CompetitionDirectory.Manages(caller, competitionId) || caller.Allows(Permissions.SongModerate, Scope.Competition(competitionId)),
                filter.After,
                status = filter.Status?.ToString().ToLowerInvariant(),
                filter.Genre,
                filter.Country,
                mine = filter.Mine == true ? caller.UserId : null,
                limit = filter.Fetch(),
            },
            async results => await results.ReadSingleAsync<bool>()
                ? filter.Of([.. (await results.ReadAsync<Row>()).Select(row => row.Of(caller))], view => view.Id)
                : Problem.NotFound("competition"),
            cancellationToken);
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var row = await RowAsync(database.As(caller), caller, id, "", cancellationToken);
        return row is null ? Problem.NotFound("song") : row.Of(caller);
    }

    public async Task<Outcome<History>> HistoryAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var row = await RowAsync(database.As(caller), caller, id, "", cancellationToken);
        if (row is null || row.Of(caller).Inside is null) return Problem.NotFound("song");
        var events = await database.As(caller).QueryAsync<Event>("SELECT what, reason, at, by_id FROM song_events WHERE tenant_id = @TenantId AND song_id = @id ORDER BY at, id", new { caller.TenantId, id }, cancellationToken);
        return new History(events);
    }

    /// <summary>A URL by which its recording can be heard for some minutes, by whoever may see the song.</summary>
    public async Task<Outcome<DownloadFile.Link>> ListenAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var row = await RowAsync(database.As(caller), caller, id, "", cancellationToken);
        if (row is null) return Problem.NotFound("song");
        if (row is not { FileId: { } fileId, FilePath: not null }) return SongProblems.NoRecording;
        return await StoredFile.FindAsync(database.As(caller), caller.TenantId, fileId, cancellationToken) is { } file ? await download.LinkAsync(file, cancellationToken) : SongProblems.NoRecording;
    }

    internal static Task<Row?> RowAsync(Session session, Caller caller, Guid id, string how, CancellationToken cancellationToken) => session.FirstAsync<Row>(
        $"SELECT {Columns} FROM songs WHERE tenant_id = @TenantId AND id = @id{how}", new { caller.TenantId, id }, cancellationToken);

    internal static Task<int> LogAsync(Session session, Caller caller, Guid songId, string what, string? reason, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "INSERT INTO song_events (tenant_id, id, song_id, what, reason, at, by_id) VALUES (@TenantId, uuidv7(), @songId, @what, @reason, @now, @Person)",
        new { caller.TenantId, caller.Person, songId, what, reason, now },
        cancellationToken);
}
