using Azure.Core;

namespace Podium.Platform.Databases;

/// <summary>Logs in to PostgreSQL as an identity of Entra, in Azure: a token of the identity is the password, a new one when the last is about to expire.</summary>
public sealed class EntraLogin(TokenCredential credential)
{
    private static readonly TokenRequestContext Request = new(["https://ossrdbms-aad.database.windows.net/.default"]);

    public string Password() => credential.GetToken(Request, CancellationToken.None).Token;

    // the credential remembers a token for as long as it is good
    public async ValueTask<string> PasswordAsync(CancellationToken cancellationToken) => (await credential.GetTokenAsync(Request, cancellationToken)).Token;
}
