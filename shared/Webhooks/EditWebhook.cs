using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Http;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Webhooks;

/// <summary>Sets endpoints up, changes them, gives them new secrets, and takes them away.</summary>
public sealed class EditWebhook(Database database, SafeHttp http, FieldCipher cipher, TimeProvider clock)
{
    private const int Most = 50;

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one endpoint.</summary>
        public Guid? Id { get; init; }

        /// <summary>A public https address.</summary>
        [StringLength(500, MinimumLength = 1), Example("https://hooks.example.org/podium")]
        public required string Url { get; init; }

        [StringLength(200)]
        public string Description { get; init; } = "";

        /// <summary>Names of events, all of a subject (<c>person.*</c>), or all (<c>*</c>).</summary>
        [MinLength(1), MaxLength(100), Example(new[] { "person.registered" })]
        public required IReadOnlyList<string> Events { get; init; }

        [Example(false)]
        public bool Enabled { get; init; } = true;
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [StringLength(500, MinimumLength = 1), Example("https://hooks.example.org/podium")]
        public string? Url { get; init; }

        [StringLength(200)]
        public string? Description { get; init; }

        [MinLength(1), MaxLength(100), Example(new[] { "person.registered" })]
        public IReadOnlyList<string>? Events { get; init; }

        [Example(false)]
        public bool? Enabled { get; init; }
    }

    public sealed record Rotation
    {
        /// <summary>For how many hours the secret before signs too, so that the receiver can change over.</summary>
        [Range(0, 168)]
        public int OverlapHours { get; init; } = 24;
    }

    /// <summary>An endpoint with its secret, which is shown this one time.</summary>
    public sealed record WithSecret : WebhookEndpoints.View
    {
        /// <summary>What its signatures are checked with; a receiver's library takes it as it is. Null where a request came again.</summary>
        public string? Secret { get; init; }
    }

    public async Task<Outcome<WithSecret>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        if (FaultsOf(request.Url, request.Events) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<WithSecret>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                var id = request.Id ?? Guid.CreateVersion7(now);
                var secret = WebhookSignature.NewSecret();
                // counted one after another
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || @TenantId, 0))", new { caller.TenantId }, cancellationToken);
                if (await session.FirstAsync<WithSecret>(Select, new { caller.TenantId, id, now }, cancellationToken) is { } known)
                    return known.Url == request.Url && known.Description == request.Description && known.Events.SequenceEqual(Sorted(request.Events)) ? known : Identity.IdentityProblems.IdTaken;
                var number = await session.SingleAsync<long>("SELECT count(*) FROM webhook_endpoints WHERE tenant_id = @TenantId", new { caller.TenantId }, cancellationToken);
                if (number >= Most) return WebhookProblems.TooMany;
                var added = await session.SingleAsync<WithSecret>(
                    $"""
                    INSERT INTO webhook_endpoints (tenant_id, id, url, description, events, enabled, secret_encrypted, created_at, created_by, updated_at, updated_by)
                    VALUES (@TenantId, @id, @Url, @Description, @events, @Enabled, @encrypted, @now, @Person, @now, @Person)
                    RETURNING {WebhookEndpoints.Columns}
                    """,
                    new
                    {
                        caller.TenantId,
                        caller.Person,
                        id,
                        request.Url,
                        request.Description,
                        events = Sorted(request.Events),
                        request.Enabled,
                        encrypted = cipher.Encrypt(secret, EncryptedColumn.WebhookSecret.Context(caller.TenantId, id)),
                        now,
                    },
                    cancellationToken);
                return added with { Secret = secret };
            },
            cancellationToken);
    }

    /// <summary>Switched on again, an endpoint begins anew: what it failed before does not count.</summary>
    public async Task<Outcome<WebhookEndpoints.View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken)
    {
        if (FaultsOf(change.Url, change.Events) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<WebhookEndpoints.View>(
            caller,
            async session =>
            {
                if (await LockAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
                var changed = await session.SingleAsync<WebhookEndpoints.View>(
                    $"""
                    UPDATE webhook_endpoints
                    SET url = coalesce(@Url, url), description = coalesce(@Description, description), events = coalesce(@events, events), enabled = coalesce(@Enabled, enabled),
                        disabled_for = CASE WHEN coalesce(@Enabled, true) THEN NULL ELSE disabled_for END,
                        failures = CASE WHEN @Enabled OR @Url IS NOT NULL THEN 0 ELSE failures END,
                        failing_since = CASE WHEN @Enabled OR @Url IS NOT NULL THEN NULL ELSE failing_since END,
                        paused_until = CASE WHEN @Enabled OR @Url IS NOT NULL THEN NULL ELSE paused_until END,
                        version = version + 1, updated_at = @now, updated_by = @Person
                    WHERE tenant_id = @TenantId AND id = @id
                    RETURNING {WebhookEndpoints.Columns}
                    """,
                    new { caller.TenantId, caller.Person, id, change.Url, change.Description, events = change.Events is null ? null : Sorted(change.Events), change.Enabled, now = clock.GetUtcNow() },
                    cancellationToken);
                return changed;
            },
            cancellationToken);
    }

    public Task<Outcome<WithSecret>> RotateAsync(Caller caller, Guid id, Rotation rotation, CancellationToken cancellationToken) => database.InTransaction<WithSecret>(
        caller,
        async session =>
        {
            if (await LockAsync(session, caller, id, null, cancellationToken) is { } problem) return problem;
            var now = clock.GetUtcNow();
            var old = cipher.Decrypt(
                await session.SingleAsync<string>("SELECT secret_encrypted FROM webhook_endpoints WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken),
                EncryptedColumn.WebhookSecret.Context(caller.TenantId, id));
            var secret = WebhookSignature.NewSecret();
            var overlaps = rotation.OverlapHours > 0;
            var rotated = await session.SingleAsync<WithSecret>(
                $"""
                UPDATE webhook_endpoints
                SET secret_encrypted = @encrypted, old_secret_encrypted = @oldEncrypted, old_secret_until = @until, version = version + 1, updated_at = @now, updated_by = @Person
                WHERE tenant_id = @TenantId AND id = @id
                RETURNING {WebhookEndpoints.Columns}
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    id,
                    encrypted = cipher.Encrypt(secret, EncryptedColumn.WebhookSecret.Context(caller.TenantId, id)),
                    oldEncrypted = overlaps ? cipher.Encrypt(old, EncryptedColumn.WebhookOldSecret.Context(caller.TenantId, id)) : null,
                    until = overlaps ? now.AddHours(rotation.OverlapHours) : (DateTimeOffset?)null,
                    now,
                },
                cancellationToken);
            return rotated with { Secret = secret };
        },
        cancellationToken);

    /// <summary>What it has not been told yet goes with it.</summary>
    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (await LockAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
            await session.ExecuteAsync("DELETE FROM webhook_endpoints WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
            return true;
        },
        cancellationToken);

    private const string Select = $"SELECT {WebhookEndpoints.Columns} FROM webhook_endpoints WHERE tenant_id = @TenantId AND id = @id";

    private static async Task<Problem?> LockAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var version = await session.FirstAsync<int?>("SELECT version FROM webhook_endpoints WHERE tenant_id = @TenantId AND id = @id FOR UPDATE", new { caller.TenantId, id }, cancellationToken);
        if (version is null) return Problem.NotFound("webhook");
        return ifMatch is null || ifMatch == version ? null : new Problem(CommonProblems.Stale);
    }

    private List<Fault> FaultsOf(string? url, IReadOnlyList<string>? events)
    {
        var faults = new List<Fault>();
        if (url is not null && http.FaultOf(url) is { } fault) faults.Add(new Fault("/url", "address", fault));
        for (var i = 0; i < (events?.Count ?? 0); i++)
        {
            if (!WebhookEvent.IsKnown(events![i])) faults.Add(new Fault($"/events/{i}", "unknown", "There is no such event; GET /api/webhook-events lists them."));
        }
        return faults;
    }

    private static string[] Sorted(IEnumerable<string> events) => [.. events.Distinct().Order(StringComparer.Ordinal)];
}
