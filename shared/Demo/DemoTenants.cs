using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;
using Podium.Tenancy;
using static Podium.Demo.DemoException;

namespace Podium.Demo;

/// <summary>The demo's tenants and the people one can sign in as. What is there already is left as it is.</summary>
public sealed class DemoTenants(TenantDirectory directory, CreateTenant create, TenantHosts hosts, OperatorAccounts accounts)
{
    /// <summary>Everybody's in the demo, and for development only.</summary>
    public const string Password = "a seat for everybody";

    public sealed record Made(string Slug, Guid Id, bool Created);

    public sealed record Login(string Role, string Email, string Password, bool Created);

    public async Task<Made> TenantAsync(string slug, string name, string[] languages, string zone, object? settings, CancellationToken cancellationToken)
    {
        if (await directory.BySlugAsync(slug, cancellationToken) is { } known) return new Made(known.Slug, known.Id, false);
        var request = new CreateTenant.Request
        {
            // the same each time, so that two who seed at once make one tenant
            Id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"podium seed {slug}")).AsSpan(0, 16)),
            Slug = slug,
            Name = name,
            Languages = languages,
            TimeZone = zone,
            AdministratorEmail = AdministratorOf(slug),
            Settings = settings is null ? null : JsonSerializer.SerializeToElement(settings, Json.Options),
        };
        var faults = RequestShape.Check(JsonSerializer.SerializeToElement(request, Json.Options), typeof(CreateTenant.Request));
        if (faults.Count > 0) throw new DemoException(new Problem(CommonProblems.Invalid) { Faults = faults });
        var created = Check(await create.Run(request, cancellationToken));
        return new Made(created.Slug, created.Id, true);
    }

    /// <summary>Gives a tenant host names; answers those that another has.</summary>
    public async Task<IReadOnlyList<string>> HostsAsync(Made tenant, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var taken = new List<string>();
        foreach (var name in names)
        {
            var added = await hosts.AddAsync(tenant.Id, name, cancellationToken);
            if (added.Problem?.Kind == TenancyProblems.HostTaken) taken.Add(name);
            else Check(added);
        }
        return taken;
    }

    public async Task<Login> PersonAsync(string tenant, OperatorAccounts.Request person, CancellationToken cancellationToken)
    {
        var caller = await InAsync(tenant, cancellationToken);
        if ((await accounts.FindAsync(caller, person.Email, cancellationToken)).Value is not { } known)
        {
            Check(await accounts.CreateAsync(caller, person with { Password = Password }, cancellationToken));
            return new Login(person.Role, person.Email, Password, true);
        }
        if (known.HasPassword) return new Login(person.Role, person.Email, Password, false);
        // the administrator, whom the tenant's making has invited
        Check(await accounts.SetPasswordAsync(caller, known, Password, cancellationToken));
        await accounts.VerifyEmailAsync(caller, known.Id, cancellationToken);
        return new Login(person.Role, person.Email, Password, true);
    }

    /// <summary>Somebody of a tenant, at work with these permissions.</summary>
    public async Task<Caller> ActingAsync(string tenant, string email, string role, string permission, CancellationToken cancellationToken)
    {
        var caller = await InAsync(tenant, cancellationToken);
        var person = Check(await accounts.FindAsync(caller, email, cancellationToken));
        return caller with { UserId = person.Id, Grants = [new Grant(Scope.Tenant, role, [permission], null)] };
    }

    public static string AdministratorOf(string slug) => $"administrator@{slug}.example.org";

    private async Task<Caller> InAsync(string slug, CancellationToken cancellationToken)
    {
        var tenant = await directory.BySlugAsync(slug, cancellationToken) ?? throw new InvalidOperationException($"There is no tenant '{slug}'.");
        return new Caller { TenantId = tenant.Id, Shard = tenant.Shard, Tenant = tenant, Language = tenant.Languages[0] };
    }
}
