using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting;

/// <summary>Sets votings up and changes them. Their rules are frozen once voting has begun; words and the end may still change.</summary>
public sealed class EditVotingSession(Database database, VotingSessions sessions, TimeProvider clock)
{
    // a day's votes are numbered within two bytes, for so many days
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    public sealed record Request : VotingRules
    {
        /// <summary>Chosen by the client, so that a repeated request makes one voting.</summary>
        public Guid? Id { get; init; }
    }

    public async Task<Outcome<VotingSessions.View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        if (!VotingSessions.MayManage(caller, request.CompetitionId)) return CommonProblems.Forbidden;
        var now = clock.GetUtcNow();
        if (FaultsOf(request, null, now) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var id = request.Id ?? Guid.CreateVersion7(now);
        return await database.InTransaction<VotingSessions.View>(
            caller,
            async session =>
            {
                var added = await session.FirstAsync<VotingSessions.View>(
                    $"""
                    INSERT INTO voting_sessions (tenant_id, id, competition_id, title, description, method, ballot, period, votes_per_period, most_options, seats, lowest_score, highest_score,
                        may_change, may_withdraw, visibility, voters, countries, institution_ids, groups, only_groups, points, time_zone, opens_at, closes_at, publishes_itself,
                        created_at, created_by, updated_at, updated_by)
                    VALUES (@TenantId, @id, @CompetitionId, @Title, @Description, @method, @ballot, @period, @VotesPerPeriod, @MostOptions, @Seats, @LowestScore, @HighestScore,
                        @MayChange, @MayWithdraw, @visibility, @voters, @countries, @institutions, @groups::jsonb, @OnlyGroups, @points::jsonb, @zone, @OpensAt, @ClosesAt, @PublishesItself,
                        @now, @Person, @now, @Person)
                    ON CONFLICT (tenant_id, id) DO NOTHING
                    RETURNING {VotingSessions.Columns}
                    """,
                    Values(caller, id, request, now),
                    cancellationToken);
                if (added is not null) return added;
                // the same request again has the same answer
                var known = await session.FirstAsync<VotingSessions.View>(
                    $"SELECT {VotingSessions.Columns} FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL", new { caller.TenantId, id }, cancellationToken);
                return known is not null && Same(known, request, caller) ? known : VotingProblems.IdTaken;
            },
            cancellationToken);
    }

    public Task<Outcome<VotingSessions.View>> ReplaceAsync(Caller caller, Guid id, VotingRules rules, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<VotingSessions.View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var (known, problem) = await VotingSessions.LockAsync(session, caller, id, ifMatch, cancellationToken);
            if (known is null) return problem!;
            if (!VotingSessions.MayManage(caller, rules.CompetitionId)) return CommonProblems.Forbidden;
            if (FaultsOf(rules, known, now) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
            if (known.Status != VotingStatus.Draft && !Same(known, rules with { Title = known.Title, Description = known.Description, ClosesAt = known.ClosesAt, OpensAt = known.OpensAt, PublishesItself = known.PublishesItself }, caller))
                return VotingProblems.SessionFrozen;
            if (known.Status is VotingStatus.Closed or VotingStatus.Published && rules.ClosesAt != known.ClosesAt) return VotingProblems.SessionFrozen;
            var changed = await session.SingleAsync<VotingSessions.View>(
                $"""
                UPDATE voting_sessions
                SET competition_id = @CompetitionId, title = @Title, description = @Description, method = @method, ballot = @ballot, period = @period, votes_per_period = @VotesPerPeriod,
                    most_options = @MostOptions, seats = @Seats, lowest_score = @LowestScore, highest_score = @HighestScore, may_change = @MayChange, may_withdraw = @MayWithdraw,
                    visibility = @visibility, voters = @voters, countries = @countries, institution_ids = @institutions, groups = @groups::jsonb, only_groups = @OnlyGroups, points = @points::jsonb,
                    time_zone = @zone, opens_at = @OpensAt, closes_at = @ClosesAt, publishes_itself = @PublishesItself, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                RETURNING {VotingSessions.Columns}
                """,
                Values(caller, id, rules, now),
                cancellationToken);
            await sessions.ForgetAsync(session, caller.TenantId, id);
            return changed;
        },
        cancellationToken);

