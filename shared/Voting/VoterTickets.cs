using System.Buffers.Text;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Voting.Fraud;

namespace Podium.Voting;

/// <summary>
/// Tickets by which people without an account vote: a device gets one for the asking, an e-mail address for a code that was mailed to it.
/// A ticket names a voter of one voting and is signed; nothing is kept of a device's.
/// </summary>
public sealed class VoterTickets(Database database, VotingSessions sessions, FieldCipher cipher, Outbox outbox, Sweep sweep, FraudRulesBook book, TimeProvider clock)
{
    private const int MacBytes = 16;
    private const int MostTries = 5;
    private static readonly TimeSpan CodeLife = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    public sealed record Ticket(string Value);

    public sealed record EmailRequest
    {
        [Email, StringLength(254, MinimumLength = 3)]
        public required string Email { get; init; }
    }

    public sealed record CodeRequest
    {
        [Email, StringLength(254, MinimumLength = 3)]
        public required string Email { get; init; }

        [RegularExpression("[0-9]{8}", ErrorMessage = "Eight digits."), StringLength(8), Example("12345678")]
        public required string Code { get; init; }
    }

    /// <summary>A ticket for a device.</summary>
    public async Task<Outcome<Ticket>> OfDeviceAsync(Caller caller, Guid sessionId, CancellationToken cancellationToken)
    {
        if (await OpenAsync(caller, sessionId, VotersKind.Anyone, cancellationToken) is { } problem) return problem;
        return Write(caller, sessionId, VotersKind.Anyone, Guid.NewGuid());
    }

    /// <summary>Mails a code to an address; not more than one a minute, and without telling whether one went.</summary>
    public async Task<Problem?> SendCodeAsync(Caller caller, Guid sessionId, EmailRequest request, CancellationToken cancellationToken)
    {
        if (await OpenAsync(caller, sessionId, VotersKind.Email, cancellationToken) is { } problem) return problem;
        var (_, rules) = await book.KnownAsync(caller, sessionId, cancellationToken);
        var now = clock.GetUtcNow();
        var code = Secrets.NewCode(8);
        var voter = VoterOf(caller, sessionId, request.Email);
        await database.InTransaction(
            caller,
            async session =>
            {
                var sent = await session.ExecuteAsync(
                    """
                    INSERT INTO voter_emails AS known (tenant_id, voting_session_id, voter_id, code_hash, tries, sent_at, expires_at, disposable)
                    VALUES (@TenantId, @sessionId, @voter, @hash, 0, @now, @expires, @disposable)
                    ON CONFLICT (tenant_id, voting_session_id, voter_id)
                        DO UPDATE SET code_hash = excluded.code_hash, tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at
                        WHERE known.sent_at <= @before
                    """,
                    new { caller.TenantId, sessionId, voter, hash = HashOf(caller, voter, code), now, expires = now + CodeLife, before = now - Pause, disposable = DisposableMail.Is(request.Email.Trim(), rules.DisposableDomains) },
                    cancellationToken);
                if (sent > 0)
                {
                    await outbox.AddAsync(session, caller.TenantId, Outbox.Notifications, "mail",
                        new EmailLinks.Mail("voting-code", null, request.Email.Trim(), caller.Language, cipher.Encrypt(code, EmailLinks.MailContext(caller.TenantId)), now + CodeLife));
                }
                return true;
            },
            cancellationToken);
        return null;
    }

    /// <summary>The ticket of an address, for its code. Each code may be tried five times.</summary>
    public async Task<Outcome<Ticket>> OfEmailAsync(Caller caller, Guid sessionId, CodeRequest request, CancellationToken cancellationToken)
    {
        if (await OpenAsync(caller, sessionId, VotersKind.Email, cancellationToken) is { } problem) return problem;
        var voter = VoterOf(caller, sessionId, request.Email);
        var matches = await database.As(caller).FirstAsync<bool?>(
            """
            UPDATE voter_emails SET tries = tries + 1, confirmed_at = CASE WHEN code_hash = @hash THEN coalesce(confirmed_at, @now) ELSE confirmed_at END
            WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND voter_id = @voter AND expires_at > @now AND tries < @MostTries
            RETURNING code_hash = @hash
            """,
            new { caller.TenantId, sessionId, voter, hash = HashOf(caller, voter, request.Code), MostTries, now = clock.GetUtcNow() },
            cancellationToken);
        return matches == true ? Write(caller, sessionId, VotersKind.Email, voter) : VotingProblems.CodeRefused;
    }

    /// <summary>The voter that a ticket names; null where it is not one of ours for this voting.</summary>
    public Guid? Read(Actor actor, Guid sessionId, VotersKind kind, string? ticket)
    {
        var bytes = new byte[64];
        if (ticket is not { Length: > 0 and < 80 } || !Base64Url.IsValid(ticket) || Base64Url.DecodeFromChars(ticket, bytes, out _, out var length) != System.Buffers.OperationStatus.Done || length != 17 + MacBytes) return null;
        var known = bytes.AsSpan(0, 17);
        var isOurs = bytes[0] == (byte)kind && CryptographicOperations.FixedTimeEquals(MacOf(actor, sessionId, known), bytes.AsSpan(17, MacBytes));
        return isOurs ? new Guid(known[1..], bigEndian: true) : null;
    }

    /// <summary>Forgets codes that have expired.</summary>
    public Task<int> SweepAsync(CancellationToken cancellationToken) => sweep.Run(
        "voter_emails",
        // that a mailbox is one of those that are thrown away counts for as long as a voting may last
        "expires_at < @before AND (NOT disposable OR expires_at < @longBefore)",
        new { before = clock.GetUtcNow() - TimeSpan.FromDays(1), longBefore = clock.GetUtcNow() - TimeSpan.FromDays(400) },
        cancellationToken);

    private async Task<Problem?> OpenAsync(Caller caller, Guid sessionId, VotersKind kind, CancellationToken cancellationToken)
    {
        var voting = await sessions.KnownAsync(caller, sessionId, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        if (voting.Status != VotingStatus.Open) return VotingProblems.Closed;
        return voting.Voters == kind ? null : new Problem(VotingProblems.NotEligible, "This voting is not open to tickets of this kind.");
    }

    private Ticket Write(Actor actor, Guid sessionId, VotersKind kind, Guid voter)
    {
        var bytes = new byte[17 + MacBytes];
        bytes[0] = (byte)kind;
        voter.TryWriteBytes(bytes.AsSpan(1), bigEndian: true, out _);
        MacOf(actor, sessionId, bytes.AsSpan(0, 17)).CopyTo(bytes, 17);
        return new Ticket(Base64Url.EncodeToString(bytes));
    }

    private byte[] MacOf(Actor actor, Guid sessionId, ReadOnlySpan<byte> known) => cipher.BlindIndex(Convert.ToHexString(known), $"votes.ticket:{actor.TenantId}:{sessionId}")[..MacBytes];

    private Guid VoterOf(Actor actor, Guid sessionId, string email) => new(cipher.BlindIndex(EmailAddress.KeyOf(email)!, $"votes.email:{actor.TenantId}:{sessionId}").AsSpan(0, 16), bigEndian: true);

    // eight digits are few: without the key their hashes tell nothing
    private byte[] HashOf(Actor actor, Guid voter, string code) => cipher.BlindIndex(code, $"votes.code:{actor.TenantId}:{voter}");
}
