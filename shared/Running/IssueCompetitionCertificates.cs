using System.ComponentModel.DataAnnotations;
using Podium.Certificates;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Running;

/// <summary>
/// Certificates of a completed competition: each person who holds a place or an award gets one, in a team each member. When the competition is reopened and concluded anew they follow its standing.
/// </summary>
public sealed class IssueCompetitionCertificates(Database database, IssueCertificates issue, TimeProvider clock)
{
    private const int Block = 2000;

    public sealed record Request
    {
        /// <summary>Down to which place; null is all.</summary>
        [Range(1, 1_000_000), Example(3)]
        public int? DownTo { get; init; }

        /// <summary>Only those who got an award, whatever their place.</summary>
        public bool AwardedOnly { get; init; }
    }

    public sealed record View
    {
        public required Guid CompetitionId { get; init; }

        public required int? DownTo { get; init; }

        public required bool AwardedOnly { get; init; }

        /// <summary>How many were ever issued.</summary>
        public required long Issued { get; init; }

        public required long Revoked { get; init; }

        public required DateTimeOffset RequestedAt { get; init; }
    }

    private sealed record Row(Guid RegistrationId, Guid UserId, string FirstName, string LastName, string? Team, int Place, bool Shared, string? Award);

    private const string Columns = "source_id AS competition_id, down_to, awarded_only, issued, revoked, requested_at";

    public Task<Outcome<View>> RunAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var status = await session.FirstAsync<string>("SELECT status FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL FOR UPDATE", new { caller.TenantId, competitionId }, cancellationToken);
            if (status is null) return Problem.NotFound("competition");
            if (status is not ("completed" or "archived")) return RunningProblems.Unpublished;
            await session.ExecuteAsync(
                """
                INSERT INTO certificate_issues (tenant_id, source_id, kind, down_to, awarded_only, requested_by, requested_at) VALUES (@TenantId, @competitionId, 'competition', @DownTo, @AwardedOnly, @Person, @now)
                ON CONFLICT (tenant_id, source_id) DO UPDATE SET down_to = @DownTo, awarded_only = @AwardedOnly
                """,
                new { caller.TenantId, competitionId, request.DownTo, request.AwardedOnly, caller.Person, now = clock.GetUtcNow() },
                cancellationToken);
            return (await RenewAsync(session, caller.Tenant, competitionId, cancellationToken))!;
        },
        cancellationToken);

    public Task<Outcome<Page<ReadCertificates.Line>>> ListAsync(Caller caller, Guid competitionId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<ReadCertificates.Line>>(
        caller,
        async session =>
        {
            var known = await session.FirstAsync<Guid?>("SELECT id FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL", new { caller.TenantId, competitionId }, cancellationToken);
            return known is null ? Problem.NotFound("competition") : await ReadCertificates.ListAsync(session, caller, competitionId, page, cancellationToken);
        },
        cancellationToken);

    /// <summary>In line with the final standing, where certificates have been asked for; null where they have not.</summary>
    internal async Task<View?> RenewAsync(Session session, Tenant tenant, Guid competitionId, CancellationToken cancellationToken)
    {
        var order = await session.FirstAsync<View>($"SELECT {Columns} FROM certificate_issues WHERE tenant_id = @Id AND source_id = @competitionId FOR UPDATE", new { tenant.Id, competitionId }, cancellationToken);
        if (order is null) return null;
        var name = await session.SingleAsync<string>("SELECT name FROM competitions WHERE tenant_id = @Id AND id = @competitionId", new { tenant.Id, competitionId }, cancellationToken);
        var rows = await session.QueryAsync<Row>(
            """
            SELECT result.registration_id, users.id AS user_id, users.first_name, users.last_name, teams.name AS team, result.place, result.shared, result.award
            FROM competition_results AS result
            JOIN registrations ON registrations.tenant_id = @Id AND registrations.id = result.registration_id
            LEFT JOIN teams ON teams.tenant_id = @Id AND teams.id = registrations.team_id
            LEFT JOIN team_members ON team_members.tenant_id = @Id AND team_members.team_id = registrations.team_id AND team_members.left_at IS NULL
            JOIN users ON users.tenant_id = @Id AND users.id = coalesce(registrations.user_id, team_members.user_id) AND users.deleted_at IS NULL
            WHERE result.tenant_id = @Id AND result.competition_id = @competitionId AND (@DownTo::integer IS NULL OR result.place <= @DownTo) AND (NOT @AwardedOnly OR result.award IS NOT NULL)
            ORDER BY result.place, result.registration_id, users.id
            """,
            new { tenant.Id, competitionId, order.DownTo, order.AwardedOnly },
            cancellationToken);
        var (issued, revoked) = (0L, 0L);
        foreach (var block in rows.Chunk(Block))
        {
            var done = await issue.RunAsync(session, tenant, null, [.. block.Select(row => Wanted(competitionId, name, row))], cancellationToken);
            (issued, revoked) = (issued + done.Issued.Count, revoked + done.Revoked);
        }
        var gone = await session.QueryAsync<Guid>(
            """
            SELECT id FROM certificates
            WHERE tenant_id = @Id AND source_id = @competitionId AND kind = 'competition' AND revoked_at IS NULL AND erased_at IS NULL
              AND NOT EXISTS (SELECT FROM unnest(@holders, @persons) AS still (holder, person) WHERE holder = holder_id AND person = person_id)
            """,
            new { tenant.Id, competitionId, holders = rows.Select(row => row.RegistrationId).ToArray(), persons = rows.Select(row => row.UserId).ToArray() },
            cancellationToken);
        revoked += await issue.RevokeAsync(session, tenant.Id, [.. gone], "annulled", null, cancellationToken);
        return await session.SingleAsync<View>(
            $"UPDATE certificate_issues SET issued = issued + @issued, revoked = revoked + @revoked, finished_at = @now WHERE tenant_id = @Id AND source_id = @competitionId RETURNING {Columns}",
            new { tenant.Id, competitionId, issued, revoked, now = clock.GetUtcNow() },
            cancellationToken);
    }

    private static IssueCertificates.Wanted Wanted(Guid competitionId, string name, Row row) => new()
    {
        Kind = CertificateKind.Competition,
        SourceId = competitionId,
        HolderId = row.RegistrationId,
        PersonId = row.UserId,
        Holder = $"{row.FirstName} {row.LastName}",
        Title = name,
        Place = new CertificateStatement.Placing(name, row.Place, row.Shared, row.Award, row.Team),
    };
}
