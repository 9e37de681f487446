using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Certificates;

/// <summary>Withdraws a certificate by hand: the office of an examination, the organisers of a competition. It is not issued again unless it would say something else.</summary>
public sealed class RevokeCertificate(Database database, IssueCertificates issue)
{
    public Task<Outcome<ReadCertificates.Line>> RunAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<ReadCertificates.Line>(
        caller,
        async session =>
        {
            if (await ReadCertificates.SeenAsync(session, caller, id, "certificate-revocation", cancellationToken) is not { } row) return Problem.NotFound("certificate");
            var may = row.Kind == "competition" ? caller.Allows(Permissions.CompetitionManage, Scope.Competition(row.SourceId)) : caller.Allows(Permissions.ExamManage);
            if (!may) return CommonProblems.Forbidden;
            await issue.RevokeAsync(session, caller.TenantId, [id], "withdrawn", caller.Person, cancellationToken);
            return (await session.SingleAsync<ReadCertificates.Row>($"SELECT {ReadCertificates.Columns} FROM certificates WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken)).ToLine();
        },
        cancellationToken);
}