    /// <summary>Takes a draft away.</summary>
    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var (known, problem) = await VotingSessions.LockAsync(session, caller, id, ifMatch, cancellationToken);
            if (known is null) return problem!;
            if (known.Status != VotingStatus.Draft) return VotingProblems.SessionFrozen;
            await session.ExecuteAsync(
                "UPDATE voting_sessions SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            await sessions.ForgetAsync(session, caller.TenantId, id);
            return true;
        },
        cancellationToken);

    private static List<Fault> FaultsOf(VotingRules rules, VotingSessions.View? known, DateTimeOffset now)
    {
        var faults = new List<Fault>();
        void Refuse(bool broken, string pointer, string detail)
        {
            if (broken) faults.Add(new Fault(pointer, "rule", detail));
        }
        var isRanked = rules.Method is VotingMethod.InstantRunoff or VotingMethod.Schulze or VotingMethod.Stv;
        var hasShares = rules.Groups.Any(group => group.Share > 0);
        Refuse(rules.Ballot == BallotKind.Option && rules.Method != VotingMethod.Plurality, "/ballot", "Only plurality takes votes for each option on its own.");
        Refuse(rules.Method == VotingMethod.InstantRunoff && rules.Seats > 1, "/seats", "Instant run-off has one winner; the single transferable vote has several.");
        Refuse(rules.LowestScore >= rules.HighestScore, "/highestScore", "It must be above the lowest score.");
        Refuse(rules.ClosesAt <= rules.OpensAt, "/closesAt", "It must be after the opening.");
        Refuse(rules.ClosesAt - (rules.OpensAt ?? now) > Longest, "/closesAt", "A voting lasts 400 days at most.");
        Refuse(rules.ClosesAt <= now && rules.ClosesAt != known?.ClosesAt, "/closesAt", "It is past.");
        Refuse(hasShares && isRanked, "/groups", "Shares go with plurality, approval and score only.");
        Refuse(hasShares && rules.Points is not null, "/points", "Points and shares do not go together.");
        Refuse(rules.Points is not null && rules.Method == VotingMethod.Schulze, "/points", "Points need ballots without equal places.");
        Refuse(rules.Points?.Scale.Zip(rules.Points.Scale.Skip(1)).Any(pair => pair.First < pair.Second) == true || rules.Points?.Scale.Any(points => points is < 1 or > 100_000) == true, "/points/scale", "Points are positive and do not rise from place to place.");
        Refuse(rules.OnlyGroups && rules.Groups.Count == 0, "/onlyGroups", "There is no group.");
        Refuse(rules.Groups.Any(group => decimal.Round(group.Weight, 3) != group.Weight), "/groups", "A weight has three decimal places at most.");
        Refuse(rules.Groups.Select(group => group.Name).Distinct().Count() < rules.Groups.Count, "/groups", "Each group has a name of its own.");
        Refuse(rules.Voters is VotersKind.Email or VotersKind.Anyone && (rules.InstitutionIds.Length > 0 || rules.Groups.Any(group => group.Role is not null || group.InstitutionId is not null)),
            "/voters", "Roles and institutions are known of signed-in people only.");
        return faults;
    }

    private static object Values(Caller caller, Guid id, VotingRules rules, DateTimeOffset now) => new
    {
        caller.TenantId,
        caller.Person,
        id,
        rules.CompetitionId,
        Title = rules.Title.Trim(),
        rules.Description,
        method = rules.Method.Word(),
        ballot = rules.Ballot.Word(),
        period = rules.Period.Word(),
        rules.VotesPerPeriod,
        rules.MostOptions,
        rules.Seats,
        rules.LowestScore,
        rules.HighestScore,
        rules.MayChange,
        rules.MayWithdraw,
        visibility = rules.Visibility.Word(),
        voters = rules.Voters.Word(),
        countries = rules.Countries,
        institutions = rules.InstitutionIds,
        groups = JsonSerializer.Serialize(rules.Groups, Json.Options),
        rules.OnlyGroups,
        points = rules.Points is null ? null : JsonSerializer.Serialize(rules.Points, Json.Options),
        zone = rules.TimeZone ?? caller.Tenant.TimeZone,
        rules.OpensAt,
        rules.ClosesAt,
        rules.PublishesItself,
        now,
    };

    // lists make records unequal, so what would be written is compared; instants are kept to the microsecond
    private static bool Same(VotingRules known, VotingRules wanted, Caller caller)
    {
        return Text(known) == Text(wanted);

        string Text(VotingRules rules) => JsonSerializer.Serialize(Values(caller, Guid.Empty, rules with { OpensAt = Cut(rules.OpensAt), ClosesAt = Cut(rules.ClosesAt) }, default));
    }

    private static DateTimeOffset? Cut(DateTimeOffset? instant) => instant is { } at ? new DateTimeOffset(at.UtcTicks / 10 * 10, TimeSpan.Zero) : null;
}
