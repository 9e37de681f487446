using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Exams;

/// <summary>
/// Whose exam rows a transaction may see. Row-level security shows none until this is asked: who holds the permission for the tenant looks nationally, which is noted;
/// who holds it in a centre or region sees the rows of those centres.
/// </summary>
public static class ExamSight
{
    public static Task EnterAsync(Session session, Caller caller, string permission, string what, CancellationToken cancellationToken) => caller.Allows(permission)
        ? NationalAsync(session, what, cancellationToken)
        : CentresAsync(session, PlacesOf(caller, permission), cancellationToken);

    public static Task NationalAsync(Session session, string what, CancellationToken cancellationToken) => session.ExecuteAsync("CALL see_all_exams(@what)", new { what }, cancellationToken);

    public static Task CentresAsync(Session session, Guid[] places, CancellationToken cancellationToken) => session.ExecuteAsync("CALL see_exam_centres(@places)", new { places }, cancellationToken);

    /// <summary>The centres and regions where somebody holds a permission.</summary>
    public static Guid[] PlacesOf(Caller caller, string permission) =>
        [.. caller.Grants.Where(grant => grant.Scope is { Type: ScopeType.Institution, Id: not null } && grant.Gives(permission)).Select(grant => grant.Scope.Id!.Value).Distinct()];
}
