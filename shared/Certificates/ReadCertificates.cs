using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Podium.Exams;
using Podium.Notifications;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Certificates;

/// <summary>What a copy of a certificate is.</summary>
public enum CertificateForm
{
    /// <summary>What it says, with the signed document.</summary>
    Json,

    /// <summary>A sheet to print.</summary>
    Pdf,

    /// <summary>An Open Badges 3.0 credential.</summary>
    Badge,

    /// <summary>The signed document alone.</summary>
    Document,
}

/// <summary>Copies of certificates for those whom they concern: their holder, the centre, the office, the organisers. A sheet is drawn when it is asked for.</summary>
public sealed class ReadCertificates(Database database, StatementKeys keys, TenantSite sites)
{
    public sealed record Query
    {
        public CertificateForm Form { get; init; }

        /// <summary>Of the sheet: en, fr, ru or kk; else the caller's.</summary>
        [System.ComponentModel.DataAnnotations.RegularExpression("en|fr|ru|kk", ErrorMessage = "en, fr, ru or kk."), System.ComponentModel.DataAnnotations.StringLength(2), Example("fr")]
        public string? Language { get; init; }
    }

    /// <summary>A certificate in a list.</summary>
    public sealed record Line
    {
        public required Guid Id { get; init; }

        public required string Number { get; init; }

        public required CertificateKind Kind { get; init; }

        public required string Title { get; init; }

        /// <summary>Null where the holder has been forgotten.</summary>
        public string? Holder { get; init; }

        public required DateTimeOffset IssuedAt { get; init; }

        public DateTimeOffset? RevokedAt { get; init; }

        /// <summary>superseded (another says what is true now), withheld (while something is looked into), withdrawn (by hand), annulled (there is no such result any more).</summary>
        public string? RevokedReason { get; init; }
    }

    public sealed record View
    {
        public required Line Certificate { get; init; }

        public CertificateStatement? Statement { get; init; }

        /// <summary>The signed document: a compact JWS whose payload is the statement as canonical JSON.</summary>
        public string? Document { get; init; }

        /// <summary>Where anybody can verify it.</summary>
        public required string VerifyAt { get; init; }
    }

    internal sealed record Row(
        Guid Id, string Number, string Kind, string Title, string? Document, Guid KeyId, byte[] Signature, long StatusIndex, Guid SourceId, Guid HolderId, DateTimeOffset IssuedAt, DateTimeOffset? ErasedAt,
        DateTimeOffset? RevokedAt, string? RevokedReason)
    {
        public Line ToLine() => new()
        {
            Id = Id,
            Number = Number,
            Kind = Enum.Parse<CertificateKind>(Kind, ignoreCase: true),
            Title = Title,
            Holder = Statement()?.Holder,
            IssuedAt = IssuedAt,
            RevokedAt = RevokedAt,
            RevokedReason = RevokedReason,
        };

        public CertificateStatement? Statement() => Document is null ? null : JsonSerializer.Deserialize<CertificateStatement>(Document, Json.Options);

        public string? Signed() => Document is null ? null : SigningKey.Join(KeyId.ToString("N"), IssueCertificates.Type, Encoding.UTF8.GetBytes(Document), Signature);
    }

    internal const string Columns = "id, number, kind, title, document, key_id, signature, status_index, source_id, holder_id, issued_at, erased_at, revoked_at, revoked_reason";

