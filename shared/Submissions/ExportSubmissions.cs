using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Submissions;

/// <summary>All that was handed in, as a table for spreadsheets or as JSON.</summary>
public sealed class ExportSubmissions(Database database)
{
    private const int AtOnce = 1000;

    public sealed record Row
    {
        public required Guid Id { get; init; }

        public int? Round { get; init; }

        public required Guid RegistrationId { get; init; }

        public string? RegistrationExternalId { get; init; }

        public required string Name { get; init; }

        public required int Number { get; init; }

        public required SubmissionStatus Status { get; init; }

        /// <summary>PENDING, APPROVED or REJECTED.</summary>
        public required string ReviewStatus { get; init; }

        public string? ReasonCode { get; init; }

        public string? Reason { get; init; }

        public DateTimeOffset? DueAt { get; init; }

        public DateTimeOffset? SubmittedAt { get; init; }

        public DateTimeOffset? ArrivedAt { get; init; }

        public required bool Late { get; init; }

        public required decimal Penalty { get; init; }

        /// <summary>What the files are called, and their SHA-256.</summary>
        public required string[] Files { get; init; }

        public required JsonElement Entry { get; init; }
    }

    private const string Select =
        """
        SELECT submission.id, round.number AS round, submission.registration_id, registration.external_id AS registration_external_id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS name,
               submission.number, submission.status, submission.review_status, submission.reason_code, submission.reason, submission.due_at, submission.submitted_at, submission.arrived_at, submission.late,
               submission.penalty, submission.entry, ARRAY(
                   SELECT files.name || coalesce(' sha256:' || files.sha256, '') FROM submission_files JOIN files ON files.tenant_id = @TenantId AND files.id = file_id
                   WHERE submission_files.tenant_id = @TenantId AND submission_id = submission.id ORDER BY files.created_at, files.id) AS files
        FROM submissions AS submission
        JOIN registrations AS registration ON registration.tenant_id = @TenantId AND registration.id = submission.registration_id
        LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = registration.team_id
        LEFT JOIN users ON users.tenant_id = @TenantId AND users.id = registration.user_id
        LEFT JOIN competition_rounds AS round ON round.tenant_id = @TenantId AND round.id = submission.round_id
        WHERE submission.tenant_id = @TenantId AND submission.competition_id = @competitionId AND submission.deleted_at IS NULL AND submission.status <> 'draft' AND (@after::uuid IS NULL OR submission.id > @after)
        ORDER BY submission.id
        LIMIT @limit
        """;

    /// <summary>Page by page, the oldest first.</summary>
    public async IAsyncEnumerable<Row> RowsAsync(Caller caller, Guid competitionId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Guid? after = null;
        IReadOnlyList<Row> rows;
        do
        {
            rows = await database.Reading(caller).QueryAsync<Row>(Select, new { caller.TenantId, competitionId, after, limit = AtOnce }, cancellationToken);
            foreach (var row in rows) yield return row;
            if (rows.Count > 0) after = rows[^1].Id;
        }
        while (rows.Count == AtOnce);
    }

    /// <summary>The lines of a table; the header first. The answers stand in a column for each field of the forms that count now.</summary>
    public async IAsyncEnumerable<string?[]> TableAsync(Caller caller, Guid competitionId, EntryForms forms, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fields = (await forms.ListAsync(caller, competitionId, new EntryForms.Filter { Purpose = FormPurpose.Submission }, cancellationToken)).Value?.Items
            .SelectMany(form => form.Fields).DistinctBy(field => field.Name).ToList() ?? [];
        yield return
        [
            "id", "round", "registration", "registration_external_id", "name", "version", "status", "review_status", "reason_code", "reason", "due_at", "submitted_at", "arrived_at", "late", "penalty", "files",
            .. fields.Select(field => field.Name),
        ];
        await foreach (var row in RowsAsync(caller, competitionId, cancellationToken))
        {
            yield return
            [
                row.Id.ToString(), $"{row.Round}", row.RegistrationId.ToString(), row.RegistrationExternalId, row.Name, $"{row.Number}", row.Status.Text(), row.ReviewStatus, row.ReasonCode, row.Reason,
                At(row.DueAt), At(row.SubmittedAt), At(row.ArrivedAt), row.Late ? "true" : "false", row.Penalty.ToString(CultureInfo.InvariantCulture), string.Join('|', row.Files),
                .. fields.Select(field => ExportCompetition.CellOf(row.Entry, field)),
            ];
        }
    }

    private static string? At(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
