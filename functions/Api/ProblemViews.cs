using Podium.Platform.Problems;

namespace Podium.Functions.Api;

/// <summary>Kinds of problems as readers see them.</summary>
public static class ProblemViews
{
    /// <summary>Every kind of problem, by code.</summary>
    public sealed record All(IReadOnlyList<One> Items);

    /// <summary>One kind of problem.</summary>
    /// <param name="Type">What a problem's `type` says.</param>
    /// <param name="Meaning">What a client does about it.</param>
    /// <param name="Operations">The operations that may answer with it.</param>
    public sealed record One(string Code, string Type, int Status, string Title, string Meaning, IReadOnlyList<string> Operations);

    public static All Of(ProblemCatalogue problems) => new([.. problems.Kinds.Select(kind => Of(problems, kind))]);

    public static One Of(ProblemCatalogue problems, ProblemKind kind) => new(kind.Code, kind.Type, kind.Status, kind.Title, Meaning(kind), problems.FunctionsWith(kind));

    private static string Meaning(ProblemKind kind) => kind switch
    {
        _ when kind == CommonProblems.Stale => "Somebody has changed it since. Read it again, merge, and send the new ETag as If-Match.",
        _ when kind == CommonProblems.IdempotencyBusy => "Send the same request again after Retry-After; it will be answered like the first.",
        _ when kind == CommonProblems.IdempotencyReused => "A key stands for one request: choose a new key for another request.",
        _ when kind == CommonProblems.SignInRequired => "Sign in and send the access token as 'Authorization: Bearer …'.",
        _ when kind == CommonProblems.TokenRefused => "Get a new access token with the refresh token; where that is refused too, sign in again.",
        _ when kind == CommonProblems.UnknownTenant => "Check the host name, or send the tenant's slug or id as X-Tenant.",
        _ => kind.Status switch
        {
            400 => "The request cannot be read at all. Sending it again will not help; the client has a fault.",
            401 => "It is not known who asks, or the proof of it is refused.",
            403 => "It is known who asks, and they may not. Sending it again will not help unless something changes on our side.",
            404 => "There is no such thing, or the caller may not know of it.",
            409 => "It contradicts what is there now. Read the state again and decide anew.",
            410 => "It was there and is gone for good. A new one has to be asked for.",
            413 or 415 => "The body is not of a size or kind that is taken.",
            422 => "It can be read but breaks a rule; where `errors` is there, it names each fault and its place. Correct it and send it again.",
            423 => "It is frozen for now.",
            428 => "Read it first, and send its ETag as If-Match.",
            429 => "Wait as long as Retry-After says, then send it again.",
            502 => "Another service that this one relies on does not answer. Try again later.",
            503 => "Try again after Retry-After; nothing was changed.",
            >= 500 => "The fault is ours. Send it again with the same Idempotency-Key, and tell us the correlation id if it goes on.",
            _ => "The rule in the title is broken.",
        },
    };
}
