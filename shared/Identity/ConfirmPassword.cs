using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>Asks a signed-in person for the password again before something that a stolen session must not do.</summary>
public sealed class ConfirmPassword(Database database, SignInThrottle throttle)
{
    /// <summary>The problem, or null where the password is right.</summary>
    public async Task<Problem?> Run(Caller caller, string password, CancellationToken cancellationToken)
    {
        var account = $"confirm:{caller.Person}";
        if (await throttle.CheckAsync(caller, account, cancellationToken) is { } blocked) return blocked;
        var hash = await database.As(caller).FirstAsync<string>(
            "SELECT password_hash FROM user_credentials WHERE tenant_id = @TenantId AND user_id = @Person", new { caller.TenantId, caller.Person }, cancellationToken);
        if (hash is not null && Passwords.Verify(password, hash) != PasswordCheck.Wrong) return null;
        await throttle.FailedAsync(caller, account);
        return Problem.Invalid("/password", "wrong", "The password is wrong.");
    }
}
