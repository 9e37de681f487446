using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting;

/// <summary>
/// Takes a voting from draft over open and closed to published: by hand, or when its times come. Each step is taken once, whoever asks how often.
/// </summary>
public sealed partial class MovePhase(Database database, VotingSessions sessions, SealVoteLog log, CountVotes count, TimeProvider clock, ILogger<MovePhase> logger)
{
    public sealed record Request
    {
        /// <summary>open, closed, published; open again from closed where nothing is published.</summary>
        public required VotingStatus Phase { get; init; }
    }

    public sealed record HaltRequest
    {
        /// <summary>What voters are told.</summary>
        [StringLength(500, MinimumLength = 1), Example("We are looking into irregularities.")]
        public required string Reason { get; init; }
    }

    /// <summary>When a voting's next phase is due; null where none is to come by itself.</summary>
    public sealed record Step(DateTimeOffset? Next);

    public async Task<Outcome<VotingSessions.View>> ByHandAsync(Caller caller, Guid id, Request request, int? ifMatch, CancellationToken cancellationToken)
    {
        var known = await sessions.ReadAsync(caller, id, cancellationToken);
        if (known.Problem is { } unknown) return unknown;
        if (!VotingSessions.MayManage(caller, known.Value!.CompetitionId)) return CommonProblems.Forbidden;
        if (ifMatch is not null && ifMatch != known.Value.Version) return CommonProblems.Stale;
        // a repeated request finds its work done
        if (known.Value.Status == request.Phase) return known.Value;
        return request.Phase switch
        {
            VotingStatus.Open => await OpenAsync(caller, id, cancellationToken),
            VotingStatus.Closed => await CloseAsync(caller, id, cancellationToken),
            VotingStatus.Published => await PublishAsync(caller, id, cancellationToken),
            _ => VotingProblems.PhaseRefused,
        };
    }

