using Microsoft.Extensions.DependencyInjection;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Security;
using Podium.Tenancy;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

/// <summary>Who tries to sign in learns nothing by how long it takes: the same work is done whoever is asked for. Counted, not timed.</summary>
public sealed class SignInCostTests(SharedApp shared)
{
    [Fact]
    public async Task An_unknown_account_one_without_a_password_and_a_wrong_password_cost_one_derivation_of_the_same_work()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        var suspended = await tenant.PersonAsync();
        await app.QueryAsync<int>($"UPDATE users SET account_status = 'suspended' WHERE id = '{suspended.Id}' RETURNING 1");
        var directory = app.Services.GetRequiredService<TenantDirectory>();
        var of = (await directory.BySlugAsync(tenant.Slug, default))!;
        var caller = new Caller { TenantId = of.Id, Shard = of.Shard, Tenant = of, Language = "en" };

        // the administrator was invited and has set none yet
        foreach (var email in new[] { person.Email, suspended.Email, tenant.AdministratorEmail, "nobody@example.org", "no address" })
        {
            var work = Passwords.Work.Value = [];
            var refused = await app.Services.GetRequiredService<SignIn>().Run(caller, new SignIn.Request { Email = email, Password = "another horse battery" }, default);
            Passwords.Work.Value = null;

            Assert.Equal("credentials-refused", refused.Problem!.Kind.Code);
            Assert.True(work.SequenceEqual([Passwords.Iterations]), $"{email}: {string.Join(", ", work)}");
        }
    }
}
