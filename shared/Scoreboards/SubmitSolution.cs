using System.ComponentModel.DataAnnotations;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>Hands in a solution while the contest runs. Organisers may do it for somebody, with the time at which it came.</summary>
public sealed class SubmitSolution(Database database, Cache cache, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request hands in once.</summary>
        public Guid? Id { get; init; }

        [StringLength(36, MinimumLength = 1), Example("apples")]
        public required string ProblemId { get; init; }

        [StringLength(36, MinimumLength = 1), Example("cpp")]
        public required string LanguageId { get; init; }

        [StringLength(200, MinimumLength = 1), Example(null!)]
        public string? EntryPoint { get; init; }

        /// <summary>Whose it is, where an organiser hands in for somebody.</summary>
        public Guid? RegistrationId { get; init; }

        /// <summary>When it came, where an organiser hands in for somebody.</summary>
        [Example(null!)]
        public DateTimeOffset? At { get; init; }
    }

    public sealed record View(Guid Id, Guid RegistrationId, string ProblemId, string LanguageId, string? EntryPoint, DateTimeOffset SubmittedAt);

    private const string Columns = "id, registration_id, problem_id, language_id, entry_point, submitted_at";

    public Task<Outcome<View>> Run(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var manages = caller.Allows(Permissions.CompetitionManage, Scope.Competition(competitionId));
            if (!manages && (request.RegistrationId is not null || request.At is not null)) return CommonProblems.Forbidden;
            // Whoever makes the contest final waits until those who hand in are done, and the other way round.
            await session.ExecuteAsync("SELECT FROM problem_contests WHERE tenant_id = @TenantId AND competition_id = @competitionId FOR SHARE", new { caller.TenantId, competitionId }, cancellationToken);
            var found = await ContestStore.ReadAsync(session, caller, competitionId, null, null, cancellationToken);
            if (found.Value is not { } loaded) return found.Problem!;
            var now = clock.GetUtcNow();
            var at = request.At ?? now;
            var registration = await session.FirstAsync<Guid?>(
                """
                SELECT registrations.id FROM registrations
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status = 'approved'
                  AND (registrations.id = @RegistrationId OR (@RegistrationId::uuid IS NULL AND EXISTS (
                        SELECT FROM competition_entrants AS entrant
                        WHERE entrant.tenant_id = @TenantId AND entrant.competition_id = @competitionId AND entrant.user_id = @Person
                          AND (entrant.registration_id = registrations.id OR entrant.team_id = registrations.team_id))))
                """,
                new { caller.TenantId, caller.Person, competitionId, request.RegistrationId },
                cancellationToken);
            if (registration is null) return request.RegistrationId is null ? CommonProblems.Forbidden : Problem.Invalid("/registrationId", "unknown", "There is no such approved registration.");
            if (request.Id is { } id && await session.FirstAsync<View>($"SELECT {Columns} FROM contest_submissions WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken) is { } before)
                return before.RegistrationId == registration && before.ProblemId == request.ProblemId && before.LanguageId == request.LanguageId && before.EntryPoint == request.EntryPoint ? before : IdentityProblems.IdTaken;
            if (at > now) return Problem.Invalid("/at", "future", "This time has not come yet.");
            if (loaded.Contest.FinalizedAt is not null) return ContestProblems.Finalized;
            if (loaded.Contest.StartsAt is null || loaded.Contest.ContestTime(at) < TimeSpan.Zero || loaded.Contest.ContestTime(at) >= loaded.Contest.Duration) return ContestProblems.NotRunning;
            if (loaded.Contest.Problems.All(problem => problem.Id != request.ProblemId)) return Problem.Invalid("/problemId", "unknown", "The contest has no such problem.");
            if (loaded.Contest.Languages.All(language => language.Id != request.LanguageId)) return Problem.Invalid("/languageId", "unknown", "The contest has no such language.");
            await ContestMemory.ForgetAsync(cache, session, caller.TenantId, competitionId);
            return await session.SingleAsync<View>(
                $"""
                INSERT INTO contest_submissions (tenant_id, id, competition_id, registration_id, problem_id, language_id, entry_point, submitted_at, submitted_by)
                VALUES (@TenantId, @id, @competitionId, @registration, @ProblemId, @LanguageId, @EntryPoint, @at, @Person)
                RETURNING {Columns}
                """,
                new { caller.TenantId, caller.Person, id = request.Id ?? Guid.CreateVersion7(now), competitionId, registration, request.ProblemId, request.LanguageId, request.EntryPoint, at },
                cancellationToken);
        },
        cancellationToken);
}
