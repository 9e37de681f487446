using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Learning.Experiments;
using Podium.Learning.Plagiarism;
using Podium.Learning.Sandbox;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>Makes a draft the version that learners get, if its solution passes and its starter code does not; and brings an older version back.</summary>
public sealed class PublishChallenge(Database database, ICodeSandbox sandbox, Cache cache, CodeSeal seal, TimeProvider clock)
{
    /// <summary>What a new version changes: everything (2.0.0), something more (1.1.0), a slip (1.0.1).</summary>
    public enum Step
    {
        Major,
        Minor,
        Patch,
    }

    public sealed record Request
    {
        public Step Step { get; init; } = Step.Minor;

        [StringLength(2000, MinimumLength = 1), Example("Clearer words.")]
        public required string Changelog { get; init; }

        /// <summary>Whether learners get it at once. Where not, it waits to be activated, or to be tried beside the active one; the first version is active in any case.</summary>
        public bool Activate { get; init; } = true;

        /// <summary>Why it may share much with another challenge; without it such a one is refused.</summary>
        [StringLength(500, MinimumLength = 1), Example("The second of two that build on each other.")]
        public string? ResemblesBecause { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required string Number { get; init; }

        public required string Changelog { get; init; }

        public required bool IsActive { get; init; }

        /// <summary>How many percent of learners who come new get it.</summary>
        public required int Share { get; init; }

        public string? ResemblesBecause { get; init; }

        public Guid? ReviewedBy { get; init; }

        public required DateTimeOffset PublishedAt { get; init; }

        public required Guid PublishedBy { get; init; }
    }

    /// <summary>A version with all that it says.</summary>
    public sealed record FullView(View Version, EditChallenge.Content Content);

    private sealed record ContentRow(JsonElement Content);

    private const string Columns =
        """
        id, number, changelog, is_active, resembles_because, reviewed_by, published_at, published_by,
        coalesce((SELECT CASE WHEN s.first_version_id = challenge_versions.id THEN 100 - s.share WHEN s.second_version_id = challenge_versions.id THEN s.share ELSE 0 END
                  FROM version_splits AS s WHERE s.tenant_id = challenge_versions.tenant_id AND s.challenge_id = challenge_versions.challenge_id AND s.ended_at IS NULL),
                 CASE WHEN is_active THEN 100 ELSE 0 END) AS share
        """;

    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid challenge, PageQuery page, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync<Outcome<Page<View>>>(
        $"""
        SELECT EXISTS (SELECT FROM challenges WHERE tenant_id = @TenantId AND id = @challenge);
        SELECT {Columns} FROM challenge_versions WHERE tenant_id = @TenantId AND challenge_id = @challenge AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit
        """,
        new { caller.TenantId, challenge, page.After, limit = page.Fetch() },
        async results => await results.ReadSingleAsync<bool>() ? page.Of((await results.ReadAsync<View>()).AsList(), row => row.Id) : Problem.NotFound("challenge"),
        cancellationToken);

    public async Task<Outcome<FullView>> ReadAsync(Caller caller, Guid challenge, string number, CancellationToken cancellationToken)
    {
        var key = await seal.OfAsync(caller, cancellationToken);
        return await database.As(caller).QueryManyAsync<Outcome<FullView>>(
            $"""
            SELECT {Columns} FROM challenge_versions WHERE tenant_id = @TenantId AND challenge_id = @challenge AND number = @number;
            SELECT content FROM challenge_versions WHERE tenant_id = @TenantId AND challenge_id = @challenge AND number = @number
            """,
            new { caller.TenantId, challenge, number },
            async results => await results.ReadFirstOrDefaultAsync<View>() is { } view
                ? new FullView(view, EditChallenge.ContentOf((await results.ReadSingleAsync<ContentRow>()).Content, challenge, key))
                : Problem.NotFound("version"),
            cancellationToken);
    }

