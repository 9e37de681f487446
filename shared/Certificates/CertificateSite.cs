namespace Podium.Certificates;

/// <summary>The addresses at which a tenant's certificates can be verified.</summary>
public sealed record CertificateSite(string Address, string Slug)
{
    public string Issuer => $"{Address}/api/certificates/issuer";

    /// <summary>Where anybody verifies. The number stands behind the #, which no browser sends, no proxy sees and no log keeps.</summary>
    public string PageOf(string number) => $"{Address}/api/certificates/verification#{Slug}/{number}";

    public string Page => $"{Address}/api/certificates/verification";

    public string Key(string id) => $"{Address}/api/certificates/keys/{id}";

    public string StatusList(long list) => $"{Address}/api/certificates/status-lists/{list}";
}
