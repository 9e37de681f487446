using System.ComponentModel.DataAnnotations;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Running;

/// <summary>An entry says that its place is wrong, talks about it with the organisers, and may take it back.</summary>
public sealed class RaiseAppeal(Database database, DirectRun runs, RunNotices notices, TimeProvider clock)
{
    private const int MostMessages = 100;

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request appeals once.</summary>
        public Guid? Id { get; init; }

        [StringLength(4000, MinimumLength = 1), Example("The second judge seems to have read another entry.")]
        public required string Reason { get; init; }
    }

    public sealed record Words
    {
        /// <summary>Chosen by the client, so that a repeated request says it once.</summary>
        public Guid? Id { get; init; }

        [StringLength(4000, MinimumLength = 1), Example("Which page do you mean?")]
        public required string Text { get; init; }
    }

    public Task<Outcome<Appeals.Details>> RunAsync(Caller caller, Guid competitionId, Guid roundId, Request request, CancellationToken cancellationToken) => runs.OnRunAsync<Appeals.Details>(
        caller,
        competitionId,
        async (session, run, now) =>
        {
            if (run.Round(roundId) is not { } round) return Problem.NotFound("round");
            if (await Appeals.OwnAsync(session, caller, competitionId, roundId, cancellationToken) is not { } own) return new Problem(CommonProblems.Forbidden, "You are not in this round.");
            if (own.CaptainId is { } captain && captain != caller.Person) return new Problem(CommonProblems.Forbidden, "The captain appeals for the team.");
            var (id, reason) = (request.Id ?? Guid.CreateVersion7(now), request.Reason.Trim());
            if (reason == "") return Problem.Invalid("/reason", "required", "Say what is wrong.");
            var known = await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
            if (known.Value is { } before) return before.Appeal.Reason == reason ? before : RunningProblems.AppealRaised;
            if (round.Phase != RoundPhase.Appealing || now >= round.AppealsUntil) return RunningProblems.AppealsClosed;
            await session.ExecuteAsync(
                """
                INSERT INTO competition_appeals (tenant_id, id, competition_id, round_id, registration_id, standing, reason, raised_by, raised_at)
                SELECT @TenantId, @id, @competitionId, @roundId, @RegistrationId, max(number), @reason, @Person, @now FROM round_standings WHERE tenant_id = @TenantId AND round_id = @roundId
                """,
                new { caller.TenantId, caller.Person, id, competitionId, roundId, own.RegistrationId, reason, now },
                cancellationToken);
            await notices.StepAsync(
                new RunNotices.Context(session, caller.Tenant, run.Competition, round, now, caller.UserId) { Reason = reason, RegistrationId = own.RegistrationId }, "appeal-raised", "", cancellationToken,
                ("appeal-raised", RunNotices.To.Organisers));
            return await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>Organisers and those of the entry write to each other until it is decided.</summary>
    public Task<Outcome<Appeals.Details>> SayAsync(Caller caller, Guid competitionId, Guid id, Words request, CancellationToken cancellationToken) => database.InTransaction<Appeals.Details>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken);
            if (locked.Problem is { } gone) return gone;
            // one after the other, so that the thread has an order and an end
            await session.FirstAsync<Guid?>("SELECT id FROM competition_appeals WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @id FOR NO KEY UPDATE", new { caller.TenantId, competitionId, id }, cancellationToken);
            var found = await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
            if (found.Value is not { } details) return found;
            var now = clock.GetUtcNow();
            var (messageId, text) = (request.Id ?? Guid.CreateVersion7(now), request.Text.Trim());
            if (text == "") return Problem.Invalid("/text", "required", "Say something.");
            if (details.Thread.Any(message => message.Id == messageId)) return details;
            if (details.Appeal.State is not (AppealState.Open or AppealState.Rescoring)) return RunningProblems.AppealDecided;
            if (details.Thread.Count >= MostMessages) return new Problem(RunningProblems.AppealDecided, $"An appeal has at most {MostMessages} messages: it is time to decide.");
            var own = await Appeals.OwnAsync(session, caller, competitionId, details.Appeal.RoundId, cancellationToken);
            var organiser = own?.RegistrationId != details.Appeal.RegistrationId;
            await session.ExecuteAsync(
                "INSERT INTO appeal_messages (tenant_id, id, appeal_id, written_by, organiser, text, sent_at) VALUES (@TenantId, @messageId, @id, @Person, @organiser, @text, @now)",
                new { caller.TenantId, messageId, id, caller.Person, organiser, text, now },
                cancellationToken);
            await notices.TellAsync(
                await ContextAsync(session, caller, locked.Value!, details.Appeal, now, cancellationToken) with { Reason = text }, "appeal-message", organiser ? RunNotices.To.OfEntry : RunNotices.To.Organisers, cancellationToken);
            return await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>As long as no review is written once more because of it. A second time changes nothing.</summary>
    public Task<Outcome<Appeals.Details>> WithdrawAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) => runs.OnRunAsync<Appeals.Details>(
        caller,
        competitionId,
        async (session, run, now) =>
        {
            var found = await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
            if (found.Value is not { } details) return found;
            if (await Appeals.OwnAsync(session, caller, competitionId, details.Appeal.RoundId, cancellationToken) is not { } own || own.RegistrationId != details.Appeal.RegistrationId || (own.CaptainId ?? caller.Person) != caller.Person)
                return new Problem(CommonProblems.Forbidden, "Who may appeal for the entry takes it back.");
            if (details.Appeal.State == AppealState.Withdrawn) return details;
            if (details.Appeal.State != AppealState.Open) return RunningProblems.AppealDecided;
            await session.ExecuteAsync(
                "UPDATE competition_appeals SET state = 'withdrawn', decided_at = @now, decided_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, caller.Person, id, now }, cancellationToken);
            var round = run.Round(details.Appeal.RoundId);
            await notices.StepAsync(new RunNotices.Context(session, caller.Tenant, run.Competition, round, now, caller.UserId), "appeal-withdrawn", "", cancellationToken);
            return await Appeals.ReadAsync(session, caller, competitionId, id, cancellationToken);
        },
        cancellationToken);

    private static async Task<RunNotices.Context> ContextAsync(Session session, Caller caller, LockedCompetition competition, Appeals.View appeal, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var run = await CompetitionRun.OfAsync(session, caller.TenantId, competition, now, cancellationToken);
        return new RunNotices.Context(session, caller.Tenant, competition, run?.Round(appeal.RoundId), now, caller.UserId) { RegistrationId = appeal.RegistrationId };
    }
}