    /// <summary>Does what is due, and says when something is due again.</summary>
    public async Task<Step> WhenDueAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        while (true)
        {
            var voting = await database.As(actor).FirstAsync<VotingSessions.View>(
                $"SELECT {VotingSessions.Columns} FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL", new { actor.TenantId, id }, cancellationToken);
            var now = clock.GetUtcNow();
            var due = voting switch
            {
                { Status: VotingStatus.Draft, OpensAt: { } opens } => opens,
                { Status: VotingStatus.Open, ClosesAt: { } closes } => closes,
                { Status: VotingStatus.Closed, PublishesItself: true } => now,
                _ => (DateTimeOffset?)null,
            };
            if (due is null || due > now) return new Step(due);
            var moved = voting!.Status switch
            {
                VotingStatus.Draft => await OpenAsync(actor, id, cancellationToken),
                VotingStatus.Open => await CloseAsync(actor, id, cancellationToken),
                _ => await PublishAsync(actor, id, cancellationToken),
            };
            if (moved.Problem is not { } problem) continue;
            // what is missing only people can mend; they open or publish it by hand then
            LogNotMoved(logger, id, problem.Detail ?? problem.Kind.Title);
            return new Step(null);
        }
    }

    /// <summary>The emergency switch: nobody casts from this moment on, until it is lifted.</summary>
    public Task<Outcome<VotingSessions.View>> HaltAsync(Caller caller, Guid id, HaltRequest? request, CancellationToken cancellationToken) => database.InTransaction<VotingSessions.View>(
        caller,
        async session =>
        {
            var (known, problem) = await VotingSessions.LockAsync(session, caller, id, null, cancellationToken);
            if (known is null) return problem!;
            return await SetHaltAsync(session, caller, id, clock.GetUtcNow(), request?.Reason, cancellationToken);
        },
        cancellationToken);

    /// <summary>Halts a voting that is locked, or lets it go on where there is no reason.</summary>
    internal Task<VotingSessions.View> SetHaltAsync(Session session, Caller caller, Guid id, DateTimeOffset now, string? reason, CancellationToken cancellationToken) =>
        SetAsync(session, caller, id, "halted_at = CASE WHEN @reason IS NOT NULL THEN coalesce(halted_at, @now) END, halted_for = @reason", new { now, reason }, cancellationToken);

    private Task<Outcome<VotingSessions.View>> OpenAsync(Actor actor, Guid id, CancellationToken cancellationToken) => database.InTransaction<VotingSessions.View>(
        actor,
        async session =>
        {
            var known = await LockAsync(session, actor, id, cancellationToken);
            var now = clock.GetUtcNow();
            if (known is null) return Problem.NotFound("voting");
            if (known.Status == VotingStatus.Open) return known;
            if (known.Status is not (VotingStatus.Draft or VotingStatus.Closed)) return VotingProblems.PhaseRefused;
            if (known.ClosesAt <= now) return new Problem(VotingProblems.PhaseRefused, "Its end is past: set another first.");
            if (known.Status == VotingStatus.Draft && await FaultAsync(session, actor, known, cancellationToken) is { } fault) return new Problem(VotingProblems.PhaseRefused, fault);
            await session.ExecuteAsync("SELECT add_vote_partitions((@now AT TIME ZONE time_zone)::date) FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id", new { actor.TenantId, id, now }, cancellationToken);
            return await SetAsync(
                session, actor, id,
                "status = 'open', opened_at = coalesce(opened_at, @now), contest_month = coalesce(contest_month, date_trunc('month', @now AT TIME ZONE time_zone)::date), closed_at = NULL, results = NULL",
                new { now },
                cancellationToken);
        },
        cancellationToken);

    // what keeps a voting from beginning
    private static async Task<string?> FaultAsync(Session session, Actor actor, VotingSessions.View known, CancellationToken cancellationToken)
    {
        var numbers = await session.QueryAsync<(Guid SessionId, int Number)>(
            "SELECT voting_session_id, number::int FROM vote_options WHERE tenant_id = @TenantId AND voting_session_id IN (@Id, @jury) AND withdrawn_at IS NULL",
            new { actor.TenantId, known.Id, jury = known.Points?.JurySessionId ?? known.Id },
            cancellationToken);
        var own = numbers.Where(option => option.SessionId == known.Id).Select(option => option.Number).ToHashSet();
        if (own.Count < 2) return "There are fewer than two options to vote for.";
        if (own.Count < known.Seats) return "There are fewer options than winners.";
        return known.Points?.JurySessionId is { } jury && !numbers.Where(option => option.SessionId == jury).Select(option => option.Number).ToHashSet().SetEquals(own)
            ? "The jury's voting has other options."
            : null;
    }

    private async Task<Outcome<VotingSessions.View>> CloseAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var closed = await database.InTransaction<VotingSessions.View>(
            actor,
            async session =>
            {
                // whoever is just casting is let through first; who comes now finds it closed
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(voting_lock(@id))", new { id }, cancellationToken);
                var known = await LockAsync(session, actor, id, cancellationToken);
                if (known is null) return Problem.NotFound("voting");
                if (known.Status == VotingStatus.Closed) return known;
                if (known.Status != VotingStatus.Open) return VotingProblems.PhaseRefused;
                return await SetAsync(session, actor, id, "status = 'closed', closed_at = @now", new { now = clock.GetUtcNow() }, cancellationToken);
            },
            cancellationToken);
        if (closed.Problem is null) await log.RunAsync(actor, id, cancellationToken);
        return closed;
    }

    private async Task<Outcome<VotingSessions.View>> PublishAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        // judging doubtful votes may have added to the log
        await log.RunAsync(actor, id, cancellationToken);
        var counted = await count.RunAsync(actor, id, cancellationToken);
        if (counted.Problem is { } problem) return problem;
        return await database.InTransaction<VotingSessions.View>(
            actor,
            async session =>
            {
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(voting_lock(@id))", new { id }, cancellationToken);
                var known = await LockAsync(session, actor, id, cancellationToken);
                if (known is null) return Problem.NotFound("voting");
                if (known.Status == VotingStatus.Published) return known;
                if (known.Status != VotingStatus.Closed) return VotingProblems.PhaseRefused;
                if (await SealVoteLog.LastIdAsync(session, actor, id, cancellationToken) != counted.Value!.LastEntryId) return new Problem(CommonProblems.Stale, "Votes were judged just now. Try again.");
                return await SetAsync(
                    session, actor, id, "status = 'published', published_at = @now, results = @results::jsonb",
                    new { now = clock.GetUtcNow(), results = JsonSerializer.Serialize(counted.Value, Json.Options) }, cancellationToken);
            },
            cancellationToken);
    }

    private static Task<VotingSessions.View?> LockAsync(Session session, Actor actor, Guid id, CancellationToken cancellationToken) => session.FirstAsync<VotingSessions.View>(
        $"SELECT {VotingSessions.Columns} FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR NO KEY UPDATE", new { actor.TenantId, id }, cancellationToken);

    private async Task<VotingSessions.View> SetAsync(Session session, Actor actor, Guid id, string set, object values, CancellationToken cancellationToken)
    {
        var args = new Dapper.DynamicParameters(values);
        args.AddDynamicParams(new { actor.TenantId, actor.UserId, id });
        var view = await session.SingleAsync<VotingSessions.View>(
            $"UPDATE voting_sessions SET {set}, updated_at = @now, updated_by = @UserId, version = version + 1 WHERE tenant_id = @TenantId AND id = @id RETURNING {VotingSessions.Columns}", args, cancellationToken);
        await sessions.ForgetAsync(session, actor.TenantId, id);
        return view;
    }

    [LoggerMessage(800, LogLevel.Warning, "Voting {Id} cannot go to its next phase by itself: {Reason}")]
    private static partial void LogNotMoved(ILogger logger, Guid id, string reason);
}
