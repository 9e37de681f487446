using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Http;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Identity.Issuers;

/// <summary>Which issuers a tenant trusts, and setting them up.</summary>
public sealed class TenantIssuers(Database database, SafeHttp http, FieldCipher cipher, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        public required string Issuer { get; init; }

        public required string ClientId { get; init; }

        /// <summary>Whether a client secret is kept. It never comes out again.</summary>
        public required bool HasClientSecret { get; init; }

        public required IReadOnlyList<string> EmailDomains { get; init; }

        public required bool CreatesAccounts { get; init; }

        public required bool Enabled { get; init; }

        public required int Version { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required DateTimeOffset UpdatedAt { get; init; }
    }

    public sealed record Addition
    {
        /// <summary>Chosen by the client, so that a repeated request makes one issuer.</summary>
        public Guid? Id { get; init; }

        /// <summary>What people choose it by.</summary>
        [StringLength(100, MinimumLength = 1)]
        public required string Name { get; init; }

        /// <summary>The issuer exactly as its discovery document names it. It stays: another issuer's people are other people.</summary>
        [StringLength(500, MinimumLength = 1)]
        public required string Issuer { get; init; }

        [StringLength(300, MinimumLength = 1)]
        public required string ClientId { get; init; }

        /// <summary>Absent for a public client.</summary>
        [StringLength(1000, MinimumLength = 1)]
        public string? ClientSecret { get; init; }

        /// <summary>The domains of addresses that the issuer may speak for; all where there is none.</summary>
        [MaxLength(100), HostNames]
        public IReadOnlyList<string> EmailDomains { get; init; } = [];

        /// <summary>Whether people who have no account get one by signing in.</summary>
        public bool CreatesAccounts { get; init; }

        public bool Enabled { get; init; } = true;
    }

    /// <summary>Fields that are absent stay as they are; an empty client secret removes it.</summary>
    public sealed record Change
    {
        [StringLength(100, MinimumLength = 1)]
        public string? Name { get; init; }

        [StringLength(300, MinimumLength = 1)]
        public string? ClientId { get; init; }

        [StringLength(1000)]
        public string? ClientSecret { get; init; }

        [MaxLength(100), HostNames]
        public IReadOnlyList<string>? EmailDomains { get; init; }

        public bool? CreatesAccounts { get; init; }

        public bool? Enabled { get; init; }
    }

    private sealed record Row(
        Guid Id, string Name, string Issuer, string ClientId, bool HasClientSecret, string[] EmailDomains, bool CreatesAccounts, bool Enabled, int Version,
        DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
    {
        public const string Columns =
            "id, name, issuer, client_id, client_secret_encrypted IS NOT NULL AS has_client_secret, email_domains, creates_accounts, enabled, version, created_at, updated_at";

        public View View => new()
        {
            Id = Id,
            Name = Name,
            Issuer = Issuer,
            ClientId = ClientId,
            HasClientSecret = HasClientSecret,
            EmailDomains = EmailDomains,
            CreatesAccounts = CreatesAccounts,
            Enabled = Enabled,
            Version = Version,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
        };
    }

    public async Task<Page<View>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<Row>(
            $"SELECT {Row.Columns} FROM identity_issuers WHERE tenant_id = @TenantId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { caller.TenantId, page.After, limit = page.Fetch() },
            cancellationToken);
        return page.Of([.. rows.Select(row => row.View)], view => view.Id);
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var row = await database.As(caller).FirstAsync<Row>(
            $"SELECT {Row.Columns} FROM identity_issuers WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        return row is null ? Problem.NotFound("issuer") : row.View;
    }

    public async Task<Outcome<View>> AddAsync(Caller caller, Addition addition, CancellationToken cancellationToken)
    {
        if (FaultOf(addition.Issuer) is { } fault) return Problem.Invalid("/issuer", "address", fault);
        var now = clock.GetUtcNow();
        var id = addition.Id ?? Guid.CreateVersion7(now);
        var row = await database.As(caller).FirstAsync<Row>(
            $"""
            INSERT INTO identity_issuers
                (tenant_id, id, name, issuer, client_id, client_secret_encrypted, email_domains, creates_accounts, enabled, created_at, created_by, updated_at, updated_by)
            VALUES (@TenantId, @id, @Name, @Issuer, @ClientId, @secret, @domains, @CreatesAccounts, @Enabled, @now, @UserId, @now, @UserId)
            ON CONFLICT (tenant_id, id) DO NOTHING
            RETURNING {Row.Columns}
            """,
            new
            {
                caller.TenantId,
                id,
                Name = addition.Name.Trim(),
                addition.Issuer,
                addition.ClientId,
                secret = addition.ClientSecret is null ? null : cipher.Encrypt(addition.ClientSecret, Issuers.Issuer.SecretContext(caller.TenantId, id)),
                domains = Lower(addition.EmailDomains),
                addition.CreatesAccounts,
                addition.Enabled,
                now,
                caller.UserId,
            },
            cancellationToken);
        return row is null ? await ReadAsync(caller, id, cancellationToken) : row.View;
    }

    public async Task<Outcome<View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken)
    {
        var row = await database.As(caller).FirstAsync<Row>(
            $"""
            UPDATE identity_issuers
            SET name = coalesce(@Name, name), client_id = coalesce(@ClientId, client_id), client_secret_encrypted = nullif(coalesce(@secret, client_secret_encrypted), ''),
                email_domains = coalesce(@domains, email_domains), creates_accounts = coalesce(@CreatesAccounts, creates_accounts), enabled = coalesce(@Enabled, enabled),
                version = version + 1, updated_at = @now, updated_by = @UserId
            WHERE tenant_id = @TenantId AND id = @id AND version = coalesce(@ifMatch, version)
            RETURNING {Row.Columns}
            """,
            new
            {
                caller.TenantId,
                id,
                Name = change.Name?.Trim(),
                change.ClientId,
                secret = string.IsNullOrEmpty(change.ClientSecret) ? change.ClientSecret : cipher.Encrypt(change.ClientSecret, Issuers.Issuer.SecretContext(caller.TenantId, id)),
                domains = change.EmailDomains is null ? null : Lower(change.EmailDomains),
                change.CreatesAccounts,
                change.Enabled,
                ifMatch,
                now = clock.GetUtcNow(),
                caller.UserId,
            },
            cancellationToken);
        if (row is not null) return row.View;
        return await MissingOrStaleAsync(caller, id, cancellationToken);
    }

    /// <summary>Removes an issuer and the links to it. Accounts stay; who has no other way to sign in sets a password by mail.</summary>
    public async Task<Problem?> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var removed = await database.As(caller).ExecuteAsync(
            "DELETE FROM identity_issuers WHERE tenant_id = @TenantId AND id = @id AND version = coalesce(@ifMatch, version)", new { caller.TenantId, id, ifMatch }, cancellationToken);
        return removed > 0 ? null : await MissingOrStaleAsync(caller, id, cancellationToken);
    }

    private async Task<Problem> MissingOrStaleAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        (await ReadAsync(caller, id, cancellationToken)).Problem ?? CommonProblems.Stale;

    private string? FaultOf(string issuer) =>
        http.FaultOf(issuer) ?? (issuer.AsSpan().IndexOfAny('?', '#') >= 0 ? "An issuer has no query and no fragment." : null);

    private static string[] Lower(IEnumerable<string> domains) => [.. domains.Select(domain => domain.ToLowerInvariant()).Distinct()];
}
