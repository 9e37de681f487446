using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>Sets the rules of a problem-solving contest, thaws its board, makes it final.</summary>
public sealed class EditContest(Database database, Cache cache, TimeProvider clock)
{
    public sealed record ProblemRequest
    {
        [StringLength(36, MinimumLength = 1), RegularExpression("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?", ErrorMessage = "Letters, digits, dots and dashes."), Example("apples")]
        public required string Id { get; init; }

        /// <summary>What stands above its column.</summary>
        [StringLength(10, MinimumLength = 1), Example("A")]
        public required string Label { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Apples")]
        public required string Name { get; init; }

        [RegularExpression("#[0-9A-Fa-f]{3}([0-9A-Fa-f]{3})?", ErrorMessage = "A colour as #rgb or #rrggbb."), StringLength(7), Example("#ff0000")]
        public string? Rgb { get; init; }

        [StringLength(50)]
        public string? Color { get; init; }

        [Range(0, 10000)]
        public int TestDataCount { get; init; }

        [Range(0.001, 3600), Example(2)]
        public decimal? TimeLimitSeconds { get; init; }
    }

    public sealed record LanguageRequest
    {
        [StringLength(36, MinimumLength = 1), RegularExpression("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?", ErrorMessage = "Letters, digits, dots and dashes."), Example("cpp")]
        public required string Id { get; init; }

        [StringLength(100, MinimumLength = 1), Example("C++")]
        public required string Name { get; init; }

        [MaxLength(20), Example(null!)]
        public IReadOnlyList<string>? Extensions { get; init; }

        [StringLength(50), Example(null!)]
        public string? EntryPointName { get; init; }
    }

    public sealed record Interval
    {
        public required DateTimeOffset From { get; init; }

        public required DateTimeOffset To { get; init; }
    }

    public sealed record Request
    {
        /// <summary>Absent while it is not known.</summary>
        [Example("2026-06-25T09:00:00Z")]
        public DateTimeOffset? StartsAt { get; init; }

        [Range(60, 8640000), Example(18000)]
        public int DurationSeconds { get; init; } = 18000;

        /// <summary>How long before the end the public board freezes; absent for never.</summary>
        [Range(1, 8640000), Example(3600)]
        public int? FreezeBeforeSeconds { get; init; }

        [Range(0, 86400)]
        public int PenaltySeconds { get; init; } = 1200;

        public PenaltyUnit PenaltyUnit { get; init; } = PenaltyUnit.Minutes;

        public bool LastSolvedBreaksTies { get; init; } = true;

        [Range(0, 1000)]
        public int GoldPlaces { get; init; } = 4;

        [Range(0, 1000)]
        public int SilverPlaces { get; init; } = 4;

        [Range(0, 1000)]
        public int BronzePlaces { get; init; } = 4;

        [MinLength(1), MaxLength(100)]
        public required IReadOnlyList<ProblemRequest> Problems { get; init; }

        [MaxLength(50)]
        public IReadOnlyList<LanguageRequest> Languages { get; init; } = [];

        /// <summary>Time that does not count, such as a power cut.</summary>
        [MaxLength(50), Example(null!)]
        public IReadOnlyList<Interval>? Removed { get; init; }
    }

    private sealed record Locked(int Version, DateTimeOffset? FinalizedAt);

    /// <summary>Makes the contest or changes its rules. What was handed in is judged by the new rules at once.</summary>
    public async Task<Outcome<ContestBoards.ContestView>> PutAsync(Caller caller, Guid competitionId, Request request, int? ifMatch, CancellationToken cancellationToken)
    {
        var faults = FaultsOf(request);
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<ContestBoards.ContestView>(
            caller,
            async session =>
            {
                if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
                var kept = await session.FirstAsync<Locked>("SELECT version, finalized_at FROM problem_contests WHERE tenant_id = @TenantId AND competition_id = @competitionId FOR UPDATE", new { caller.TenantId, competitionId }, cancellationToken);
                if (ifMatch is not null && ifMatch != (kept?.Version ?? 0)) return CommonProblems.Stale;
                if (kept?.FinalizedAt is not null) return ContestProblems.Finalized;
                if (await session.FirstAsync<string>(
                    "SELECT problem_id FROM contest_submissions WHERE tenant_id = @TenantId AND competition_id = @competitionId AND problem_id <> ALL (@problems) LIMIT 1",
                    new { caller.TenantId, competitionId, problems = request.Problems.Select(problem => problem.Id).ToArray() },
                    cancellationToken) is not null) return ContestProblems.ProblemInUse;
                await WriteAsync(session, caller, competitionId, request, clock.GetUtcNow(), cancellationToken);
                await ContestMemory.ForgetAsync(cache, session, caller.TenantId, competitionId);
                return await ViewAsync(session, caller, competitionId, cancellationToken);
            },
            cancellationToken);
    }

