using System.Text.Json;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>What judges see of what they are to judge: the version that counts, without names where judging is blind.</summary>
public sealed class JudgedSubmissions(Database database, DownloadFile download)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required int Number { get; init; }

        /// <summary>The answers to the form that it was filled in with.</summary>
        public required JsonElement Entry { get; init; }

        public Guid? FormId { get; init; }

        public DateTimeOffset? ArrivedAt { get; init; }

        public required bool Late { get; init; }

        /// <summary>What its lateness costs, in per cent of the score.</summary>
        public required decimal Penalty { get; init; }

        public IReadOnlyList<JudgedFile> Files { get; init; } = [];
    }

    public sealed record JudgedFile(Guid Id, string Name, string? Kind, string? MediaType, long? Bytes, string? Sha256, JsonElement? Details);

    // a round's own, else what was handed in for the whole competition
    private const string Counting =
        """
        FROM submissions
        WHERE tenant_id = @TenantId AND competition_id = @competitionId AND registration_id = @registrationId AND (round_id = @roundId OR round_id IS NULL)
          AND status = 'submitted' AND review_status = 'APPROVED' AND deleted_at IS NULL
        ORDER BY round_id NULLS LAST LIMIT 1
        """;

    /// <summary>What an entry has handed in for a round; null where it has nothing that counts.</summary>
    internal static Task<View?> OfAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, Guid registrationId, string? blindAs, CancellationToken cancellationToken) => session.QueryManyAsync(
        $"""
        SELECT id, number, entry, form_id, arrived_at, late, penalty {Counting};
        SELECT {StoredFile.Columns} FROM files
        WHERE tenant_id = @TenantId AND state = 'accepted' AND revoked_at IS NULL
          AND id IN (SELECT file_id FROM submission_files WHERE tenant_id = @TenantId AND submission_id = (SELECT id {Counting}))
        ORDER BY created_at, id
        """,
        new { TenantId = tenantId, competitionId, roundId, registrationId },
        async results => await results.ReadFirstOrDefaultAsync<View>() is { } view
            ? view with { Files = [.. (await results.ReadAsync<StoredFile>()).Select((file, at) => new JudgedFile(file.Id, NameOf(file, at, blindAs), file.Kind, file.MediaType, file.Bytes, file.Sha256, file.Details))] }
            : null,
        cancellationToken);

    /// <summary>Whether a round's judges need something that was handed in.</summary>
    internal static async Task<bool> AreNeededAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, CancellationToken cancellationToken)
    {
        var (ofCompetition, ofRound) = await session.SingleAsync<(JsonElement, JsonElement)>(
            """
            SELECT competitions.configuration, competition_rounds.configuration FROM competitions
            JOIN competition_rounds ON competition_rounds.tenant_id = @tenantId AND competition_rounds.competition_id = competitions.id AND competition_rounds.id = @roundId
            WHERE competitions.tenant_id = @tenantId AND competitions.id = @competitionId
            """,
            new { tenantId, competitionId, roundId },
            cancellationToken);
        return (SubmissionEntry.RulesOf(ofCompetition, ofRound) ?? SubmissionEntry.RulesOf(ofCompetition, null)) is not null;
    }

    /// <summary>A URL to read a file by, for the judge of a review.</summary>
    internal async Task<Outcome<DownloadFile.Link>> DownloadAsync(
        Caller caller, Guid competitionId, Guid roundId, Guid registrationId, string? blindAs, Guid fileId, CancellationToken cancellationToken)
    {
        var found = await database.InTransaction<(StoredFile File, string Name)>(
            caller,
            async session =>
            {
                var view = await OfAsync(session, caller.TenantId, competitionId, roundId, registrationId, blindAs, cancellationToken);
                if (view?.Files.FirstOrDefault(file => file.Id == fileId) is not { } named || await StoredFile.FindAsync(session, caller.TenantId, fileId, cancellationToken) is not { } stored) return Problem.NotFound("file");
                return (stored, named.Name);
            },
            cancellationToken);
        return found.Problem is { } problem ? problem : await download.LinkAsync(found.Value.File with { Name = found.Value.Name }, cancellationToken);
    }

    private static string NameOf(StoredFile file, int at, string? blindAs) => blindAs is null ? file.Name : $"{blindAs} {at + 1}.{(file.Kind ?? "bin").ToLowerInvariant()}";
}
