using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Certificates;

/// <summary>Whether a certificate counts, for anybody who has its number or the signed document. A revoked one tells that it is revoked, and nothing of what it said.</summary>
public sealed class VerifyCertificate(Database database, StatementKeys keys)
{
    private static readonly HashSet<string> Algorithms = ["ES256"];

    public sealed record Request
    {
        /// <summary>As it is printed, whatever the case and the dashes.</summary>
        [StringLength(40, MinimumLength = 1), Example("K7TQ-9MZX-2HFD")]
        public string? Number { get; init; }

        /// <summary>The signed document.</summary>
        [StringLength(16384, MinimumLength = 1)]
        public string? Document { get; init; }
    }

    public enum Status
    {
        /// <summary>It is ours and counts.</summary>
        Valid,

        /// <summary>It was ours and counts no more.</summary>
        Revoked,

        /// <summary>We have issued no such certificate, or the document has been changed.</summary>
        Unknown,
    }

    public sealed record Verdict
    {
        public required Status Status { get; init; }

        /// <summary>Why it is unknown, or why it was revoked: superseded, withheld, withdrawn, annulled.</summary>
        public string? Reason { get; init; }

        public string? Number { get; init; }

        public DateTimeOffset? IssuedAt { get; init; }

        public DateTimeOffset? RevokedAt { get; init; }

        /// <summary>What a valid one says, to be held against the paper. Null where its holder has been forgotten and only the number was given.</summary>
        public CertificateStatement? Statement { get; init; }

        /// <summary>The signed document, to be verified without us.</summary>
        public string? Document { get; init; }
    }

    public async Task<Outcome<Verdict>> RunAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        if (request.Number is null == request.Document is null) return Problem.Invalid("/number", "one", "Send the number or the document, one of them.");
        CertificateStatement? told = null;
        if (request.Document is { } document)
        {
            var known = await keys.VerifyingAsync(caller, cancellationToken);
            var result = Jws.Verify(document.Trim(), (id, _) => id is null ? null : known.GetValueOrDefault(id), Algorithms);
            if (result.Claims is not { } claims) return Unknown(result.Reason!);
            if ((string?)result.Header!["typ"] != IssueCertificates.Type) return Unknown("This is signed by us and is no certificate.");
            told = claims.Deserialize<CertificateStatement>(Json.Options)!;
        }
        var number = request.Number is { } given ? Secrets.NormaliseRecoveryCode(given).ToUpperInvariant() : null;
        var row = await database.As(caller).FirstAsync<ReadCertificates.Row>($"SELECT {ReadCertificates.Columns} FROM find_certificate(@number, @id)", new { number, id = told?.Id }, cancellationToken);
        if (row is null) return Unknown("We have issued no such certificate.");
        var valid = row.RevokedAt is null;
        return new Verdict
        {
            Status = valid ? Status.Valid : Status.Revoked,
            Reason = row.RevokedReason,
            Number = row.Number,
            IssuedAt = row.IssuedAt,
            RevokedAt = row.RevokedAt,
            Statement = valid ? told ?? row.Statement() : null,
            Document = valid ? request.Document ?? row.Signed() : null,
        };
    }

    private static Verdict Unknown(string reason) => new() { Status = Status.Unknown, Reason = reason };
}
