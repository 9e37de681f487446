using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>The institution and program that somebody says they belong to.</summary>
internal static class Affiliation
{
    /// <summary>The fault in a choice of them, or null. Whoever is just removing one of them waits.</summary>
    public static async Task<Problem?> FaultAsync(Session session, Caller caller, Guid? institutionId, Guid? programId, CancellationToken cancellationToken)
    {
        if (institutionId is not null && !await IsInstitutionAsync(session, caller, institutionId.Value, cancellationToken))
            return Problem.Invalid("/institutionId", "unknown", "There is no such institution.");
        if (programId is null) return null;
        var at = await session.FirstAsync<Guid?>(
            "SELECT institution_id FROM programs WHERE tenant_id = @TenantId AND id = @programId AND deleted_at IS NULL FOR SHARE",
            new { caller.TenantId, programId },
            cancellationToken);
        if (at is null) return Problem.Invalid("/programId", "unknown", "There is no such program.");
        return at == institutionId ? null : Problem.Invalid("/programId", "elsewhere", "The program is not at this institution.");
    }

    public static async Task<bool> IsInstitutionAsync(Session session, Caller caller, Guid institutionId, CancellationToken cancellationToken) =>
        await session.FirstAsync<Guid?>(
            "SELECT id FROM institutions WHERE tenant_id = @TenantId AND id = @institutionId AND deleted_at IS NULL FOR SHARE",
            new { caller.TenantId, institutionId },
            cancellationToken) is not null;
}
