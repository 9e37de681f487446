using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Submissions;

/// <summary>
/// Signed statements of what came when: JSON signed with ES256 (a compact JWS of the type receipt+jwt). The keys are the tenant's own and are kept for ever,
/// so that a receipt can be checked years later, with this app or without it.
/// </summary>
public sealed class Receipts(Database database, StatementKeys keys)
{
    private const string Type = "receipt+jwt";
    private static readonly HashSet<string> Algorithms = ["ES256"];

    /// <summary>What a receipt says.</summary>
    public sealed record Statement
    {
        public required string Tenant { get; init; }

        public required Guid SubmissionId { get; init; }

        public required Guid CompetitionId { get; init; }

        public Guid? RoundId { get; init; }

        public required Guid RegistrationId { get; init; }

        /// <summary>The version.</summary>
        public required int Number { get; init; }

        public required DateTimeOffset SubmittedAt { get; init; }

        /// <summary>When the last of it had come.</summary>
        public required DateTimeOffset ArrivedAt { get; init; }

        public required DateTimeOffset DueAt { get; init; }

        public required bool Late { get; init; }

        public required decimal Penalty { get; init; }

        public required IReadOnlyList<StatedFile> Files { get; init; }

        public required DateTimeOffset IssuedAt { get; init; }
    }

    public sealed record StatedFile(Guid FileId, string Sha256, long Bytes, DateTimeOffset ReceivedAt);

    public sealed record Receipt(string Text);

    public sealed record Request
    {
        /// <summary>The receipt's text.</summary>
        [StringLength(16384, MinimumLength = 1), Example("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")]
        public required string Receipt { get; init; }
    }

    public sealed record Verification
    {
        public required bool Valid { get; init; }

        /// <summary>Why it is not.</summary>
        public string? Reason { get; init; }

        public Statement? Statement { get; init; }
    }

    internal async Task<string> SignAsync(Session session, Tenant tenant, Statement statement, CancellationToken cancellationToken)
    {
        using var signing = await keys.SigningAsync(session, tenant.Id, cancellationToken);
        return signing.Sign(JsonSerializer.SerializeToNode(statement, Json.Options)!.AsObject(), Type);
    }

    /// <summary>Whether we have signed this; what it says where we have.</summary>
    public async Task<Verification> VerifyAsync(Actor actor, Request request, CancellationToken cancellationToken)
    {
        var known = await keys.VerifyingAsync(actor, cancellationToken);
        var result = Jws.Verify(request.Receipt, (id, _) => id is null ? null : known.GetValueOrDefault(id), Algorithms);
        if (result.Claims is not { } claims) return new Verification { Valid = false, Reason = result.Reason };
        if ((string?)result.Header!["typ"] != Type) return new Verification { Valid = false, Reason = "This is signed by us and is no receipt." };
        return new Verification { Valid = true, Statement = claims.Deserialize<Statement>(Json.Options) };
    }

    /// <summary>The receipt of a submission, for its team and the organisers.</summary>
    public Task<Outcome<Receipt>> ReadAsync(Caller caller, Guid submissionId, CancellationToken cancellationToken) => database.InTransaction<Receipt>(
        caller,
        async session =>
        {
            if ((await ReadSubmissions.FindAsync(session, caller, submissionId, cancellationToken)).Problem is { } problem) return problem;
            var text = await session.FirstAsync<string?>("SELECT receipt FROM submissions WHERE tenant_id = @TenantId AND id = @submissionId", new { caller.TenantId, submissionId }, cancellationToken);
            return text is null ? SubmissionProblems.NoReceipt : new Receipt(text);
        },
        cancellationToken);
}
