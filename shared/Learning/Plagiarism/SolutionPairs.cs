using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Plagiarism;

/// <summary>Pairs of solutions that are alike: listed, shown side by side, and decided about. For authors alone.</summary>
public sealed class SolutionPairs(Database database, CodeSeal seal, TimeProvider clock)
{
    public enum Decision
    {
        Dismissed,
        Confirmed,
    }

    public sealed record Query : PageQuery
    {
        /// <summary>Percent of the smaller solution's own part.</summary>
        [Range(0, 100)]
        public int Minimum { get; init; }

        /// <summary>Only those that nobody has decided about.</summary>
        public bool Open { get; init; }
    }

    public sealed record Request
    {
        public required Decision Decision { get; init; }

        [StringLength(2000, MinimumLength = 1), Example("They were asked to work in pairs.")]
        public required string Reason { get; init; }
    }

    public record View
    {
        public required Guid Id { get; init; }

        public required Guid ChallengeId { get; init; }

        public required Guid FirstUserId { get; init; }

        public required string FirstName { get; init; }

        public required Guid SecondUserId { get; init; }

        public required string SecondName { get; init; }

        public required int Shared { get; init; }

        /// <summary>How many percent of the first one's own part the second has too.</summary>
        public required decimal FirstSimilarity { get; init; }

        public required decimal SecondSimilarity { get; init; }

        public required DateTimeOffset FoundAt { get; init; }

        public required DateTimeOffset CheckedAt { get; init; }

        public Decision? Decision { get; init; }

        public string? Reason { get; init; }

        public Guid? DecidedBy { get; init; }

        public DateTimeOffset? DecidedAt { get; init; }

        public required int Version { get; init; }
    }

    /// <summary>Lines of both that say the same.</summary>
    public sealed record Region(CodeLanguage Language, int FirstFrom, int FirstTo, int SecondFrom, int SecondTo);

    /// <summary>A solution, while its attempt has not left for the archive.</summary>
    public sealed record Solution(DateTimeOffset AttemptedAt, EditChallenge.Code? Code);

    public sealed record Report(View Pair, Solution First, Solution Second, IReadOnlyList<Region> Regions);

    private sealed record SolutionRow(Guid UserId, DateTimeOffset AttemptedAt, long[] Hashes, long[] Spans, string? Html, string? Css, string? Js)
    {
        public Solution Shown(CodeSeal.Key key) => new(AttemptedAt, Html is null ? null : key.Open(new EditChallenge.Code { Html = Html, Css = Css!, Js = Js! }, CodeSeal.OfLearner(UserId)));
    }

    private const string Columns =
        """
        id, challenge_id, first_user_id, second_user_id, shared, round(100.0 * shared / first_total, 2) AS first_similarity, round(100.0 * shared / second_total, 2) AS second_similarity,
        found_at, checked_at, decision, reason, decided_by, decided_at, version,
        (SELECT first_name || ' ' || last_name FROM users WHERE users.tenant_id = solution_pairs.tenant_id AND users.id = first_user_id) AS first_name,
        (SELECT first_name || ' ' || last_name FROM users WHERE users.tenant_id = solution_pairs.tenant_id AND users.id = second_user_id) AS second_name
        """;

    /// <summary>Of one challenge, or of all of the tenant.</summary>
    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid? challenge, Query query, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync<Outcome<Page<View>>>(
        $"""
        SELECT {(challenge is null ? "true" : "EXISTS (SELECT FROM challenges WHERE tenant_id = @TenantId AND id = @challenge)")};
        SELECT {Columns} FROM solution_pairs
        WHERE tenant_id = @TenantId {(challenge is null ? "" : "AND challenge_id = @challenge")} AND similarity >= @Minimum AND (NOT @Open OR decision IS NULL) AND (@After::uuid IS NULL OR id < @After)
        ORDER BY id DESC LIMIT @limit
        """,
        new { caller.TenantId, challenge, query.Minimum, query.Open, query.After, limit = query.Fetch() },
        async results => await results.ReadSingleAsync<bool>() ? query.Of([.. await results.ReadAsync<View>()], row => row.Id) : Problem.NotFound("challenge"),
        cancellationToken);

