using Microsoft.Extensions.DependencyInjection;
using Podium.Identity.Issuers;

namespace Podium.Identity;

/// <summary>Accounts, sign-in, sessions.</summary>
public static class IdentityServices
{
    public static IServiceCollection AddIdentity(this IServiceCollection services) => services
        .AddSingleton<EmailLinks>()
        .AddSingleton<SignInThrottle>()
        .AddSingleton<Sessions>()
        .AddSingleton<ConfirmPassword>()
        .AddSingleton<RegisterPerson>()
        .AddSingleton<VerifyEmail>()
        .AddSingleton<SendLink>()
        .AddSingleton<SignIn>()
        .AddSingleton<SecondFactor>()
        .AddSingleton<RefreshSession>()
        .AddSingleton<OwnSessions>()
        .AddSingleton<ChangePassword>()
        .AddSingleton<OwnProfile>()
        .AddSingleton<SweepIdentity>()
        .AddSingleton<IssuerDirectory>()
        .AddSingleton<RedirectUris>()
        .AddSingleton<AwaySignIns>()
        .AddSingleton<RedeemCode>()
        .AddSingleton<AccountOfIdentity>()
        .AddSingleton<SecondFactorStep>()
        .AddSingleton<BeginIssuerSignIn>()
        .AddSingleton<CompleteIssuerSignIn>()
        .AddSingleton<OwnIdentities>()
        .AddSingleton<TenantIssuers>()
        .AddSingleton<TestIssuer>()
        .AddSingleton<SignInMethods>()
        .AddSingleton<Rank>()
        .AddSingleton<Users>()
        .AddSingleton<InvitePerson>()
        .AddSingleton<ChangePerson>()
        .AddSingleton<RemovePerson>()
        .AddSingleton<AssistPerson>()
        .AddSingleton<Roles>()
        .AddSingleton<GrantRole>()
        .AddSingleton<Institutions>()
        .AddSingleton<EditInstitution>()
        .AddSingleton<EditProgram>()
        .AddSingleton<OperatorAccounts>()
        .AddSingleton<AnonymisePerson>();
}
