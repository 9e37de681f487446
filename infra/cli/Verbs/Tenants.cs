using System.CommandLine;
using System.Globalization;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Cli.Verbs;

/// <summary>Tenants: the white-label clients of this installation.</summary>
internal static class Tenants
{
    private sealed record Row(Guid Id, string Slug, string Name, string Status, string Shard, string[] Languages, DateTimeOffset CreatedAt, string[] Hosts);

    private sealed record People(long Total, long Active, long Verified, long Administrators);

    public static Verb Verb() => new("tenant", "Create, look at, suspend and resume tenants, and give them host names.", "tenant list", "tenant host add demo contest.example.org")
    {
        Create(),
        new Verb("list", "List every tenant.", "tenant list --json").Does(ListAsync),
        Show(),
        Suspend(),
        Resume(),
        new Verb("host", "The host names by which a tenant's front-ends call.", "tenant host add demo contest.example.org")
        {
            AddHost(),
            RemoveHost(),
        },
    };

    private static Argument<string> Name() => new("tenant") { Description = "Its slug or id." };

    private static Verb Create()
    {
        var slug = new Option<string>("--slug") { Description = "Its short name: lower-case letters, digits, single hyphens.", Required = true };
        var name = new Option<string>("--name") { Description = "Its name as people read it.", Required = true };
        var administrator = new Option<string>("--administrator") { Description = "Who will run it: gets an invitation by mail.", HelpName = "e-mail", Required = true };
        var languages = new Option<string[]>("--language") { Description = "A language it speaks; the first is the default. Several may be given.", DefaultValueFactory = _ => ["en"], AllowMultipleArgumentsPerToken = true };
        var zone = new Option<string>("--time-zone") { Description = "Its time zone.", DefaultValueFactory = _ => "UTC" };
        var hosts = new Option<string[]>("--host") { Description = "A host name of its front-ends. Several may be given.", AllowMultipleArgumentsPerToken = true };
        var shard = new Option<string>("--shard") { Description = "The database that will hold its rows.", DefaultValueFactory = _ => DatabaseSettings.DefaultShard };
        var parent = new Option<string?>("--parent") { Description = "The tenant it belongs to.", HelpName = "slug" };
        var id = new Option<Guid?>("--id") { Description = "Its id, so that a repeated call makes one tenant." };
        return new Verb("create", "Create a tenant.", "tenant create --slug demo --name Demo --administrator ada@example.org --language kk ru en --host demo.example.org")
            { slug, name, administrator, languages, zone, hosts, shard, parent, id }
            .Does(async call =>
            {
                var request = Call.Valid(new CreateTenant.Request
                {
                    Id = call.Value(id),
                    ParentId = call.Value(parent) is { } above ? (await call.TenantAsync(above)).Id : null,
                    Slug = call.Value(slug)!,
                    Name = call.Value(name)!,
                    Languages = call.Value(languages)!,
                    TimeZone = call.Value(zone)!,
                    Hosts = call.Value(hosts) ?? [],
                    Shard = call.Value(shard)!,
                    AdministratorEmail = call.Value(administrator)!,
                });
                var created = Call.Check(await call.Get<CreateTenant>().Run(request, call.Stop));
                call.Answer(created, screen => screen.Line($"Tenant {created.Slug} is there ({created.Id}); {request.AdministratorEmail} is invited by mail."));
            });
    }

    private static async Task ListAsync(Call call)
    {
        var tenants = await call.Get<Database>().AsPlatform().QueryAsync<Row>(
            """
            SELECT id, slug, name, status, shard, languages, created_at, ARRAY(SELECT host FROM tenant_hosts WHERE tenant_id = tenants.id ORDER BY host) AS hosts
            FROM tenants
            ORDER BY slug
            """,
            null,
            call.Stop);
        call.Answer(tenants, screen => screen.Table(
            tenants,
            ("slug", tenant => tenant.Slug),
            ("name", tenant => tenant.Name),
            ("status", tenant => tenant.Status),
            ("shard", tenant => tenant.Shard),
            ("languages", tenant => string.Join(" ", tenant.Languages)),
            ("hosts", tenant => string.Join(" ", tenant.Hosts)),
            ("id", tenant => tenant.Id.ToString())));
    }

