using System.Globalization;
using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Learning.Plagiarism;

/// <summary>Whether a challenge that is about to be published was taken over from another of the tenant: its starter code and solution against theirs.</summary>
internal static class ChallengeResemblance
{
    internal const int FewestShared = 5;
    internal const double LeastSimilarity = 0.6;

    /// <summary>Reads every version's hashes once: a tenant has thousands of versions, and publishes seldom.</summary>
    internal const string Sql =
        """
        SELECT (SELECT title FROM challenges AS c WHERE c.tenant_id = @TenantId AND c.id = alike.challenge_id) AS title, max(alike.share) AS share
        FROM (
            SELECT f.challenge_id, f.version_id, count(*) / least(cardinality(f.hashes), cardinality(@Hashes))::float8 AS share
            FROM challenge_fingerprints AS f CROSS JOIN LATERAL unnest(f.hashes) AS theirs (hash) JOIN unnest(@Hashes) AS mine (hash) ON mine.hash = theirs.hash
            WHERE f.tenant_id = @TenantId AND f.challenge_id <> @challenge
            GROUP BY f.challenge_id, f.version_id, f.hashes HAVING count(*) >= @FewestShared
        ) AS alike
        WHERE alike.share >= @LeastSimilarity
        GROUP BY alike.challenge_id
        ORDER BY max(alike.share) DESC, alike.challenge_id LIMIT 5
        """;

    public sealed record Alike(string Title, double Share)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"“{Title}” ({Share:P0})");
    }

    public static long[] HashesOf(EditChallenge.Content content) => [.. Fingerprints.Of(content.StarterCode).Hashes.Union(Fingerprints.Of(content.SolutionCode).Hashes)];

    public static async Task<IReadOnlyList<Alike>> FindAsync(Session session, Caller caller, Guid challenge, long[] hashes, CancellationToken cancellationToken) =>
        hashes.Length < FewestShared ? [] : await session.QueryAsync<Alike>(Sql, new { caller.TenantId, challenge, Hashes = hashes, FewestShared, LeastSimilarity }, cancellationToken);
}
