using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Adds competitions, from nothing or from a blueprint, changes them and takes away those nobody has registered for.</summary>
public sealed class EditCompetition(Database database, Cache cache, Waitlist waitlist, People people, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one competition.</summary>
        public Guid? Id { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Cup of artificial intelligence")]
        public required string Name { get; init; }

        /// <summary>The competition's name in addresses; made from its name where it is absent.</summary>
        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Small letters, digits and single hyphens."), StringLength(100, MinimumLength = 2), Example("ai-cup")]
        public string? Slug { get; init; }

        [StringLength(20000)]
        public string? Description { get; init; }

        /// <summary>The language of name and description; the tenant's default where it is absent.</summary>
        [StringLength(35, MinimumLength = 2), Example("en")]
        public string? Language { get; init; }

        /// <summary>Name and description in other languages.</summary>
        [MaxLength(20), Example(null!)]
        public IReadOnlyDictionary<string, Translation>? Translations { get; init; }

        public Guid? CategoryId { get; init; }

        /// <summary>A blueprint of ours (nestfest, kazrockets) or one that was exported; what is said here counts before what it says.</summary>
        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "The name of a blueprint."), StringLength(50), Example(null!)]
        public string? Blueprint { get; init; }

        /// <summary>Individual unless a blueprint says otherwise.</summary>
        [Example("team")]
        public CompetitionType? Type { get; init; }

        [Example(false)]
        public bool Featured { get; init; }

        [Example("2026-11-01T09:00:00Z")]
        public DateTimeOffset? RegistrationStart { get; init; }

        [Example("2026-11-20T18:00:00Z")]
        public DateTimeOffset? RegistrationEnd { get; init; }

        [Example("2026-12-01T09:00:00Z")]
        public DateTimeOffset? CompetitionStart { get; init; }

        [Example("2026-12-20T18:00:00Z")]
        public DateTimeOffset? CompetitionEnd { get; init; }

        [Range(1, 200), Example(2)]
        public int? MinTeamSize { get; init; }

        [Range(1, 200), Example(5)]
        public int? MaxTeamSize { get; init; }

        /// <summary>How many teams or individuals may take part; absent is any number.</summary>
        [Range(1, 1000000), Example(40)]
        public int? MaxParticipants { get; init; }

        public bool? RequiresApproval { get; init; }

        public CompetitionConfiguration? Configuration { get; init; }

        /// <summary>What the organisers' own systems call it.</summary>
        [StringLength(100, MinimumLength = 1), Example("EXT-2026-1")]
        public string? ExternalId { get; init; }
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [StringLength(200, MinimumLength = 1), Example("Cup of artificial intelligence")]
        public string? Name { get; init; }

        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Small letters, digits and single hyphens."), StringLength(100, MinimumLength = 2), Example("ai-cup")]
        public string? Slug { get; init; }

        [StringLength(20000)]
        public string? Description { get; init; }

        [StringLength(35, MinimumLength = 2), Example("en")]
        public string? Language { get; init; }

        [MaxLength(20), Example(null!)]
        public IReadOnlyDictionary<string, Translation>? Translations { get; init; }

        public Guid? CategoryId { get; init; }

        [Example(false)]
        public bool? Featured { get; init; }

        [Example("2026-11-01T09:00:00Z")]
        public DateTimeOffset? RegistrationStart { get; init; }

        [Example("2026-11-20T18:00:00Z")]
        public DateTimeOffset? RegistrationEnd { get; init; }

        [Example("2026-12-01T09:00:00Z")]
        public DateTimeOffset? CompetitionStart { get; init; }

        [Example("2026-12-20T18:00:00Z")]
        public DateTimeOffset? CompetitionEnd { get; init; }

        [Range(1, 200), Example(2)]
        public int? MinTeamSize { get; init; }

        [Range(1, 200), Example(5)]
        public int? MaxTeamSize { get; init; }

        [Range(1, 1000000), Example(40)]
        public int? MaxParticipants { get; init; }

        /// <summary>Takes the limit of seats away.</summary>
        [Example(false)]
        public bool AnyNumber { get; init; }

        public bool? RequiresApproval { get; init; }

        public CompetitionConfiguration? Configuration { get; init; }
    }

    public async Task<Outcome<CompetitionDirectory.View>> AddAsync(Caller caller, Request asked, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = asked.Id ?? Guid.CreateVersion7(now);
        return await database.InTransaction<CompetitionDirectory.View>(
            caller,
            async session =>
            {
                Blueprint? blueprint = null;
                if (asked.Blueprint is { } named && (blueprint = await Blueprints.FindAsync(session, caller, named, cancellationToken)) is null)
                    return Problem.Invalid("/blueprint", "unknown", "There is no such blueprint.");
                if (blueprint is not null && asked.CompetitionStart is null) return Problem.Invalid("/competitionStart", "required", "A blueprint counts its times from here.");
                if (FaultOf(asked.CompetitionStart, "/competitionStart") is { } never) return new Problem(CommonProblems.Invalid) { Faults = [never] };
                var request = blueprint is null ? asked : blueprint.Under(asked);
                var faults = FaultsOf(caller, request);
                if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
                if (await ChoiceFaultAsync(session, caller, request.CategoryId, request.Configuration, cancellationToken) is { } fault) return fault;
                var added = await InsertAsync(session, caller, request, id, now, cancellationToken);
                if (added.Problem is { } taken) return taken;
                if (blueprint is not null && added.Value && await Blueprints.FillAsync(session, caller, blueprint, id, request.CompetitionStart!.Value, now, cancellationToken) is { } problem) return problem;
                await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, id);
                return await ReadAsync(session, caller, id, cancellationToken);
            },
            cancellationToken);
    }

    public async Task<Outcome<CompetitionDirectory.View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => await database.InTransaction<CompetitionDirectory.View>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.ForChangeAsync(session, caller, id, cancellationToken);
            if (locked.Value is not { } before) return locked.Problem!;
            if (ifMatch is not null && ifMatch != before.Version) return CommonProblems.Stale;
            var faults = FaultsOf(caller, MergedWith(before, change));
            if (change is { AnyNumber: true, MaxParticipants: not null }) faults.Add(new Fault("/maxParticipants", "contradiction", "There is a limit or any number, not both."));
            if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
            if (await ChoiceFaultAsync(session, caller, change.CategoryId, change.Configuration, cancellationToken) is { } fault) return fault;
            await session.ExecuteAsync(
                """
                UPDATE competitions
                SET name = coalesce(@name, name), slug = coalesce(@Slug, slug), description = coalesce(@Description, description), language = coalesce(@Language, language),
                    translations = coalesce(@translations::jsonb, translations), category_id = coalesce(@CategoryId, category_id), featured = coalesce(@Featured, featured),
                    registration_start = coalesce(@RegistrationStart, registration_start), registration_end = coalesce(@RegistrationEnd, registration_end),
                    competition_start = coalesce(@CompetitionStart, competition_start), competition_end = coalesce(@CompetitionEnd, competition_end),
                    min_team_size = coalesce(@MinTeamSize, min_team_size), max_team_size = coalesce(@MaxTeamSize, max_team_size),
                    max_participants = CASE WHEN @AnyNumber THEN NULL ELSE coalesce(@MaxParticipants, max_participants) END,
                    requires_approval = coalesce(@RequiresApproval, requires_approval), configuration = coalesce(@configuration::jsonb, configuration),
                    updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    id,
                    name = change.Name?.Trim(),
                    change.Slug,
                    change.Description,
                    change.Language,
                    translations = change.Translations is null ? null : JsonSerializer.Serialize(change.Translations, Json.Options),
                    change.CategoryId,
                    change.Featured,
                    change.RegistrationStart,
                    change.RegistrationEnd,
                    change.CompetitionStart,
                    change.CompetitionEnd,
                    change.MinTeamSize,
                    change.MaxTeamSize,
                    change.AnyNumber,
                    change.MaxParticipants,
                    change.RequiresApproval,
                    configuration = change.Configuration?.Text(),
                    now = clock.GetUtcNow(),
                },
                cancellationToken);
            if (await Rounds.FaultAsync(session, caller, id, cancellationToken) is { } outside) return outside;
            if (change.MaxParticipants is not null || change.AnyNumber) await waitlist.MoveUpAsync(session, caller.Tenant, id, cancellationToken);
            await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, id);
            return await ReadAsync(session, caller, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>Only a draft goes: what was shown is cancelled and archived instead.</summary>
    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.LockAsync(session, caller, id, cancellationToken);
            if (locked.Value is not { } before) return locked.Problem!;
            if (ifMatch is not null && ifMatch != before.Version) return CommonProblems.Stale;
            if (before.Status != CompetitionStatus.Draft) return new Problem(CompetitionProblems.MoveNotAllowed, "Only a draft can be removed; cancel it instead.");
            var holders = await session.QueryAsync<Guid>(
                """
                UPDATE competitions SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id;
                DELETE FROM user_roles WHERE tenant_id = @TenantId AND scope_id = @id AND scope_type = 'competition' RETURNING user_id
                """,
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            if (holders.Count > 0) await people.ForgetAllAsync(session, caller.TenantId);
            await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, id);
            return true;
        },
        cancellationToken);

    internal static async Task<CompetitionDirectory.View> ReadAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) => await session.QueryManyAsync(
        $"""
        SELECT {CompetitionDirectory.Columns} FROM competitions WHERE tenant_id = @TenantId AND id = @id;
        SELECT {Rounds.Columns} FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @id AND deleted_at IS NULL ORDER BY number
        """,
        new { caller.TenantId, id },
        async results => (await results.ReadSingleAsync<CompetitionDirectory.View>()) with { Rounds = [.. await results.ReadAsync<Rounds.View>()] },
        cancellationToken);

    // whether it was not there before
    private static async Task<Outcome<bool>> InsertAsync(Session session, Caller caller, Request request, Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var type = request.Type ?? CompetitionType.Individual;
        var wanted = new
        {
            caller.TenantId,
            caller.UserId,
            id,
            request.CategoryId,
            slug = request.Slug ?? SlugOf(request.Name, id),
            name = request.Name.Trim(),
            description = request.Description ?? "",
            language = request.Language ?? caller.Tenant.Languages[0],
            translations = JsonSerializer.Serialize(request.Translations ?? new Dictionary<string, Translation>(), Json.Options),
            type = type.Text(),
            request.Featured,
            request.RegistrationStart,
            request.RegistrationEnd,
            request.CompetitionStart,
            request.CompetitionEnd,
            minTeamSize = request.MinTeamSize ?? 1,
            maxTeamSize = type == CompetitionType.Individual ? null : request.MaxTeamSize,
            request.MaxParticipants,
            requiresApproval = request.RequiresApproval ?? false,
            configuration = (request.Configuration ?? new()).Text(),
            request.Blueprint,
            request.ExternalId,
            now,
        };
        var added = await session.ExecuteAsync(
            """
            INSERT INTO competitions (tenant_id, id, category_id, slug, name, description, language, translations, type, status_changed_at, featured, registration_start, registration_end,
                competition_start, competition_end, min_team_size, max_team_size, max_participants, requires_approval, configuration, blueprint, external_id, created_at, created_by, updated_at, updated_by)
            VALUES (@TenantId, @id, @CategoryId, @slug, @name, @description, @language, @translations::jsonb, @type, @now, @Featured, @RegistrationStart, @RegistrationEnd,
                @CompetitionStart, @CompetitionEnd, @minTeamSize, @maxTeamSize, @MaxParticipants, @requiresApproval, @configuration::jsonb, @Blueprint, @ExternalId, @now, @UserId, @now, @UserId)
            ON CONFLICT (tenant_id, id) DO NOTHING
            """,
            wanted,
            cancellationToken);
        if (added == 1) return true;
        var known = await session.FirstAsync<Guid?>(
            """
            SELECT id FROM competitions
            WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL AND created_by IS NOT DISTINCT FROM @UserId AND name = @name AND slug = @slug AND description = @description
              AND type = @type AND blueprint IS NOT DISTINCT FROM @Blueprint
            """,
            wanted,
            cancellationToken);
        return known is null ? IdentityProblems.IdTaken : false;
    }

    private static List<Fault> FaultsOf(Caller caller, Request request)
    {
        var faults = Translations.FaultsOf(caller.Tenant, request.Translations?.Keys, "/translations").ToList();
        if (request.Language is { } language && !caller.Tenant.Languages.Contains(language)) faults.Add(new Fault("/language", "unknown", $"The tenant speaks {string.Join(", ", caller.Tenant.Languages)}."));
        faults.AddRange(new[]
        {
            FaultOf(request.RegistrationStart, "/registrationStart"), FaultOf(request.RegistrationEnd, "/registrationEnd"),
            FaultOf(request.CompetitionStart, "/competitionStart"), FaultOf(request.CompetitionEnd, "/competitionEnd"),
        }.OfType<Fault>());
        if (request.RegistrationStart >= request.RegistrationEnd) faults.Add(new Fault("/registrationEnd", "order", "Registration ends after it has begun."));
        if (request.RegistrationEnd > request.CompetitionStart) faults.Add(new Fault("/competitionStart", "order", "The competition begins when registration has ended."));
        if (request.CompetitionStart >= request.CompetitionEnd) faults.Add(new Fault("/competitionEnd", "order", "The competition ends after it has begun."));
        if ((request.RegistrationStart ?? request.RegistrationEnd) >= request.CompetitionEnd || request.RegistrationStart >= request.CompetitionStart)
            faults.Add(new Fault("/registrationStart", "order", "Registration begins before the competition."));
        if (request.Type is null or CompetitionType.Individual)
        {
            if (request.MaxTeamSize is not null || request.MinTeamSize > 1) faults.Add(new Fault("/maxTeamSize", "no-teams", "In a competition of individuals there are no teams."));
        }
        else if (request.MaxTeamSize is null) faults.Add(new Fault("/maxTeamSize", "required", "Say how many people a team may have."));
        else if (request.MaxTeamSize < (request.MinTeamSize ?? 1)) faults.Add(new Fault("/maxTeamSize", "order", "It cannot be less than the smallest size."));
        if (request.Configuration?.Eligibility is { MinAge: { } least, MaxAge: { } most } && least > most)
            faults.Add(new Fault("/configuration/eligibility/maxAge", "order", "It cannot be less than the lowest age."));
        return faults;
    }

    /// <summary>What is wrong with an instant that nobody can mean.</summary>
    internal static Fault? FaultOf(DateTimeOffset? instant, string pointer) =>
        instant is { Year: < 2000 or > 2200 } ? new Fault(pointer, "range", "It must lie between the years 2000 and 2200.") : null;

    private static Request MergedWith(LockedCompetition before, Change change) => new()
    {
        Name = change.Name ?? before.Name,
        Language = change.Language,
        Translations = change.Translations,
        Type = before.Type,
        RegistrationStart = change.RegistrationStart ?? before.RegistrationStart,
        RegistrationEnd = change.RegistrationEnd ?? before.RegistrationEnd,
        CompetitionStart = change.CompetitionStart ?? before.CompetitionStart,
        CompetitionEnd = change.CompetitionEnd ?? before.CompetitionEnd,
        MinTeamSize = change.MinTeamSize ?? before.MinTeamSize,
        MaxTeamSize = change.MaxTeamSize ?? before.MaxTeamSize,
        Configuration = change.Configuration,
    };

    private static async Task<Problem?> ChoiceFaultAsync(Session session, Caller caller, Guid? categoryId, CompetitionConfiguration? configuration, CancellationToken cancellationToken)
    {
        if (categoryId is { } category && !await Categories.IsThereAsync(session, caller, category, cancellationToken)) return Problem.Invalid("/categoryId", "unknown", "There is no such category.");
        if (configuration is not { Eligibility: var eligibility } || eligibility.Institutions.Count + eligibility.Programs.Count == 0) return null;
        var known = (await session.QueryAsync<Guid>(
            """
            SELECT id FROM institutions WHERE tenant_id = @TenantId AND id = ANY (@institutions) AND deleted_at IS NULL
            UNION ALL
            SELECT id FROM programs WHERE tenant_id = @TenantId AND id = ANY (@programs) AND deleted_at IS NULL
            """,
            new { caller.TenantId, institutions = eligibility.Institutions.ToArray(), programs = eligibility.Programs.ToArray() },
            cancellationToken)).ToHashSet();
        List<Fault> faults =
        [
            .. eligibility.Institutions.Index().Where(one => !known.Contains(one.Item)).Select(one => new Fault($"/configuration/eligibility/institutions/{one.Index}", "unknown", "There is no such institution.")),
            .. eligibility.Programs.Index().Where(one => !known.Contains(one.Item)).Select(one => new Fault($"/configuration/eligibility/programs/{one.Index}", "unknown", "There is no such program.")),
        ];
        return faults.Count == 0 ? null : new Problem(CommonProblems.Invalid) { Faults = faults };
    }

    /// <summary>Latin letters and digits of a name; the id's end keeps it apart from others.</summary>
    internal static string SlugOf(string name, Guid id)
    {
        var slug = new StringBuilder();
        foreach (var character in name.Normalize(NormalizationForm.FormD).ToLowerInvariant())
        {
            if (char.GetUnicodeCategory(character) == UnicodeCategory.NonSpacingMark) continue;
            if (char.IsAsciiLetterOrDigit(character)) slug.Append(character);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
            if (slug.Length == 80) break;
        }
        var words = slug.ToString().Trim('-');
        return $"{(words.Length == 0 ? "competition" : words)}-{id.ToString("N")[^6..]}";
    }
}
