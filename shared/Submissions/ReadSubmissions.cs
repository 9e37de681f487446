using System.Text.Json;
using Dapper;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>Where a version stands.</summary>
public enum SubmissionStatus
{
    Draft,
    Submitted,
    Superseded,
    Withdrawn,
}

/// <summary>What has been handed in, as its team and the organisers see it.</summary>
public sealed class ReadSubmissions(Database database, DownloadFile download, TimeProvider clock)
{
    public record Summary
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        /// <summary>The round it is for; null for the whole competition.</summary>
        public Guid? RoundId { get; init; }

        public required Guid RegistrationId { get; init; }

        /// <summary>The team's or the person's name.</summary>
        public required string Name { get; init; }

        /// <summary>The version: 1, 2, 3 … of what this entry hands in.</summary>
        public required int Number { get; init; }

        public required SubmissionStatus Status { get; init; }

        /// <summary>PENDING until all of it has come and was validated; then APPROVED or REJECTED. What is submitted and APPROVED counts.</summary>
        public required string ReviewStatus { get; init; }

        /// <summary>Why it was rejected or withdrawn: a stable code; organiser where somebody decided so.</summary>
        public string? ReasonCode { get; init; }

        /// <summary>Why, in the words of who decided.</summary>
        public string? Reason { get; init; }

        /// <summary>The deadline that counted for it.</summary>
        public DateTimeOffset? DueAt { get; init; }

        public DateTimeOffset? SubmittedAt { get; init; }

        /// <summary>When the last of it had come.</summary>
        public DateTimeOffset? ArrivedAt { get; init; }

        public required bool Late { get; init; }

        /// <summary>What its lateness costs, in per cent of the score.</summary>
        public required decimal Penalty { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required int Version { get; init; }
    }

    public sealed record View : Summary
    {
        /// <summary>The form that the answers were filled in with.</summary>
        public Guid? FormId { get; init; }

        public required JsonElement Entry { get; init; }

        /// <summary>The earlier version that it was made from.</summary>
        public Guid? RestoredFrom { get; init; }

        public IReadOnlyList<FileView> Files { get; init; } = [];
    }

    /// <summary>A submission, where to send its files, and how many attempts are left.</summary>
    public sealed record Standing
    {
        public required View Submission { get; init; }

        /// <summary>For each file that is awaited: how to send it.</summary>
        public IReadOnlyList<Upload> Uploads { get; init; } = [];

        /// <summary>Null where nothing is taken any more.</summary>
        public Attempts? Attempts { get; init; }
    }

    public sealed record Upload(Guid FileId, string Name, FileUpload Request);

    /// <summary>What one may hand in now.</summary>
    public sealed record Possible
    {
        public required Guid RegistrationId { get; init; }

        public required string Name { get; init; }

        /// <summary>Whether something could be handed in at this instant.</summary>
        public required bool Open { get; init; }

        /// <summary>Why not.</summary>
        public string? Closed { get; init; }

        public required DateTimeOffset OpensAt { get; init; }

        /// <summary>The deadline, with this entry's extensions.</summary>
        public required DateTimeOffset DueAt { get; init; }

        /// <summary>Until when late work is taken.</summary>
        public required DateTimeOffset EndsAt { get; init; }

        public required SubmissionRules Rules { get; init; }

        public required Attempts Attempts { get; init; }

        /// <summary>The version that counts.</summary>
        public Guid? CurrentId { get; init; }

        public Guid? DraftId { get; init; }
    }

    public sealed record Query
    {
        /// <summary>The round; absent for the whole competition.</summary>
        public Guid? RoundId { get; init; }

        /// <summary>Another's entry, for organisers.</summary>
        public Guid? RegistrationId { get; init; }
    }

    internal const string SummaryColumns =
        """
        submission.id, submission.competition_id, submission.round_id, submission.registration_id,
        -- for the rows of the page alone: a join would make room for a name of every row that there is
        (SELECT coalesce(teams.name, users.first_name || ' ' || users.last_name)
         FROM registrations AS registration
         LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = registration.team_id
         LEFT JOIN users ON users.tenant_id = @TenantId AND users.id = registration.user_id
         WHERE registration.tenant_id = @TenantId AND registration.id = submission.registration_id) AS name,
        submission.number, submission.status, submission.review_status, submission.reason_code, submission.reason, submission.due_at, submission.submitted_at, submission.arrived_at,
        submission.late, submission.penalty, submission.created_at, submission.version
        """;

    internal const string OwnSql =
        $"""
        SELECT {SummaryColumns} FROM submissions AS submission
        WHERE submission.tenant_id = @TenantId AND submission.deleted_at IS NULL AND submission.id IN (
            SELECT handed.id FROM competition_entrants AS entrant
            JOIN submissions AS handed ON handed.tenant_id = @TenantId AND handed.competition_id = entrant.competition_id AND handed.registration_id = entrant.registration_id
            WHERE entrant.tenant_id = @TenantId AND entrant.user_id = @Person
            UNION ALL
            SELECT handed.id FROM competition_entrants AS entrant
            JOIN registrations AS own ON own.tenant_id = @TenantId AND own.competition_id = entrant.competition_id AND own.team_id = entrant.team_id
            JOIN submissions AS handed ON handed.tenant_id = @TenantId AND handed.competition_id = own.competition_id AND handed.registration_id = own.id
            WHERE entrant.tenant_id = @TenantId AND entrant.user_id = @Person)
          AND (@After::uuid IS NULL OR submission.id < @After)
        ORDER BY submission.id DESC
        LIMIT @limit
        """;

