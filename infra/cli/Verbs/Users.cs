using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Messaging;
using Podium.Platform.Security;

namespace Podium.Cli.Verbs;

/// <summary>People's accounts, from outside of their tenant.</summary>
internal static class Users
{
    public static Verb Verb() => new("user", "Look at and change people's accounts in one tenant.", "user list --tenant demo", "user create --tenant demo --email ada@example.org --role ADMINISTRATOR --password-stdin < password.txt")
    {
        List(),
        Show(),
        Create(),
        Invite(),
        Change("suspend", "Keep a person out, at once and until they are let in again.", "is suspended", (accounts, caller, account, stop) => accounts.SuspendAsync(caller, account.Id, stop)),
        Change("resume", "Let a suspended person in again.", "is active", (accounts, caller, account, stop) => accounts.ResumeAsync(caller, account.Id, stop)),
        Change("verify-email", "Declare an address proven without a link.", "has a proven address", (accounts, caller, account, stop) => accounts.VerifyEmailAsync(caller, account.Id, stop)),
        ResetPassword(),
        Grant(),
        Revoke(),
    };

    private static Argument<string> Person() => new("user") { Description = "The person's e-mail address or id." };

    private static Option<bool> PasswordFromInput() => new("--password-stdin") { Description = "Take the password from standard input, one line." };

    private static Verb List()
    {
        var tenant = Common.Tenant();
        var role = new Option<string?>("--role") { Description = "Only who holds this role." };
        var limit = new Option<int>("--limit") { Description = "The most to list.", DefaultValueFactory = _ => 100 };
        var after = new Option<Guid?>("--after") { Description = "Go on after this id." };
        return new Verb("list", "List a tenant's people, the newest first.", "user list --tenant demo --role ADMINISTRATOR") { tenant, role, limit, after }.Does(async call =>
        {
            if (call.Value(limit) is < 1 or > 10_000) throw new CommandException("--limit must be from 1 to 10000.", ExitCode.Usage);
            var caller = await call.InTenantAsync(call.Value(tenant)!);
            var people = await call.Get<OperatorAccounts>().ListAsync(caller, call.Value(role), call.Value(after), call.Value(limit), call.Stop);
            call.Answer(people, screen => screen.Table(
                people,
                ("e-mail", person => person.Email),
                ("name", person => $"{person.FirstName} {person.LastName}"),
                ("status", person => person.Status),
                ("proven", person => person.EmailVerifiedAt is null ? "no" : "yes"),
                ("roles", person => string.Join(", ", person.Roles)),
                ("id", person => person.Id.ToString())));
        });
    }

