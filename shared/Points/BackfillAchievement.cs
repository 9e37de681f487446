using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>Applies a rule to all that people have done already, some hundreds of people at a time; and says before who would get what.</summary>
public sealed class BackfillAchievement(Database database, Outbox outbox, Inbox inbox, GiveAwards awards, TimeProvider clock)
{
    /// <summary>The subject of the queue's messages that do a step.</summary>
    public const string Subject = "achievement-backfill";

    private const int Step = 500;
    private const int Named = 100;

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request applies it once.</summary>
        public Guid? Id { get; init; }

        /// <summary>Whether those who earn something are told.</summary>
        [Example(true)]
        public bool Tell { get; init; } = true;
    }

    public sealed record View(Guid Id, bool Tell, DateTimeOffset RequestedAt, Guid? RequestedBy, int People, int Awarded, int Lapsed, DateTimeOffset? FinishedAt);

    /// <summary>Who would get something that they do not have yet; the first hundred of them by name.</summary>
    public sealed record Preview(int People, int Awards, long Points, IReadOnlyList<Earner> Items);

    public sealed record Earner(Guid UserId, string Name, int Awards, DateTimeOffset EarnedAt);

    public sealed record Order(Guid BackfillId);

    private sealed record Backfill(Guid AchievementId, bool Tell, Guid? AfterId, DateTimeOffset? FinishedAt);

    private sealed record Held(Guid UserId, Guid AwardKey);

    private const string Columns = "id, tell, requested_at, requested_by, people, awarded, lapsed, finished_at";

    /// <summary>Of a rule that is not there yet.</summary>
    public async Task<Outcome<Preview>> PreviewAsync(Caller caller, EditAchievement.Request request, CancellationToken cancellationToken)
    {
        var rule = EditAchievement.RuleOf(request, clock.GetUtcNow());
        if (EditAchievement.FaultsOf(caller, request, rule) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var reader = database.Reading(caller);
        return await EditAchievement.UnknownAsync(reader, caller, rule, cancellationToken) is { } problem ? problem : await PreviewAsync(reader, caller, rule, cancellationToken);
    }

    public async Task<Outcome<Preview>> PreviewAsync(Caller caller, Guid achievementId, CancellationToken cancellationToken)
    {
        var reader = database.Reading(caller);
        return await Achievements.FindAsync(reader, caller.TenantId, achievementId, cancellationToken) is { } rule ? await PreviewAsync(reader, caller, rule, cancellationToken) : Problem.NotFound("achievement");
    }

    public async Task<Outcome<View>> BeginAsync(Caller caller, Guid achievementId, Request request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = request.Id ?? Guid.CreateVersion7(now);
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                if (await session.FirstAsync<Guid?>("SELECT id FROM achievements WHERE tenant_id = @TenantId AND id = @achievementId AND deleted_at IS NULL FOR SHARE", new { caller.TenantId, achievementId }, cancellationToken) is null)
                    return Problem.NotFound("achievement");
                var added = await session.FirstAsync<View>(
                    $"""
                    INSERT INTO achievement_backfills (tenant_id, id, achievement_id, tell, requested_at, requested_by) VALUES (@TenantId, @id, @achievementId, @Tell, @now, @Person)
                    ON CONFLICT (tenant_id, id) DO NOTHING
                    RETURNING {Columns}
                    """,
                    new { caller.TenantId, caller.Person, id, achievementId, request.Tell, now },
                    cancellationToken);
                if (added is not null)
                {
                    await outbox.AddAsync(session, caller.TenantId, Outbox.Notifications, Subject, new Order(id));
                    return added;
                }
                var known = await session.FirstAsync<View>(
                    $"SELECT {Columns} FROM achievement_backfills WHERE tenant_id = @TenantId AND id = @id AND achievement_id = @achievementId AND tell = @Tell", new { caller.TenantId, id, achievementId, request.Tell }, cancellationToken);
                return known is null ? IdentityProblems.IdTaken : known;
            },
            cancellationToken);
    }

    public async Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid achievementId, PageQuery page, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        if (await Achievements.FindAsync(session, caller.TenantId, achievementId, cancellationToken) is null) return Problem.NotFound("achievement");
        return page.Of(
            await session.QueryAsync<View>(
                $"SELECT {Columns} FROM achievement_backfills WHERE tenant_id = @TenantId AND achievement_id = @achievementId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
                new { caller.TenantId, achievementId, page.After, limit = page.Fetch() },
                cancellationToken),
            view => view.Id);
    }

    /// <summary>One step, once; the next step's message leaves with it.</summary>
    public Task StepAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var (tenant, id) = (delivery.Tenant, delivery.Read<Order>().BackfillId);
        return inbox.OnceAsync(
            delivery,
            async session =>
            {
                await GiveAwards.LockAsync(session, tenant.Id, cancellationToken);
                var backfill = await session.FirstAsync<Backfill>("SELECT achievement_id, tell, after_id, finished_at FROM achievement_backfills WHERE tenant_id = @TenantId AND id = @id FOR UPDATE", new { TenantId = tenant.Id, id }, cancellationToken)
                    ?? throw new UnreadableMessageException("unknown-backfill", $"There is no backfill {id}.");
                if (backfill.FinishedAt is not null) return;
                var now = clock.GetUtcNow();
                var rule = await Achievements.FindAsync(session, tenant.Id, backfill.AchievementId, cancellationToken);
                var people = rule is null ? [] : await PeopleAsync(session, tenant.Id, backfill.AfterId, cancellationToken);
                var changed = rule is null ? [] : await awards.RunAsync(new GiveAwards.Context(session, tenant, now) { Source = "backfill", Tell = backfill.Tell }, rule.Event, [rule], people, cancellationToken);
                if (people.Length == Step) await outbox.AddAsync(session, tenant.Id, Outbox.Notifications, Subject, new Order(id));
                await session.ExecuteAsync(
                    """
                    UPDATE achievement_backfills SET after_id = @after, people = people + @number, awarded = awarded + @given, lapsed = lapsed + @taken, finished_at = @finished
                    WHERE tenant_id = @TenantId AND id = @id
                    """,
                    new
                    {
                        TenantId = tenant.Id,
                        id,
                        after = people.Length == 0 ? backfill.AfterId : people[^1],
                        number = people.Length,
                        given = changed.Count(award => award.IsGiven),
                        taken = changed.Count(award => !award.IsGiven),
                        finished = people.Length < Step ? now : (DateTimeOffset?)null,
                    },
                    cancellationToken);
            },
            cancellationToken);
    }

    private async Task<Preview> PreviewAsync(Session reader, Caller caller, Achievements.View rule, CancellationToken cancellationToken)
    {
        var present = new Present(clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(caller.Tenant.TimeZone));
        var categories = await GiveAwards.CategoriesAsync(reader, caller.TenantId, rule.CategoryId, cancellationToken);
        var (earners, number, given) = (new List<(Guid UserId, int Awards, DateTimeOffset EarnedAt)>(), 0, 0);
        Guid[] people;
        Guid? after = null;
        do
        {
            people = await PeopleAsync(reader, caller.TenantId, after, cancellationToken);
            if (people.Length == 0) break;
            after = people[^1];
            var deeds = await Deeds.ReadAsync(reader, caller.TenantId, rule.Event, people, cancellationToken);
            if (deeds.Count == 0) continue;
            var held = (await reader.QueryAsync<Held>(
                "SELECT user_id, award_key FROM user_achievements WHERE tenant_id = @TenantId AND achievement_id = @Id AND user_id = ANY (@people) AND state <> 'lapsed'", new { caller.TenantId, rule.Id, people }, cancellationToken)).ToHashSet();
            foreach (var person in rule.DueFor(deeds, categories, present).Where(due => !held.Contains(new Held(due.UserId, due.Key))).GroupBy(due => due.UserId).OrderBy(due => due.Key))
            {
                number++;
                given += person.Count();
                if (earners.Count < Named) earners.Add((person.Key, person.Count(), person.Max(due => due.EarnedAt)));
            }
        }
        while (people.Length == Step);
        var names = (await reader.QueryAsync<(Guid Id, string Name)>(
            "SELECT id, first_name || ' ' || last_name FROM users WHERE tenant_id = @TenantId AND id = ANY (@ids)", new { caller.TenantId, ids = earners.Select(one => one.UserId).ToArray() }, cancellationToken)).ToDictionary(one => one.Id, one => one.Name);
        return new Preview(number, given, (long)given * rule.Points, [.. earners.Select(one => new Earner(one.UserId, names[one.UserId], one.Awards, one.EarnedAt))]);
    }

    private static async Task<Guid[]> PeopleAsync(Session session, Guid tenantId, Guid? after, CancellationToken cancellationToken) => [.. await session.QueryAsync<Guid>(
        "SELECT id FROM users WHERE tenant_id = @tenantId AND deleted_at IS NULL AND (@after::uuid IS NULL OR id > @after) ORDER BY id LIMIT @Step", new { tenantId, after, Step }, cancellationToken)];
}
