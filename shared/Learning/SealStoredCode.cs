using Microsoft.Extensions.Logging;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Learning;

/// <summary>
/// Encrypts the code that a tenant stored before it asked for that, some rows at a time. What is encrypted already stays as it is, so a run that was cut off, or meets another, does no harm;
/// what somebody changes meanwhile is left as they wrote it.
/// </summary>
public sealed partial class SealStoredCode(Database database, TenantDirectory tenants, CodeSeal seal, TimeProvider clock, ILogger<SealStoredCode> log)
{
    private const int AtOnce = 200;

    // an instance may not have heard of the setting yet, and what is being written is not seen yet
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    /// <summary>Where code is kept: expressions of its three texts, whose it is, and in which order rows are gone through.</summary>
    private sealed record Place(string Table, string Owner, Func<Guid, string> Context, string Html, string Css, string Js, string Set)
    {
        public string At { get; init; } = "created_at";

        public string Order { get; init; } = "id";

        public string Behind { get; init; } = "id > @id";

        /// <summary>Whether a row's code is as old as the row, so that what was looked at once need not be looked at again.</summary>
        public bool IsWrittenOnce { get; init; } = true;

        /// <summary>A row without something to encrypt is only passed by.</summary>
        public string NextSql =>
            $"""
            SELECT {At} AS at, id, {Owner} AS owner, CASE WHEN {Clear} THEN {Html} END AS html, CASE WHEN {Clear} THEN {Css} END AS css, CASE WHEN {Clear} THEN {Js} END AS js
            FROM {Table} AS kept WHERE tenant_id = @TenantId AND {At} >= @since AND {Behind} AND {Html} IS NOT NULL
            ORDER BY {Order} LIMIT @AtOnce
            """;

        public string WriteSql =>
            $"""
            UPDATE {Table} AS kept SET {Set}
            FROM unnest(@times, @ids, @oldHtml, @oldCss, @oldJs, @newHtml, @newCss, @newJs) AS fresh (at, id, old_html, old_css, old_js, html, css, js)
            WHERE kept.tenant_id = @TenantId AND kept.{At} = fresh.at AND kept.id = fresh.id AND ({Html}, {Css}, {Js}) = (fresh.old_html, fresh.old_css, fresh.old_js)
            """;

        private string Clear => string.Join(" OR ", new[] { Html, Css, Js }.Select(text => $"({text} <> '' AND NOT starts_with({text}, @Sealed))"));
    }

    private static readonly Place[] Places =
    [
        new("challenge_attempts", "user_id", CodeSeal.OfLearner, "kept.user_code_html", "kept.user_code_css", "kept.user_code_js", "user_code_html = fresh.html, user_code_css = fresh.css, user_code_js = fresh.js")
        {
            Order = "created_at, id",
            Behind = "(created_at, id) > (@at, @id)",
        },
        new("challenge_posts", "user_id", CodeSeal.OfLearner, "kept.code_html", "kept.code_css", "kept.code_js", "code_html = fresh.html, code_css = fresh.css, code_js = fresh.js"),
        new(
            "challenge_versions", "challenge_id", CodeSeal.OfChallenge, "kept.content->'solutionCode'->>'html'", "kept.content->'solutionCode'->>'css'", "kept.content->'solutionCode'->>'js'",
            "content = jsonb_set(kept.content, '{solutionCode}', jsonb_build_object('html', fresh.html, 'css', fresh.css, 'js', fresh.js))")
        {
            At = "published_at",
        },
        new("challenges", "id", CodeSeal.OfChallenge, "kept.solution_code_html", "kept.solution_code_css", "kept.solution_code_js", "solution_code_html = fresh.html, solution_code_css = fresh.css, solution_code_js = fresh.js")
        {
            IsWrittenOnce = false,
        },
    ];

    private sealed record Row(DateTimeOffset At, Guid Id, Guid Owner, string? Html, string? Css, string? Js)
    {
        public bool IsClear => Html is not null;