    public async Task<Outcome<Report>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var (pair, solutions) = await database.As(caller).QueryManyAsync(
            $"""
            SELECT {Columns} FROM solution_pairs WHERE tenant_id = @TenantId AND id = @id;
            SELECT f.user_id, f.attempted_at, f.hashes, f.spans, a.user_code_html AS html, a.user_code_css AS css, a.user_code_js AS js
            FROM solution_pairs AS p
            JOIN solution_fingerprints AS f ON f.tenant_id = p.tenant_id AND f.challenge_id = p.challenge_id AND f.user_id IN (p.first_user_id, p.second_user_id)
            LEFT JOIN challenge_attempts AS a ON a.tenant_id = f.tenant_id AND a.created_at = f.attempted_at AND a.id = f.attempt_id
            WHERE p.tenant_id = @TenantId AND p.id = @id
            """,
            new { caller.TenantId, id },
            async results => (await results.ReadFirstOrDefaultAsync<View>(), (await results.ReadAsync<SolutionRow>()).ToDictionary(row => row.UserId)),
            cancellationToken);
        if (pair is null) return Problem.NotFound("pair");
        var (first, second) = (solutions[pair.FirstUserId], solutions[pair.SecondUserId]);
        var key = await seal.OfAsync(caller, cancellationToken);
        return new Report(pair, first.Shown(key), second.Shown(key), Regions(new Fingerprints(first.Hashes, first.Spans), new Fingerprints(second.Hashes, second.Spans)));
    }

    /// <summary>Says what it is; whoever is one of the two does not. It may be said anew: the audit log knows what was said before.</summary>
    public Task<Outcome<View>> DecideAsync(Caller caller, Guid id, Request request, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var args = new { caller.TenantId, caller.Person, id, decision = request.Decision == Decision.Confirmed ? "confirmed" : "dismissed", reason = request.Reason.Trim(), now = clock.GetUtcNow() };
            var pair = await session.FirstAsync<View>($"SELECT {Columns} FROM solution_pairs WHERE tenant_id = @TenantId AND id = @id FOR UPDATE OF solution_pairs", args, cancellationToken);
            if (pair is null) return Problem.NotFound("pair");
            if (caller.Person == pair.FirstUserId || caller.Person == pair.SecondUserId) return LearningProblems.OwnPair;
            if (args.reason.Length == 0) return Problem.Invalid("/reason", "required", "Say why.");
            // a repeated request finds its work done
            if ((pair.Decision, pair.Reason) == (request.Decision, args.reason)) return pair;
            if (ifMatch is not null && ifMatch != pair.Version) return CommonProblems.Stale;
            return await session.SingleAsync<View>(
                $"UPDATE solution_pairs SET decision = @decision, reason = @reason, decided_by = @Person, decided_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @id RETURNING {Columns}", args, cancellationToken);
        },
        cancellationToken);

    /// <summary>Fingerprints that both have, put together where their lines touch in both.</summary>
    public static IReadOnlyList<Region> Regions(Fingerprints first, Fingerprints second)
    {
        var there = second.Hashes.Zip(second.Spans).ToDictionary(pair => pair.First, pair => CodeSpan.Of(pair.Second));
        var common = first.Hashes.Zip(first.Spans)
            .Where(pair => there.ContainsKey(pair.First))
            .Select(pair => (Mine: CodeSpan.Of(pair.Second), Theirs: there[pair.First]))
            .Where(pair => pair.Mine.Language == pair.Theirs.Language)
            .OrderBy(pair => pair.Mine.Language).ThenBy(pair => pair.Mine.From).ThenBy(pair => pair.Mine.To).ThenBy(pair => pair.Theirs.From);
        var regions = new List<Region>();
        foreach (var (mine, theirs) in common)
        {
            var last = regions.Count == 0 ? null : regions[^1];
            if (last is not null && last.Language == mine.Language && mine.From <= last.FirstTo + 1 && theirs.From <= last.SecondTo + 1 && theirs.To >= last.SecondFrom - 1)
                regions[^1] = last with { FirstTo = Math.Max(last.FirstTo, mine.To), SecondFrom = Math.Min(last.SecondFrom, theirs.From), SecondTo = Math.Max(last.SecondTo, theirs.To) };
            else
                regions.Add(new Region(mine.Language, mine.From, mine.To, theirs.From, theirs.To));
        }
        return regions;
    }
}