    internal static Task WriteAsync(Session session, Caller caller, Guid competitionId, Request request, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO problem_contests (tenant_id, competition_id, starts_at, duration_seconds, freeze_before_seconds, penalty_seconds, penalty_unit, last_solved_breaks_ties,
            gold_places, silver_places, bronze_places, problems, languages, removed, created_at, created_by, updated_at, updated_by)
        VALUES (@TenantId, @competitionId, @StartsAt, @DurationSeconds, @FreezeBeforeSeconds, @PenaltySeconds, @unit, @LastSolvedBreaksTies,
            @GoldPlaces, @SilverPlaces, @BronzePlaces, @problems::jsonb, @languages::jsonb, @removed::jsonb, @now, @Person, @now, @Person)
        ON CONFLICT (tenant_id, competition_id) DO UPDATE
        SET starts_at = @StartsAt, duration_seconds = @DurationSeconds, freeze_before_seconds = @FreezeBeforeSeconds, penalty_seconds = @PenaltySeconds, penalty_unit = @unit,
            last_solved_breaks_ties = @LastSolvedBreaksTies, gold_places = @GoldPlaces, silver_places = @SilverPlaces, bronze_places = @BronzePlaces,
            problems = @problems::jsonb, languages = @languages::jsonb, removed = @removed::jsonb, version = problem_contests.version + 1, updated_at = @now, updated_by = @Person
        """,
        new
        {
            caller.TenantId,
            caller.Person,
            competitionId,
            request.StartsAt,
            request.DurationSeconds,
            request.FreezeBeforeSeconds,
            request.PenaltySeconds,
            unit = request.PenaltyUnit == PenaltyUnit.Minutes ? "minutes" : "seconds",
            request.LastSolvedBreaksTies,
            request.GoldPlaces,
            request.SilverPlaces,
            request.BronzePlaces,
            problems = JsonSerializer.Serialize(request.Problems, Json.Options),
            languages = JsonSerializer.Serialize(request.Languages.Select(language => new ContestStore.LanguageRow(language.Id, language.Name, language.Extensions ?? [], language.EntryPointName)), Json.Options),
            removed = JsonSerializer.Serialize((request.Removed ?? []).Select(gap => new RemovedInterval(gap.From, gap.To)), Json.Options),
            now,
        },
        cancellationToken);

    /// <summary>Opens the frozen board to everybody.</summary>
    public Task<Outcome<ContestBoards.ContestView>> ThawAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) =>
        EndAsync(caller, competitionId, "thawed_at", final: false, cancellationToken);

    /// <summary>Says that the result stands: nothing is pending, and nothing changes any more.</summary>
    public Task<Outcome<ContestBoards.ContestView>> FinalizeAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) =>
        EndAsync(caller, competitionId, "finalized_at", final: true, cancellationToken);

    private Task<Outcome<ContestBoards.ContestView>> EndAsync(Caller caller, Guid competitionId, string column, bool final, CancellationToken cancellationToken) => database.InTransaction<ContestBoards.ContestView>(
        caller,
        async session =>
        {
            if (await LockedCompetition.LockAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            var found = await ContestStore.ReadAsync(session, caller, competitionId, null, null, cancellationToken);
            if (found.Value is not { } loaded) return found.Problem!;
            var now = clock.GetUtcNow();
            if (!(loaded.Contest.EndsAt <= now)) return ContestProblems.NotOver;
            if (final && ProblemBoard.Of(loaded.Contest, loaded.Facts, now, Audience.Jury).Rows.Any(row => row.Cells.Any(cell => cell.Pending > 0))) return ContestProblems.StillPending;
            await session.ExecuteAsync(
                $"""
                UPDATE problem_contests SET {column} = @now, version = version + 1, updated_at = @now, updated_by = @Person
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND {column} IS NULL
                """,
                new { caller.TenantId, caller.Person, competitionId, now },
                cancellationToken);
            await ContestMemory.ForgetAsync(cache, session, caller.TenantId, competitionId);
            return await ViewAsync(session, caller, competitionId, cancellationToken);
        },
        cancellationToken);

    private async Task<Outcome<ContestBoards.ContestView>> ViewAsync(Session session, Caller caller, Guid competitionId, CancellationToken cancellationToken)
    {
        var loaded = (await ContestStore.ReadAsync(session, caller, competitionId, null, null, cancellationToken)).Value!;
        return ContestBoards.ContestView.Of(loaded, clock.GetUtcNow(), Audience.Jury);
    }

    internal static List<Fault> FaultsOf(Request request)
    {
        var faults = new List<Fault>();
        for (var i = 0; i < request.Problems.Count; i++)
        {
            if (request.Problems.Take(i).Any(other => other.Id == request.Problems[i].Id)) faults.Add(new Fault($"/problems/{i}/id", "repeated", "Another problem has this id."));
        }
        for (var i = 0; i < request.Languages.Count; i++)
        {
            if (request.Languages.Take(i).Any(other => other.Id == request.Languages[i].Id)) faults.Add(new Fault($"/languages/{i}/id", "repeated", "Another language has this id."));
            if (request.Languages[i].Extensions?.Any(extension => extension is null || extension.Length is 0 or > 20) == true) faults.Add(new Fault($"/languages/{i}/extensions", "length", "Each has 1 to 20 characters."));
        }
        if (request.FreezeBeforeSeconds > request.DurationSeconds) faults.Add(new Fault("/freezeBeforeSeconds", "range", "The board cannot freeze before the start."));
        var gaps = (request.Removed ?? []).OrderBy(gap => gap.From).ToList();
        if (gaps.Exists(gap => gap.From >= gap.To) || gaps.Zip(gaps.Skip(1)).Any(pair => pair.First.To > pair.Second.From)) faults.Add(new Fault("/removed", "order", "Each ends after it begins, and none overlaps another."));
        return faults;
    }
}
