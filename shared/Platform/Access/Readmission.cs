namespace Podium.Platform.Access;

/// <summary>
/// Asks again whether a caller may still come in, for answers that last: throws what admission would, once the token has expired, the session has ended,
/// the person is suspended or a permission is gone. A feature of the request.
/// </summary>
public sealed record Readmission(Func<Task> EnsureAsync);
