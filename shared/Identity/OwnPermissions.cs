using Podium.Platform.Access;

namespace Podium.Identity;

/// <summary>What the caller may do now, and where.</summary>
public static class OwnPermissions
{
    public sealed record View(IReadOnlyList<Place> Places);

    /// <summary>What one may do in the whole tenant holds in all its institutions and competitions too.</summary>
    public sealed record Place(ScopeType Scope, Guid? ScopeId, IReadOnlyList<string> Permissions);

    public static View Of(Caller caller) => new(
    [
        .. caller.Grants
            .GroupBy(grant => grant.Scope)
            .OrderBy(place => place.Key.Type)
            .ThenBy(place => place.Key.Id)
            .Select(place => new Place(place.Key.Type, place.Key.Id, [.. Permissions.All.Keys.Where(permission => place.Any(grant => grant.Gives(permission)))])),
    ]);
}
