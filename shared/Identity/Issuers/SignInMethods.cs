using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Identity.Issuers;

/// <summary>The ways by which a tenant's people can sign in.</summary>
public sealed class SignInMethods(Database database)
{
    public sealed record Choice(Guid Id, string Name);

    /// <summary>Whether by password, and by which issuers.</summary>
    public sealed record Result(bool Password, IReadOnlyList<Choice> Issuers);

    public async Task<Result> Run(Caller caller, CancellationToken cancellationToken) => new(
        true,
        await database.Reading(caller).QueryAsync<Choice>(
            "SELECT id, name FROM identity_issuers WHERE tenant_id = @TenantId AND enabled ORDER BY lower(name), id LIMIT 100", new { caller.TenantId }, cancellationToken));
}