    public async Task<Outcome<View>> PublishAsync(Caller caller, Guid id, Request request, int? ifMatch, CancellationToken cancellationToken)
    {
        var tried = await database.InTransaction<EditChallenge.Row>(caller, async session => await ReadyAsync(session, caller, id, ifMatch, cancellationToken), cancellationToken);
        if (tried.Problem is { } early) return early;
        var row = tried.Value!;
        var content = row.Read(await seal.OfAsync(caller, cancellationToken));
        // code runs outside the transaction; the version says afterwards whether it was this draft
        var trial = await EditChallenge.TryAsync(sandbox, content, cancellationToken);
        if (trial.Problem is { } busy) return busy;
        if (!trial.Value!.Solution.AllPassed || trial.Value.Solution.Tests.Count == 0) return Refusal(content, trial.Value.Solution);
        if (trial.Value.Starter.AllPassed) return LearningProblems.StarterPasses;
        var hashes = ChallengeResemblance.HashesOf(content);
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var ready = await ReadyAsync(session, caller, id, row.Version, cancellationToken);
                if (ready.Problem is { } problem) return problem;
                var activate = request.Activate || row.ActiveVersion is null;
                if (activate && await VersionSplits.IsOpenAsync(session, caller, id, cancellationToken)) return LearningProblems.SplitOpen;
                var alike = await ChallengeResemblance.FindAsync(session, caller, id, hashes, cancellationToken);
                if (alike.Count > 0 && request.ResemblesBecause is null) return new Problem(LearningProblems.Resembles, $"It shares much with {string.Join(", ", alike)}.");
                var now = clock.GetUtcNow();
                var view = await session.FirstAsync<View>(
                    $"""
                    WITH last AS (
                        SELECT major, minor, patch FROM challenge_versions WHERE tenant_id = @TenantId AND challenge_id = @id ORDER BY major DESC, minor DESC, patch DESC LIMIT 1
                    ), retired AS (
                        UPDATE challenge_versions SET is_active = false WHERE tenant_id = @TenantId AND challenge_id = @id AND is_active AND @activate
                    ), told AS (
                        UPDATE challenges SET is_published = true, writers = ARRAY[]::uuid[], updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id
                    )
                    INSERT INTO challenge_versions (tenant_id, id, challenge_id, major, minor, patch, content, changelog, is_active, resembles_because, reviewed_by, published_at, published_by)
                    SELECT @TenantId, @versionId, id,
                        coalesce(CASE @step WHEN 'Major' THEN last.major + 1 ELSE last.major END, 1),
                        coalesce(CASE @step WHEN 'Major' THEN 0 WHEN 'Minor' THEN last.minor + 1 ELSE last.minor END, 0),
                        coalesce(CASE @step WHEN 'Patch' THEN last.patch + 1 ELSE 0 END, 0),
                        {EditChallenge.ContentJson}, @Changelog, false, @because, reviewed_by, @now, @Person
                    FROM challenges LEFT JOIN last ON true
                    WHERE tenant_id = @TenantId AND id = @id
                    RETURNING {Columns}
                    """,
                    new { caller.TenantId, caller.Person, id, versionId = Guid.CreateVersion7(now), step = request.Step.ToString(), request.Changelog, activate, because = alike.Count > 0 ? request.ResemblesBecause : null, now },
                    cancellationToken);
                await session.ExecuteAsync(
                    "INSERT INTO challenge_fingerprints (tenant_id, version_id, challenge_id, hashes) VALUES (@TenantId, @Id, @challenge, @hashes)",
                    new { caller.TenantId, view!.Id, challenge = id, hashes },
                    cancellationToken);
                if (!activate) return view;
                // in a statement of its own: only then is the one before inactive for the index
                await session.ExecuteAsync("UPDATE challenge_versions SET is_active = true WHERE tenant_id = @TenantId AND id = @Id", new { caller.TenantId, view.Id }, cancellationToken);
                await Catalogue.ForgetAsync(cache, session, caller.TenantId);
                return view with { IsActive = true, Share = 100 };
            },
            cancellationToken);
    }

    /// <summary>Makes a version that was published before the active one again; the draft stays as it is.</summary>
    public Task<Outcome<View>> RollBackAsync(Caller caller, Guid challenge, string number, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var row = await EditChallenge.LockAsync(session, caller, challenge, cancellationToken);
            if (row is null) return Problem.NotFound("challenge");
            if (row.DeletedAt is not null) return LearningProblems.Archived;
            if (await VersionSplits.IsOpenAsync(session, caller, challenge, cancellationToken)) return LearningProblems.SplitOpen;
            var args = new { caller.TenantId, challenge, number };
            var version = await session.FirstAsync<Guid?>("SELECT id FROM challenge_versions WHERE tenant_id = @TenantId AND challenge_id = @challenge AND number = @number", args, cancellationToken);
            if (version is null) return Problem.NotFound("version");
            await session.ExecuteAsync("UPDATE challenge_versions SET is_active = false WHERE tenant_id = @TenantId AND challenge_id = @challenge AND is_active", args, cancellationToken);
            var view = await session.SingleAsync<View>($"UPDATE challenge_versions SET is_active = true WHERE tenant_id = @TenantId AND id = @version RETURNING {Columns}", new { caller.TenantId, version }, cancellationToken);
            await Catalogue.ForgetAsync(cache, session, caller.TenantId);
            return view;
        },
        cancellationToken);

    private static async Task<Outcome<EditChallenge.Row>> ReadyAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var row = await EditChallenge.LockAsync(session, caller, id, cancellationToken);
        if (row is null) return Problem.NotFound("challenge");
        if (row.DeletedAt is not null) return LearningProblems.Archived;
        if (!row.IsPublished && row.CreatedBy != caller.Person) return LearningProblems.NotCreator;
        if (ifMatch is { } version && version != row.Version) return CommonProblems.Stale;
        if (row.ReviewedBy is null && caller.Tenant.Setting("reviewChallenges", false)) return LearningProblems.ReviewMissing;
        return await session.SingleAsync<bool>(
            $"SELECT EXISTS (SELECT FROM challenges JOIN challenge_versions ON challenge_versions.tenant_id = challenges.tenant_id AND challenge_id = challenges.id AND is_active WHERE challenges.tenant_id = @TenantId AND challenges.id = @id AND is_published AND content = {EditChallenge.ContentJson})",
            new { caller.TenantId, id },
            cancellationToken)
            ? LearningProblems.NothingNew
            : row;
    }

    private static Problem Refusal(EditChallenge.Content content, CodeReport report)
    {
        var failed = content.Tests.Zip(report.Tests).Where(pair => !pair.Second.Passed).Select((pair, _) => $"{pair.First.Name}: {pair.Second.Message}");
        return new Problem(LearningProblems.SolutionFails, report.Verdict == CodeVerdict.Done
            ? content.Tests.Count == 0 ? "There are no tests." : string.Join(" ", failed.Take(10))
            : $"It ended with the verdict {JsonNamingPolicy.CamelCase.ConvertName(report.Verdict.ToString())}.");
    }
}
