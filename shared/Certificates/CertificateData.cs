using Podium.Privacy;

namespace Podium.Certificates;

/// <summary>What is kept of a person's certificates.</summary>
public static class CertificateData
{
    public static readonly OwnData Held = new()
    {
        Name = "certificates",
        Description = "Certificates of the person's places and awards, with what each says. Who is forgotten keeps what they hold; our copy goes.",
        Columns = ["certificates.person_id"],
        Sql =
            """
            SELECT number, title, issued_at, revoked_at, revoked_reason, document
            FROM certificates WHERE tenant_id = @TenantId AND person_id = @person ORDER BY id
            """,
    };
}
