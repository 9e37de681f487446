using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>What can go wrong with accounts.</summary>
public static class IdentityProblems
{
    public static readonly ProblemKind CredentialsRefused = new(401, "credentials-refused", "The e-mail address or the password is wrong.");
    public static readonly ProblemKind SecondFactorRequired = new(401, "second-factor-required", "A code from the authenticator is needed too.");
    public static readonly ProblemKind SecondFactorRefused = new(401, "second-factor-refused", "The code is wrong or was used before.");
    public static readonly ProblemKind EmailUnverified = new(403, "email-unverified", "The e-mail address is not verified yet.");
    public static readonly ProblemKind AccountSuspended = new(403, "account-suspended", "The account is suspended.");
    public static readonly ProblemKind TooManyAttempts = new(429, "too-many-attempts", "Too many failed attempts.");
    public static readonly ProblemKind RefreshRefused = new(401, "refresh-refused", "The refresh token is not accepted.");
    public static readonly ProblemKind LinkRefused = new(410, "link-refused", "This link has expired or was used before.");
    public static readonly ProblemKind EmailTaken = new(409, "email-taken", "This e-mail address belongs to an account.");
    public static readonly ProblemKind UsernameTaken = new(409, "username-taken", "This username is taken.");
    public static readonly ProblemKind TotpConfirmed = new(409, "totp-confirmed", "An authenticator is set up already.");
    public static readonly ProblemKind TotpMissing = new(409, "totp-missing", "No authenticator is being set up.");
    public static readonly ProblemKind IdTaken = new(409, "id-taken", "Something else has this id.");
    public static readonly ProblemKind InstitutionExists = new(409, "institution-exists", "There is an institution of this name.");
    public static readonly ProblemKind ProgramExists = new(409, "program-exists", "The institution has a program of this name.");
    public static readonly ProblemKind RoleExists = new(409, "role-exists", "There is a role of this name.");
    public static readonly ProblemKind RoleInUse = new(409, "role-in-use", "Somebody holds this role.");
    public static readonly ProblemKind RoleBuiltIn = new(409, "role-built-in", "A built-in role stays as it is.");
    public static readonly ProblemKind RoleHeldAlready = new(409, "role-held-already", "The person holds this role there already.");
    public static readonly ProblemKind RoleBeyondOwn = new(403, "role-beyond-own", "A role that allows more than you may is not yours to give.");
    public static readonly ProblemKind LastAdministrator = new(409, "last-administrator", "Somebody must be left who runs the tenant.");
    public static readonly ProblemKind IssuerExists = new(409, "issuer-exists", "This issuer is set up already.");
    public static readonly ProblemKind IssuerUnavailable = new(502, "issuer-unavailable", "The issuer does not answer as it should.");
    public static readonly ProblemKind IssuerRefused = new(401, "issuer-refused", "The issuer's sign-in is not accepted.");
    public static readonly ProblemKind SignInExpired = new(410, "sign-in-expired", "This sign-in has expired or was completed before. Begin again.");
    public static readonly ProblemKind NoAccount = new(403, "no-account", "This identity has no account here, and does not get one by signing in.");
    public static readonly ProblemKind IdentityTaken = new(409, "identity-taken", "This identity belongs to another account.");
    public static readonly ProblemKind IdentityLinked = new(409, "identity-linked", "The account has an identity of this issuer already.");
    public static readonly ProblemKind LastSignInMethod = new(409, "last-sign-in-method", "Nothing else would be left to sign in with. Set a password first.");
}
