namespace Podium.Platform.Problems;

/// <summary>The kinds of failure that any function may answer with.</summary>
public static class CommonProblems
{
    public static readonly ProblemKind Malformed = new(400, "malformed", "The request is malformed.");
    public static readonly ProblemKind UnknownTenant = new(404, "unknown-tenant", "No tenant answers by this name.");
    public static readonly ProblemKind TenantSuspended = new(403, "tenant-suspended", "This tenant is suspended.");
    public static readonly ProblemKind OtherTenant = new(403, "other-tenant", "The token belongs to another tenant.");
    public static readonly ProblemKind SignInRequired = new(401, "sign-in-required", "This needs a signed-in person.");
    public static readonly ProblemKind TokenRefused = new(401, "token-refused", "The access token is not accepted.");
    public static readonly ProblemKind Forbidden = new(403, "forbidden", "You may not do this.");
    public static readonly ProblemKind NotFound = new(404, "not-found", "There is no such thing.");
    public static readonly ProblemKind Conflict = new(409, "conflict", "This contradicts what is already there.");
    public static readonly ProblemKind Stale = new(409, "stale", "It has been changed since you read it.");
    public static readonly ProblemKind PreconditionRequired = new(428, "precondition-required", "Say which version you change: send If-Match.");
    public static readonly ProblemKind IdempotencyBusy = new(409, "idempotency-busy", "The first request with this Idempotency-Key is still under way.");
    public static readonly ProblemKind IdempotencyReused = new(422, "idempotency-reused", "This Idempotency-Key came with another request before.");
    public static readonly ProblemKind TooLarge = new(413, "too-large", "The request is too large.");
    public static readonly ProblemKind UnsupportedMediaType = new(415, "unsupported-media-type", "The body must be JSON.");
    public static readonly ProblemKind Invalid = new(422, "invalid", "Some of what was sent breaks a rule.");
    public static readonly ProblemKind RateLimited = new(429, "rate-limited", "Too many requests.");
    public static readonly ProblemKind Unexpected = new(500, "unexpected", "Something went wrong on our side.");
    public static readonly ProblemKind Unavailable = new(503, "unavailable", "The service is not available at the moment.");
}