    /// <summary>A person's own, from competitions.</summary>
    public async Task<Page<Line>> ListOwnAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        Lines(await database.As(caller).QueryAsync<Row>(
            $"SELECT {Columns} FROM certificates WHERE tenant_id = @TenantId AND person_id = @Person AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { caller.TenantId, caller.Person, page.After, limit = page.Fetch() },
            cancellationToken)),
        line => line.Id);

    /// <summary>What was issued of a session or competition, as far as the transaction may see it.</summary>
    internal static async Task<Page<Line>> ListAsync(Session session, Actor actor, Guid sourceId, PageQuery page, CancellationToken cancellationToken) => page.Of(
        Lines(await session.QueryAsync<Row>(
            $"SELECT {Columns} FROM certificates WHERE tenant_id = @TenantId AND source_id = @sourceId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { actor.TenantId, sourceId, page.After, limit = page.Fetch() },
            cancellationToken)),
        line => line.Id);

    /// <summary>For whom it concerns; others do not learn that it is there.</summary>
    public async Task<Outcome<IResult>> GetAsync(Caller caller, Guid id, Query query, string host, CancellationToken cancellationToken)
    {
        var row = await database.InTransaction(caller, session => SeenAsync(session, caller, id, "certificate", cancellationToken), cancellationToken);
        return row is null ? Problem.NotFound("certificate") : await CopyAsync(caller, row, query, host, cancellationToken);
    }

    /// <summary>After somebody has proved that it is theirs.</summary>
    public async Task<Outcome<IResult>> CopyAsync(Caller caller, Guid id, Query query, string host, CancellationToken cancellationToken)
    {
        var row = await database.As(caller).FirstAsync<Row>($"SELECT {Columns} FROM find_certificate(NULL, @id)", new { id }, cancellationToken);
        return row is null ? CertificateProblems.None : await CopyAsync(caller, row, query, host, cancellationToken);
    }

    /// <summary>Those that a caller may handle; rows of other centres are not there.</summary>
    internal static async Task<Row?> SeenAsync(Session session, Caller caller, Guid id, string what, CancellationToken cancellationToken)
    {
        if (caller.AllowsSomewhere(Permissions.ExamCentre)) await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, what, cancellationToken);
        var row = await session.FirstAsync<(Guid? PersonId, Guid SourceId, string Kind)?>("SELECT person_id, source_id, kind FROM certificates WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        if (row is not { } found) return null;
        var mine = found.PersonId is { } person && person == caller.UserId;
        if (!mine && found.Kind == "competition" && !caller.Allows(Permissions.CompetitionManage, Scope.Competition(found.SourceId))) return null;
        return await session.FirstAsync<Row>($"SELECT {Columns} FROM certificates WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
    }

    public async Task<CertificateSite> SiteAsync(Tenant tenant, string host, CancellationToken cancellationToken) => new(await sites.OfAsync(tenant, cancellationToken) ?? host, tenant.Slug);

    private static List<Line> Lines(IReadOnlyList<Row> rows) => [.. rows.Select(row => row.ToLine())];

    private async Task<Outcome<IResult>> CopyAsync(Caller caller, Row row, Query query, string host, CancellationToken cancellationToken)
    {
        var site = await SiteAsync(caller.Tenant, host, cancellationToken);
        var valid = row.RevokedAt is null;
        if (query.Form == CertificateForm.Json)
            return (JsonAnswer)Answer.Secret(new View { Certificate = row.ToLine(), Statement = valid ? row.Statement() : null, Document = valid ? row.Signed() : null, VerifyAt = site.PageOf(row.Number) });
        if (!valid) return CertificateProblems.Revoked;
        if (row.Statement() is not { } statement) return CertificateProblems.Erased;
        switch (query.Form)
        {
            case CertificateForm.Pdf:
                var sheet = CertificateSheet.Draw(statement, row.Signed()!, site, query.Language ?? caller.Language);
                return new FileAnswer("application/pdf", sheet, $"certificate-{row.Number}.pdf");
            case CertificateForm.Badge when statement.Kind == CertificateKind.ExamTranscript:
                return CertificateProblems.NoBadge;
            case CertificateForm.Badge:
                using (var key = await database.InTransaction(caller, session => keys.SigningAsync(session, caller.TenantId, cancellationToken), cancellationToken))
                {
                    var badge = key.Sign(OpenBadge.Credential(statement, row.SourceId, row.HolderId, site), "JWT", site.Key(key.Id));
                    return new FileAnswer("application/vc+jwt", Encoding.ASCII.GetBytes(badge), $"badge-{row.Number}.jwt");
                }
            default:
                return new FileAnswer("application/jose", Encoding.ASCII.GetBytes(row.Signed()!), $"certificate-{row.Number}.jws");
        }
    }
}
