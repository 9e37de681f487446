using System.Net;
using Podium.Platform.Databases;

namespace Podium.Voting.Fraud;

/// <summary>Votes as the database has them, made into what the rules see.</summary>
internal static class FraudVotes
{
    internal sealed record Row
    {
        public required long EntryId { get; init; }
        public required DateTimeOffset CastAt { get; init; }
        public required Guid VoterId { get; init; }
        public IPAddress? IpAddress { get; init; }
        public long? DeviceFingerprint { get; init; }
        public int? UserAgentId { get; init; }
        public string? UserAgent { get; init; }
        public short? RecaptchaScore { get; init; }
        public int? PlaceId { get; init; }
        public double? Latitude { get; init; }
        public double? Longitude { get; init; }
        public required short OptionNo { get; init; }
        public short[]? Choices { get; init; }
        public required short State { get; init; }
        public short? FraudScore { get; init; }
        public string? Email { get; init; }
        public DateTimeOffset? AccountSince { get; init; }
        public required bool Disposable { get; init; }
        public required bool Decided { get; init; }
        public string? Findings { get; init; }

        public int Option => OptionNo > 0 ? OptionNo : Choices is [var first, ..] ? Math.Abs(first) : 0;
    }

    /// <summary>Needs @TenantId and @id.</summary>
    internal const string Select =
        """
        SELECT votes.entry_id, votes.cast_at, votes.voter_id, votes.ip_address, votes.device_fingerprint, votes.user_agent_id, agents.user_agent, votes.recaptcha_score, votes.place_id,
               places.latitude::float8 AS latitude, places.longitude::float8 AS longitude, votes.option_no, votes.choices, votes.state, votes.fraud_score,
               users.email, users.created_at AS account_since, coalesce(mail.disposable, false) AS disposable, finding.decision_id IS NOT NULL AS decided,
               finding.findings::text AS findings
        FROM votes
        LEFT JOIN vote_user_agents AS agents ON agents.tenant_id = votes.tenant_id AND agents.id = votes.user_agent_id
        LEFT JOIN vote_places AS places ON places.tenant_id = votes.tenant_id AND places.id = votes.place_id
        LEFT JOIN users ON users.tenant_id = votes.tenant_id AND users.id = votes.voter_id
        LEFT JOIN voter_emails AS mail ON mail.tenant_id = votes.tenant_id AND mail.voting_session_id = votes.voting_session_id AND mail.voter_id = votes.voter_id
        LEFT JOIN vote_findings AS finding ON finding.tenant_id = votes.tenant_id AND finding.voting_session_id = votes.voting_session_id AND finding.entry_id = votes.entry_id
        WHERE votes.tenant_id = @TenantId AND votes.voting_session_id = @id AND votes.contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id)
        """;

    internal static FraudVote Of(Actor actor, Guid sessionId, Row row, FraudRules rules, FraudKeys keys) => new()
    {
        EntryId = row.EntryId,
        CastAt = row.CastAt,
        Voter = keys.Voter(actor, sessionId, row.VoterId),
        Option = row.Option,
        Address = keys.Address(actor, row.IpAddress),
        Network = keys.Network(actor, row.IpAddress),
        Device = row.DeviceFingerprint,
        Agent = row.UserAgentId,
        IsScripted = AtTheDoor.IsScripted(row.UserAgent),
        Captcha = row.RecaptchaScore,
        Place = row.PlaceId,
        HasDisposableMail = row.Disposable || DisposableMail.Is(row.Email, rules.DisposableDomains),
        AccountMinutes = row.AccountSince is { } since ? Math.Max(0, (row.CastAt - since).TotalMinutes) : null,
    };
}