        public EditChallenge.Code Code => new() { Html = Html!, Css = Css!, Js = Js! };
    }

    /// <summary>In all tenants that ask for it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var asking = await database.AsPlatform().QueryAsync<Guid>("SELECT id FROM tenants WHERE settings -> @Setting = 'true' ORDER BY id", new { CodeSeal.Setting }, cancellationToken);
        foreach (var id in asking)
        {
            try
            {
                if (await tenants.ByIdAsync(id, cancellationToken) is { } tenant && CodeSeal.IsAskedBy(tenant)) await RunAsync(tenant, cancellationToken);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                // one tenant that resists must not keep the others in clear
                LogFailed(log, error, id);
            }
        }
    }

    private async Task RunAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var begun = clock.GetUtcNow();
        var key = await seal.OfAsync(new Caller { TenantId = tenant.Id, Shard = tenant.Shard, Tenant = tenant, Language = tenant.Languages[0] }, cancellationToken);
        var platform = database.AsPlatform(tenant.Shard);
        var since = await platform.SingleAsync<DateTimeOffset?>("SELECT sealed_until FROM practice_keys WHERE tenant_id = @Id", new { tenant.Id }, cancellationToken) ?? DateTimeOffset.UnixEpoch;
        foreach (var place in Places)
        {
            var written = 0;
            var last = new Row(DateTimeOffset.UnixEpoch, Guid.Empty, Guid.Empty, null, null, null);
            IReadOnlyList<Row> rows;
            do
            {
                rows = await platform.QueryAsync<Row>(
                    place.NextSql, new { TenantId = tenant.Id, since = place.IsWrittenOnce ? since : DateTimeOffset.UnixEpoch, at = last.At, id = last.Id, CodeSeal.Sealed, AtOnce }, cancellationToken);
                if (rows.Count == 0) break;
                last = rows[^1];
                written += await WriteAsync(platform, tenant.Id, place, [.. rows.Where(row => row.IsClear)], key, cancellationToken);
            }
            while (rows.Count == AtOnce);
            if (written > 0) LogSealed(log, tenant.Id, written, place.Table);
        }
        await platform.ExecuteAsync("UPDATE practice_keys SET sealed_until = @until WHERE tenant_id = @Id", new { tenant.Id, until = begun - Overlap }, cancellationToken);
    }

    private static async Task<int> WriteAsync(Session platform, Guid tenantId, Place place, IReadOnlyList<Row> rows, CodeSeal.Key key, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return 0;
        // opened first: what was stored in clear may have been marked so, and one of the three may be encrypted already
        var fresh = rows.Select(row => key.Close(key.Open(row.Code, place.Context(row.Owner)), place.Context(row.Owner))).ToList();
        return await platform.ExecuteAsync(
            place.WriteSql,
            new
            {
                TenantId = tenantId,
                times = rows.Select(row => row.At.UtcDateTime).ToArray(),
                ids = rows.Select(row => row.Id).ToArray(),
                oldHtml = rows.Select(row => row.Html).ToArray(),
                oldCss = rows.Select(row => row.Css).ToArray(),
                oldJs = rows.Select(row => row.Js).ToArray(),
                newHtml = fresh.Select(code => code.Html).ToArray(),
                newCss = fresh.Select(code => code.Css).ToArray(),
                newJs = fresh.Select(code => code.Js).ToArray(),
            },
            cancellationToken);
    }

    [LoggerMessage(830, LogLevel.Information, "Tenant {Tenant}: {Rows} rows of {Table} that were stored in clear are encrypted.")]
    private static partial void LogSealed(ILogger logger, Guid tenant, int rows, string table);

    [LoggerMessage(831, LogLevel.Error, "The stored code of tenant {Tenant} could not be encrypted; the next run goes on with it.")]
    private static partial void LogFailed(ILogger logger, Exception error, Guid tenant);
}