    private static Verb Show()
    {
        var name = Name();
        return new Verb("show", "Show one tenant.", "tenant show demo") { name }.Does(async call =>
        {
            var tenant = await call.TenantAsync(call.Value(name));
            var hosts = await call.Get<TenantHosts>().ListAsync(tenant.Id, call.Stop);
            var people = await call.Get<Database>().AsPlatform(tenant.Shard).SingleAsync<People>(
                """
                SELECT count(*) AS total, count(*) FILTER (WHERE account_status = 'active') AS active, count(*) FILTER (WHERE email_verified_at IS NOT NULL) AS verified,
                       count(*) FILTER (WHERE EXISTS (
                           SELECT FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
                           WHERE user_roles.tenant_id = users.tenant_id AND user_roles.user_id = users.id AND user_roles.scope_type = 'tenant' AND roles.permissions ? '*')) AS administrators
                FROM users
                WHERE tenant_id = @Id AND deleted_at IS NULL
                """,
                new { tenant.Id },
                call.Stop);
            call.Answer(
                new { tenant.Id, tenant.ParentId, tenant.Slug, tenant.Name, tenant.Status, tenant.Shard, tenant.Languages, tenant.TimeZone, hosts, tenant.Branding, tenant.Settings, tenant.Version, people },
                screen => screen.Facts(
                    ("id", tenant.Id.ToString()),
                    ("slug", tenant.Slug),
                    ("name", tenant.Name),
                    ("status", tenant.Status),
                    ("shard", tenant.Shard),
                    ("languages", string.Join(" ", tenant.Languages)),
                    ("time zone", tenant.TimeZone),
                    ("hosts", string.Join(" ", hosts)),
                    ("people", string.Create(CultureInfo.InvariantCulture, $"{people.Total}, {people.Verified} with a proven address, {people.Active} active, {people.Administrators} administrators")),
                    ("settings", tenant.Settings.GetRawText()),
                    ("branding", tenant.Branding.GetRawText())));
        });
    }

    private static Verb Suspend()
    {
        var name = Name();
        return new Verb("suspend", "Refuse every request to a tenant, at once; nothing of it is lost.", "tenant suspend demo") { name }
            .Does(call => SetAsync(call, call.Value(name), tenant => call.Get<SuspendTenant>().Run(tenant.Id, call.Stop)));
    }

    private static Verb Resume()
    {
        var name = Name();
        return new Verb("resume", "Let a suspended tenant's people in again.", "tenant resume demo") { name }
            .Does(call => SetAsync(call, call.Value(name), tenant => call.Get<SuspendTenant>().ResumeAsync(tenant.Id, call.Stop)));
    }

    private static async Task SetAsync(Call call, string name, Func<Tenant, Task<Podium.Platform.Problems.Outcome<Tenant>>> set)
    {
        var tenant = Call.Check(await set(await call.TenantAsync(name)));
        call.Answer(new { tenant.Id, tenant.Slug, tenant.Status }, screen => screen.Line($"Tenant {tenant.Slug} is {tenant.Status}."));
    }

    private static Verb AddHost()
    {
        var (name, host) = (Name(), new Argument<string>("host") { Description = "A host name, without scheme or port." });
        return new Verb("add", "Let a tenant answer by a host name.", "tenant host add demo contest.example.org") { name, host }.Does(async call =>
        {
            var tenant = await call.TenantAsync(call.Value(name));
            Call.Check(await call.Get<TenantHosts>().AddAsync(tenant.Id, call.Value(host), call.Stop));
            await AnswerHostsAsync(call, tenant);
        });
    }

    private static Verb RemoveHost()
    {
        var (name, host) = (Name(), new Argument<string>("host") { Description = "A host name of the tenant." });
        return new Verb("remove", "Take a host name away from a tenant.", "tenant host remove demo contest.example.org") { name, host }.Does(async call =>
        {
            var tenant = await call.TenantAsync(call.Value(name));
            Call.Check(await call.Get<TenantHosts>().RemoveAsync(tenant.Id, call.Value(host), call.Stop));
            await AnswerHostsAsync(call, tenant);
        });
    }

    private static async Task AnswerHostsAsync(Call call, Tenant tenant)
    {
        var hosts = await call.Get<TenantHosts>().ListAsync(tenant.Id, call.Stop);
        call.Answer(new { tenant.Id, tenant.Slug, hosts }, screen => screen.Line(hosts.Count == 0 ? $"{tenant.Slug} answers by no host name." : $"{tenant.Slug} answers by {string.Join(", ", hosts)}."));
    }
}
