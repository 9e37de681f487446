using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Identity;
using Podium.Notifications;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>Adds rules, changes what they are called and give, and takes away those that nobody has earned anything by. What is rewarded stays: another rule is made for something else.</summary>
public sealed class EditAchievement(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one achievement.</summary>
        public Guid? Id { get; init; }

        public AchievementKind Kind { get; init; } = AchievementKind.Achievement;

        /// <summary>In the tenant's languages, each once.</summary>
        [MinLength(1), MaxLength(20)]
        public required IReadOnlyList<AchievementText> Texts { get; init; }

        [Range(0, 100000), Example(10)]
        public int Points { get; init; }

        [Example("challengeCompleted")]
        public required DeedEvent Event { get; init; }

        /// <summary>So many deeds earn it.</summary>
        [Range(1, 10000), Example(1)]
        public int Count { get; init; } = 1;

        /// <summary>Of a streak: so many days in a row.</summary>
        [Range(1, 10000), Example(null!)]
        public int? Days { get; init; }

        /// <summary>Of results: this place or a better one.</summary>
        [Range(1, 100000), Example(null!)]
        public int? Place { get; init; }

        /// <summary>Of results: this award.</summary>
        [StringLength(100, MinimumLength = 1), Example(null!)]
        public string? Award { get; init; }

        /// <summary>Only in this competition.</summary>
        [Example(null!)]
        public Guid? CompetitionId { get; init; }

        /// <summary>Only in competitions of this category, or of one below it.</summary>
        [Example(null!)]
        public Guid? CategoryId { get; init; }

        /// <summary>Only in this track of coding practice.</summary>
        [Example(null!)]
        public Guid? TrackId { get; init; }

        [Example("once")]
        public Frequency Frequency { get; init; } = Frequency.Once;

        /// <summary>What was done before does not count. Now, where nothing is said.</summary>
        [Example(null!)]
        public DateTimeOffset? ActiveFrom { get; init; }

        /// <summary>Whether all counts that was ever done.</summary>
        [Example(false)]
        public bool FromEver { get; init; }

        /// <summary>What is done from then on does not count any more.</summary>
        [Example(null!)]
        public DateTimeOffset? ActiveUntil { get; init; }
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [MinLength(1), MaxLength(20)]
        public IReadOnlyList<AchievementText>? Texts { get; init; }

        /// <summary>For what is earned from now on.</summary>
        [Range(0, 100000), Example(20)]
        public int? Points { get; init; }

        /// <summary>Later than now: what was earned stays earned.</summary>
        [Example(null!)]
        public DateTimeOffset? ActiveUntil { get; init; }

        /// <summary>Whether it has no end any more.</summary>
        [Example(false)]
        public bool WithoutEnd { get; init; }
    }

    public async Task<Outcome<Achievements.View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rule = RuleOf(request, now);
        if (FaultsOf(caller, request, rule) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<Achievements.View>(
            caller,
            async session =>
            {
                if (await UnknownAsync(session, caller, rule, cancellationToken) is { } problem) return problem;
                var args = new DynamicParameters(rule);
                args.AddDynamicParams(new
                {
                    caller.TenantId,
                    caller.Person,
                    kindName = Achievements.NameOf(rule.Kind),
                    eventName = Achievements.NameOf(rule.Event),
                    frequencyName = Achievements.NameOf(rule.Frequency),
                    words = JsonSerializer.Serialize(rule.Texts, Json.Options),
                    // when it begins is not compared where it was to begin at once
                    atOnce = request.ActiveFrom is null && !request.FromEver,
                    now,
                });
                var added = await session.FirstAsync<Achievements.Row>(
                    $"""
                    INSERT INTO achievements (tenant_id, id, kind, event, least, days, place, award, competition_id, category_id, track_id, frequency, points, texts, active_from, active_until, created_at, created_by, updated_at, updated_by)
                    VALUES (@TenantId, @Id, @kindName, @eventName, @Count, @Days, @Place, @Award, @CompetitionId, @CategoryId, @TrackId, @frequencyName, @Points, @words::jsonb, @ActiveFrom, @ActiveUntil, @now, @Person, @now, @Person)
                    ON CONFLICT (tenant_id, id) DO NOTHING
                    RETURNING {Achievements.Columns}
                    """,
                    args,
                    cancellationToken);
                added ??= await session.FirstAsync<Achievements.Row>(
                    $"""
                    SELECT {Achievements.Columns} FROM achievements
                    WHERE tenant_id = @TenantId AND id = @Id AND deleted_at IS NULL AND points = @Points AND texts = @words::jsonb AND (kind, event, least, frequency) = (@kindName, @eventName, @Count, @frequencyName)
                      AND (days, place, award, competition_id, category_id, track_id, active_until) IS NOT DISTINCT FROM (@Days, @Place, @Award, @CompetitionId, @CategoryId, @TrackId, @ActiveUntil)
                      AND (@atOnce OR active_from IS NOT DISTINCT FROM @ActiveFrom)
                    """,
                    args,
                    cancellationToken);
                return added is null ? IdentityProblems.IdTaken : added.View();
            },
            cancellationToken);
    }

    public async Task<Outcome<Achievements.View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var faults = change.Texts is null ? [] : SendAnnouncement.FaultsOf(caller, [.. change.Texts.Select(text => text.Language)]);
        if (change.ActiveUntil <= now) faults.Add(new Fault("/activeUntil", "past", "It is over already, and what was earned by then would not count."));
        if (change is { ActiveUntil: not null, WithoutEnd: true }) faults.Add(new Fault("/withoutEnd", "contradiction", "It ends or it does not."));
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<Achievements.View>(
            caller,
            async session =>
            {
                var known = await session.FirstAsync<Achievements.Row>(
                    $"SELECT {Achievements.Columns} FROM achievements WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR NO KEY UPDATE", new { caller.TenantId, id }, cancellationToken);
                if (known is null) return Problem.NotFound("achievement");
                if (ifMatch is not null && ifMatch != known.Version) return new Problem(CommonProblems.Stale);
                if (change.Points == 0 && known.Kind == AchievementKind.Points) return Problem.Invalid("/points", "required", "Points alone are at least one.");
                if (change.ActiveUntil <= known.ActiveFrom) return Problem.Invalid("/activeUntil", "order", "It ends after it has begun.");
                return (await session.SingleAsync<Achievements.Row>(
                    $"""
                    UPDATE achievements SET texts = coalesce(@texts::jsonb, texts), points = coalesce(@Points, points), active_until = CASE WHEN @WithoutEnd THEN NULL ELSE coalesce(@ActiveUntil, active_until) END,
                        updated_at = @now, updated_by = @Person, version = version + 1
                    WHERE tenant_id = @TenantId AND id = @id
                    RETURNING {Achievements.Columns}
                    """,
                    new { caller.TenantId, caller.Person, id, texts = change.Texts is null ? null : JsonSerializer.Serialize(change.Texts, Json.Options), change.Points, change.WithoutEnd, change.ActiveUntil, now },
                    cancellationToken)).View();
            },
            cancellationToken);
    }

    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            // nobody earns anything by it meanwhile
            await session.ExecuteAsync("SELECT pg_advisory_xact_lock(points_lock(@TenantId))", new { caller.TenantId }, cancellationToken);
            var version = await session.FirstAsync<int?>("SELECT version FROM achievements WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR UPDATE", new { caller.TenantId, id }, cancellationToken);
            if (version is null) return Problem.NotFound("achievement");
            if (ifMatch is not null && ifMatch != version) return new Problem(CommonProblems.Stale);
            var removed = await session.ExecuteAsync(
                """
                UPDATE achievements SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id AND NOT EXISTS (SELECT FROM user_achievements WHERE tenant_id = @TenantId AND achievement_id = @id)
                """,
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            return removed == 0 ? PointProblems.Earned : true;
        },
        cancellationToken);

    internal static Achievements.View RuleOf(Request request, DateTimeOffset now) => new(
        new AchievementRule
        {
            Id = request.Id ?? Guid.CreateVersion7(now),
            Kind = request.Kind,
            Points = request.Points,
            Event = request.Event,
            Count = request.Count,
            Days = request.Days,
            Place = request.Place,
            Award = request.Award,
            CompetitionId = request.CompetitionId,
            CategoryId = request.CategoryId,
            TrackId = request.TrackId,
            Frequency = request.Frequency,
            ActiveFrom = request.FromEver ? null : request.ActiveFrom ?? now,
            ActiveUntil = request.ActiveUntil,
            Version = 1,
        },
        request.Texts);

    internal static List<Fault> FaultsOf(Caller caller, Request request, Achievements.View rule)
    {
        var faults = SendAnnouncement.FaultsOf(caller, [.. request.Texts.Select(text => text.Language)]);
        faults.AddRange(rule.Faults());
        if (request is { FromEver: true, ActiveFrom: not null }) faults.Add(new Fault("/fromEver", "contradiction", "It counts from an instant or from ever, not both."));
        if (request is { Kind: AchievementKind.Points, Points: 0 }) faults.Add(new Fault("/points", "required", "Points alone are at least one."));
        return faults;
    }

    internal static async Task<Problem?> UnknownAsync(Session session, Caller caller, Achievements.View rule, CancellationToken cancellationToken)
    {
        if (rule.CompetitionId is not null && await IsMissingAsync("competitions", rule.CompetitionId)) return Problem.Invalid("/competitionId", "unknown", "There is no such competition.");
        if (rule.CategoryId is not null && await IsMissingAsync("categories", rule.CategoryId)) return Problem.Invalid("/categoryId", "unknown", "There is no such category.");
        if (rule.TrackId is not null && await IsMissingAsync("tracks", rule.TrackId)) return Problem.Invalid("/trackId", "unknown", "There is no such track.");
        return null;

        async Task<bool> IsMissingAsync(string table, Guid? id) =>
            await session.FirstAsync<Guid?>($"SELECT id FROM {table} WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL", new { caller.TenantId, id }, cancellationToken) is null;
    }
}