    private static Verb Show()
    {
        var (tenant, person) = (Common.Tenant(), Person());
        return new Verb("show", "Show one account.", "user show ada@example.org --tenant demo") { person, tenant }.Does(async call =>
        {
            var (_, account) = await FindAsync(call, tenant, person);
            call.Answer(account, screen => screen.Facts(
                ("id", account.Id.ToString()),
                ("e-mail", account.Email),
                ("name", $"{account.FirstName} {account.LastName}"),
                ("language", account.Language),
                ("status", account.DeletedAt is null ? account.Status : $"deleted {account.DeletedAt:u}"),
                ("proven", account.EmailVerifiedAt is { } at ? at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture) : "no"),
                ("password", account.HasPassword ? "set" : "none"),
                ("second factor", account.SecondFactor ? "on" : "off"),
                ("sessions", account.Sessions.ToString(CultureInfo.InvariantCulture)),
                ("roles", string.Join(", ", account.Roles)),
                ("since", account.CreatedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture))));
        });
    }

    private static Verb Create()
    {
        var password = PasswordFromInput();
        var verb = Open("create", "Open an account with a password and a proven address.", "user create --tenant demo --email ada@example.org --role ADMINISTRATOR --password-stdin < password.txt", password);
        verb.Validators.Add(result =>
        {
            if (!result.GetValue(password)) result.AddError("Option '--password-stdin' is required: a password on the command line would be seen by others.");
        });
        return verb;
    }

    private static Verb Invite() =>
        Open("invite", "Open an account and mail an invitation; to who is invited already, mail it again.", "user invite --tenant demo --email ada@example.org --role JUDGE", null);

    private static Verb Open(string name, string description, string example, Option<bool>? password)
    {
        var tenant = Common.Tenant();
        var email = new Option<string>("--email") { Description = "The person's address.", Required = true };
        var firstName = new Option<string?>("--first-name") { Description = "The person's first name; from the address without it." };
        var lastName = new Option<string?>("--last-name") { Description = "The person's last name; the tenant's name without it." };
        var language = new Option<string?>("--language") { Description = "The person's language; the tenant's first without it." };
        var role = new Option<string>("--role") { Description = "A role to give.", DefaultValueFactory = _ => Permissions.Participant };
        var verb = new Verb(name, description, example) { tenant, email, firstName, lastName, language, role };
        if (password is not null) verb.Options.Add(password);
        return verb.Does(async call =>
        {
            var caller = await call.InTenantAsync(call.Value(tenant)!);
            var accounts = call.Get<OperatorAccounts>();
            var request = Call.Valid(new OperatorAccounts.Request
            {
                Email = call.Value(email)!,
                FirstName = call.Value(firstName) ?? call.Value(email)!.Split('@')[0],
                LastName = call.Value(lastName) ?? caller.Tenant.Name[..Math.Min(100, caller.Tenant.Name.Length)],
                Language = call.Value(language),
                Role = call.Value(role)!,
                Password = password is null ? null : call.ReadSecret("password"),
            });
            if (password is null && (await accounts.FindAsync(caller, request.Email, call.Stop)).Value is { HasPassword: false, DeletedAt: null } invited)
            {
                await accounts.InviteAgainAsync(caller, invited, call.Stop);
                call.Answer(new { invited.Id, request.Email, role = (string?)null, invited = true }, screen => screen.Line($"{request.Email} is invited again."));
                return;
            }
            var id = Call.Check(await accounts.CreateAsync(caller, request, call.Stop));
            call.Answer(new { id, request.Email, request.Role, invited = password is null }, screen =>
                screen.Line(password is null ? $"{request.Email} is invited as {request.Role} ({id})." : $"{request.Email} may sign in as {request.Role} ({id})."));
        });
    }

    private static Verb Change(string name, string description, string done, Func<OperatorAccounts, Caller, OperatorAccounts.View, CancellationToken, Task> change)
    {
        var (tenant, person) = (Common.Tenant(), Person());
        return new Verb(name, description, $"user {name} ada@example.org --tenant demo") { person, tenant }.Does(async call =>
        {
            var (caller, account) = await FindAsync(call, tenant, person);
            await change(call.Get<OperatorAccounts>(), caller, account, call.Stop);
            await AnswerAsync(call, caller, account.Id, $"{account.Email} {done}.");
        });
    }

    private static Verb ResetPassword()
    {
        var (tenant, person, password) = (Common.Tenant(), Person(), PasswordFromInput());
        return new Verb("reset-password", "Mail a link that sets a new password, or set one here and end every session.", "user reset-password ada@example.org --tenant demo") { person, tenant, password }.Does(async call =>
        {
            var (caller, account) = await FindAsync(call, tenant, person);
            var accounts = call.Get<OperatorAccounts>();
            if (!call.Value(password))
            {
                await accounts.MailResetAsync(caller, account, call.Stop);
                await AnswerAsync(call, caller, account.Id, $"A link is on its way to {account.Email}.");
                return;
            }
            Call.Check(await accounts.SetPasswordAsync(caller, account, call.ReadSecret("password"), call.Stop));
            await AnswerAsync(call, caller, account.Id, $"{account.Email} has a new password and is signed out everywhere.");
        });
    }

    private static Verb Grant()
    {
        var until = new Option<DateTimeOffset?>("--until") { Description = "When it ends, with its offset (2026-12-31T18:00:00Z)." };
        return ForRole("grant", "Give a role, in the whole tenant or in one place of it.", "user grant ada@example.org --tenant demo --role JUDGE --competition 0198…", "holds", until, async (call, caller, account, role, scope) =>
            Call.Check(await call.Get<OperatorAccounts>().GrantAsync(caller, account.Id, role, scope, call.Value(until)?.ToUniversalTime(), call.Stop)));
    }

    private static Verb Revoke() =>
        ForRole("revoke", "Take a role away.", "user revoke ada@example.org --tenant demo --role JUDGE", "no longer holds", null, async (call, caller, account, role, scope) =>
            Call.Check(await call.Get<OperatorAccounts>().RevokeAsync(caller, account.Id, role, scope, call.Stop)));

    private static Verb ForRole(
        string name, string description, string example, string done, Option? more, Func<Call, Caller, OperatorAccounts.View, string, Scope, Task> change)
    {
        var (tenant, person) = (Common.Tenant(), Person());
        var role = new Option<string>("--role") { Description = "The role's name.", Required = true };
        var institution = new Option<Guid?>("--institution") { Description = "Only in this institution.", HelpName = "id" };
        var competition = new Option<Guid?>("--competition") { Description = "Only in this competition.", HelpName = "id" };
        var verb = new Verb(name, description, example) { person, tenant, role, institution, competition };
        if (more is not null) verb.Options.Add(more);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(institution) is not null && result.GetValue(competition) is not null) result.AddError("Give --institution or --competition, not both.");
        });
        return verb.Does(async call =>
        {
            var (caller, account) = await FindAsync(call, tenant, person);
            var scope = call.Value(institution) is { } place ? Scope.Institution(place) : call.Value(competition) is { } contest ? Scope.Competition(contest) : Scope.Tenant;
            await change(call, caller, account, call.Value(role)!, scope);
            await AnswerAsync(call, caller, account.Id, $"{account.Email} {done} {call.Value(role)}.");
        });
    }

    private static async Task<(Caller Caller, OperatorAccounts.View Account)> FindAsync(Call call, Option<string> tenant, Argument<string> person)
    {
        var caller = await call.InTenantAsync(call.Value(tenant)!);
        var found = await call.Get<OperatorAccounts>().FindAsync(caller, call.Value(person), call.Stop);
        return (caller, found.Value ?? throw new CommandException($"Nobody in {caller.Tenant.Slug} has the address or id '{call.Value(person)}'."));
    }

    private static async Task AnswerAsync(Call call, Caller caller, Guid id, string sentence)
    {
        var account = Call.Check(await call.Get<OperatorAccounts>().FindAsync(caller, id.ToString(), call.Stop));
        call.Answer(account, screen => screen.Line(sentence));
    }
}