    /// <summary>All versions of all that the caller's entries hand in, the newest first.</summary>
    public async Task<Page<Summary>> OwnAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<Summary>(OwnSql, new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() }, cancellationToken),
        row => row.Id);

    /// <summary>One version, for its team and the organisers.</summary>
    public Task<Outcome<Standing>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<Standing>(
        caller,
        async session =>
        {
            var found = await FindAsync(session, caller, id, cancellationToken);
            return found.Value is { Entry: { } entry } ? await StandingAsync(session, caller, id, entry, cancellationToken) : found.Problem!;
        },
        cancellationToken);

    public Task<Outcome<Possible>> PossibleAsync(Caller caller, Guid competitionId, Query query, CancellationToken cancellationToken) => database.InTransaction<Possible>(
        caller,
        async session =>
        {
            var found = await SubmissionEntry.OwnAsync(session, caller, competitionId, query.RoundId, query.RegistrationId, locked: false, cancellationToken);
            if (found.Value is not { } entry) return found.Problem!;
            if (entry.Rules is not { } rules) return SubmissionProblems.NotTaken;
            var now = clock.GetUtcNow();
            var window = entry.WindowAt(now);
            var closed = entry.FaultFor(caller, now);
            var (current, draft) = await session.SingleAsync<(Guid?, Guid?)>(
                """
                SELECT (array_agg(id) FILTER (WHERE status = 'submitted' AND review_status = 'APPROVED'))[1], (array_agg(id) FILTER (WHERE status = 'draft'))[1]
                FROM submissions
                WHERE tenant_id = @TenantId AND competition_id = @CompetitionId AND registration_id = @RegistrationId AND round_id IS NOT DISTINCT FROM @RoundId AND deleted_at IS NULL
                """,
                new { caller.TenantId, entry.CompetitionId, entry.RegistrationId, entry.RoundId },
                cancellationToken);
            return new Possible
            {
                RegistrationId = entry.RegistrationId,
                Name = entry.Name,
                Open = closed is null,
                Closed = closed is null ? null : closed.Detail ?? closed.Kind.Title,
                OpensAt = window.OpensAt,
                DueAt = window.DueAt,
                EndsAt = window.EndsAt,
                Rules = rules,
                Attempts = Attempts.Of(rules, await entry.TakenAsync(session, caller.Tenant, now, cancellationToken)),
                CurrentId = current,
                DraftId = draft,
            };
        },
        cancellationToken);

    /// <summary>A URL to read one of its files by.</summary>
    public async Task<Outcome<DownloadFile.Link>> DownloadAsync(Caller caller, Guid id, Guid fileId, CancellationToken cancellationToken)
    {
        var found = await database.InTransaction<StoredFile>(
            caller,
            async session =>
            {
                if ((await FindAsync(session, caller, id, cancellationToken)).Problem is { } problem) return problem;
                return (await SubmissionRow.FilesAsync(session, caller.TenantId, id, cancellationToken)).FirstOrDefault(file => file.Id == fileId) is { } file ? file : Problem.NotFound("file");
            },
            cancellationToken);
        return found.Problem is { } refused ? refused : await download.LinkAsync(found.Value!, cancellationToken);
    }

    /// <summary>Whether the caller belongs to the entry or runs the competition.</summary>
    internal static async Task<Outcome<(SubmissionRow Row, SubmissionEntry Entry)>> FindAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken)
    {
        if (await SubmissionRow.FindAsync(session, caller.TenantId, id, cancellationToken) is not { } row) return Problem.NotFound("submission");
        var entry = await SubmissionEntry.ReadAsync(session, caller.TenantId, caller.UserId, row.CompetitionId, row.RoundId, row.RegistrationId, cancellationToken);
        return entry is not null && (entry.IsMember || CompetitionDirectory.Manages(caller, row.CompetitionId)) ? (row, entry) : Problem.NotFound("submission");
    }

    internal async Task<Standing> StandingAsync(Session session, Caller caller, Guid id, SubmissionEntry entry, CancellationToken cancellationToken) => new()
    {
        Submission = await ViewAsync(session, caller, id, cancellationToken),
        Attempts = entry.Rules is { } rules ? Attempts.Of(rules, await entry.TakenAsync(session, caller.Tenant, clock.GetUtcNow(), cancellationToken)) : null,
    };

    internal static Task<View> ViewAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) => session.QueryManyAsync(
        $"""
        SELECT {SummaryColumns}, submission.form_id, submission.entry, submission.restored_from FROM submissions AS submission WHERE submission.tenant_id = @TenantId AND submission.id = @id;
        SELECT {StoredFile.Columns} FROM files
        WHERE tenant_id = @TenantId AND id IN (SELECT file_id FROM submission_files WHERE tenant_id = @TenantId AND submission_id = @id) ORDER BY created_at, id
        """,
        new { caller.TenantId, id },
        async results =>
        {
            var view = await results.ReadSingleAsync<View>();
            return view with { Files = [.. (await results.ReadAsync<StoredFile>()).Select(file => file.View(caller.Language))] };
        },
        cancellationToken);
}
