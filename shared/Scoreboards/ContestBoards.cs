using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>Shows contests: their state, the board at any instant, the ceremony.</summary>
public sealed class ContestBoards(ContestMemory contests, TimeProvider clock)
{
    /// <summary>What everybody may see of a contest.</summary>
    public sealed record Shown(ContestView Contest, Board Board);

    public sealed record ContestView
    {
        public required Guid CompetitionId { get; init; }

        public required string Name { get; init; }

        public DateTimeOffset? StartsAt { get; init; }

        public DateTimeOffset? EndsAt { get; init; }

        public required int DurationSeconds { get; init; }

        public int? FreezeBeforeSeconds { get; init; }

        public required int PenaltySeconds { get; init; }

        public required PenaltyUnit PenaltyUnit { get; init; }

        /// <summary>What has happened by now; null is not yet.</summary>
        public required ContestState State { get; init; }

        /// <summary>The problems; everybody learns of them when it starts.</summary>
        public required IReadOnlyList<ContestProblem> Problems { get; init; }

        public required IReadOnlyList<ContestLanguage> Languages { get; init; }

        public required int Version { get; init; }

        internal static ContestView Of(ContestStore.Loaded loaded, DateTimeOffset now, Audience audience) => new()
        {
            CompetitionId = Guid.Parse(loaded.Contest.Id),
            Name = loaded.Contest.Name,
            StartsAt = loaded.Contest.StartsAt,
            EndsAt = loaded.Contest.EndsAt,
            DurationSeconds = (int)loaded.Contest.Duration.TotalSeconds,
            FreezeBeforeSeconds = (int?)loaded.Contest.FreezeBefore?.TotalSeconds,
            PenaltySeconds = (int)loaded.Contest.Penalty.TotalSeconds,
            PenaltyUnit = loaded.Contest.Unit,
            State = ContestState.At(loaded.Contest, now),
            Problems = audience == Audience.Jury || loaded.Contest.StartsAt <= now ? loaded.Contest.Problems : [],
            Languages = loaded.Contest.Languages,
            Version = loaded.Version,
        };
    }

    public sealed record BoardQuery
    {
        /// <summary>The board as it stood then; absent, as it stands now.</summary>
        public DateTimeOffset? At { get; init; }

        /// <summary>As everybody sees it, where the caller may see more.</summary>
        public bool Public { get; init; }
    }

    /// <param name="At">Since when the board stands so.</param>
    /// <param name="ContestSeconds">How much of the contest had gone by then.</param>
    public sealed record Board(DateTimeOffset At, double ContestSeconds, bool Frozen, IReadOnlyList<Line> Lines, IReadOnlyList<ContestAward> Awards);

    public sealed record Line(int Rank, string TeamId, string Team, int Solved, double PenaltySeconds, double? LastSolvedSeconds, IReadOnlyList<Cell> Cells);

    public sealed record Cell(string ProblemId, int Judged, int Pending, bool Solved, double? SolvedSeconds, bool First);

    public sealed record CeremonyQuery
    {
        /// <summary>How many steps were done.</summary>
        [Range(0, 1000000)]
        public int Steps { get; init; }
    }

    /// <summary>The board after the steps that were done, and the next of them; null when there is none.</summary>
    public sealed record CeremonyView(int Steps, int Of, CeremonyStep? Next, Board Board);

    public async Task<Outcome<ContestView>> ReadAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken)
    {
        var found = await contests.OfAsync(caller, competitionId, cancellationToken);
        return found.Value is { Loaded: var loaded } ? ContestView.Of(loaded, clock.GetUtcNow(), ContestStore.AudienceOf(caller, competitionId)) : found.Problem!;
    }

    /// <summary>The contest and its board as everybody sees them now, whoever asks.</summary>
    public async Task<Outcome<Shown>> ShownAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken)
    {
        var found = await contests.OfAsync(caller.AsAnybody(), competitionId, cancellationToken);
        if (found.Value is not { Loaded: var loaded }) return found.Problem!;
        var now = clock.GetUtcNow();
        return new Shown(ContestView.Of(loaded, now, Audience.Public), ViewOf(loaded.Contest, ProblemBoard.Of(loaded.Contest, loaded.Facts, now, Audience.Public)));
    }

    /// <summary>The board at an instant; the future is as now. In a freeze only the jury sees what has come since.</summary>
    public async Task<Outcome<JsonAnswer>> BoardAsync(Caller caller, Guid competitionId, BoardQuery query, CancellationToken cancellationToken)
    {
        var found = await contests.OfAsync(caller, competitionId, cancellationToken);
        if (found.Value is not { } contest) return found.Problem!;
        var now = clock.GetUtcNow();
        return contest.Board(query.Public ? Audience.Public : ContestStore.AudienceOf(caller, competitionId), now, query.At ?? now, ViewOf, Json.Options);
    }

    /// <summary>The ceremony, step by step, for those who show it.</summary>
    public async Task<Outcome<CeremonyView>> CeremonyAsync(Caller caller, Guid competitionId, CeremonyQuery query, CancellationToken cancellationToken)
    {
        var found = await contests.OfAsync(caller, competitionId, cancellationToken);
        if (found.Value is not { Loaded: var loaded }) return found.Problem!;
        var now = clock.GetUtcNow();
        if (!(loaded.Contest.EndsAt <= now)) return ContestProblems.NotOver;
        var steps = Ceremony.Steps(loaded.Contest, loaded.Facts, now);
        var done = Math.Min(query.Steps, steps.Count);
        return new CeremonyView(done, steps.Count, done < steps.Count ? steps[done] : null, ViewOf(loaded.Contest, Ceremony.BoardAfter(loaded.Contest, loaded.Facts, now, done)));
    }

    internal static Board ViewOf(ProblemContest contest, ProblemBoard board)
    {
        var names = contest.Teams.ToDictionary(team => team.Id, team => team.Name);
        return new Board(
            board.At,
            board.ContestTime.TotalSeconds,
            board.State.IsFrozen,
            [
                .. board.Rows.Select(row => new Line(
                    row.Rank, row.TeamId, names[row.TeamId], row.Solved, row.Penalty.TotalSeconds, row.LastSolved?.TotalSeconds,
                    [.. row.Cells.Select(cell => new Cell(cell.ProblemId, cell.Judged, cell.Pending, cell.IsSolved, cell.SolvedAt is { } at ? ProblemBoard.Cut(contest, at).TotalSeconds : null, cell.IsFirst))])),
            ],
            ContestAwards.Of(contest, board));
    }
}
