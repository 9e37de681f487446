using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>What an administrator changes of somebody's account. Who is suspended is signed out everywhere at once.</summary>
public sealed class ChangePerson(Database database, Rank rank, OwnSessions sessions, People people, TimeProvider clock)
{
    /// <summary>Fields that are absent stay as they are. With another institution comes another program, or none.</summary>
    public sealed record Request
    {
        [StringLength(100, MinimumLength = 1)]
        public string? FirstName { get; init; }

        [StringLength(100, MinimumLength = 1)]
        public string? LastName { get; init; }

        public Users.Status? Status { get; init; }

        public Guid? InstitutionId { get; init; }

        public Guid? ProgramId { get; init; }
    }

    public Task<Outcome<Users.View>> Run(Caller caller, Guid userId, Request request, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<Users.View>(
        caller,
        async session =>
        {
            var suspends = request.Status == Users.Status.Suspended;
            var last = suspends ? await Rank.LastAsync(session, caller, userId, cancellationToken) : null;
            var reached = await rank.ReachAsync(session, caller, userId, ifMatch, cancellationToken);
            if (reached.Problem is { } problem) return problem;
            if (last is not null) return last;
            var institution = request.InstitutionId ?? (request.ProgramId is null ? null : reached.Value!.InstitutionId);
            if (await Affiliation.FaultAsync(session, caller, institution, request.ProgramId, cancellationToken) is { } fault) return fault;
            var changed = await session.SingleAsync<Users.View>(
                $"""
                UPDATE users
                SET first_name = coalesce(@firstName, first_name), last_name = coalesce(@lastName, last_name), account_status = coalesce(@status, account_status),
                    program_id = CASE WHEN @InstitutionId <> institution_id THEN @ProgramId ELSE coalesce(@ProgramId, program_id) END,
                    institution_id = coalesce(@InstitutionId, institution_id), updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @userId
                RETURNING {Users.Columns}
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    userId,
                    firstName = request.FirstName?.Trim(),
                    lastName = request.LastName?.Trim(),
                    status = request.Status?.ToString().ToLowerInvariant(),
                    request.InstitutionId,
                    request.ProgramId,
                    now = clock.GetUtcNow(),
                },
                cancellationToken);
            // also as they come back: a sign-in may have crossed the suspension
            if (changed.Status != reached.Value!.Status) await sessions.EndAllAsync(session, caller.TenantId, userId, "suspended");
            else await people.ForgetAsync(session, caller.TenantId, userId);
            return changed;
        },
        cancellationToken);
}
