using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Competitions;

/// <summary>The kinds of competition there are: ours, and a tenant's own, which may be exported from a competition.</summary>
public sealed class Blueprints(Database database, TimeProvider clock)
{
    private static readonly FrozenDictionary<string, Blueprint> Ours = Load();

    public sealed record Named(string Name, bool BuiltIn, Blueprint Blueprint);

    public sealed record Listing(IReadOnlyList<Named> Items);

    public sealed record SaveRequest
    {
        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Small letters, digits and single hyphens."), StringLength(50, MinimumLength = 2), Example("our-cup")]
        public required string Name { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Our cup")]
        public required string Title { get; init; }
    }

    public sealed record Kept
    {
        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Small letters, digits and single hyphens."), StringLength(50, MinimumLength = 2), Example("our-cup")]
        public required string Name { get; init; }

        public required Blueprint Blueprint { get; init; }
    }

    private sealed record Row(string Name, JsonElement Content);

    private sealed record FormRow(string Purpose, int? Round, JsonElement Fields);

    /// <summary>The names of those that every tenant has.</summary>
    public static IEnumerable<string> BuiltIn => Ours.Keys.Order(StringComparer.Ordinal);

    public async Task<Listing> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var own = await database.As(caller).QueryAsync<Row>("SELECT name, content FROM competition_blueprints WHERE tenant_id = @TenantId ORDER BY name LIMIT 500", new { caller.TenantId }, cancellationToken);
        return new Listing([
            .. Ours.OrderBy(known => known.Key, StringComparer.Ordinal).Select(known => new Named(known.Key, true, known.Value)),
            .. own.Select(row => new Named(row.Name, false, row.Content.Deserialize<Blueprint>(Json.Options)!)),
        ]);
    }

    public async Task<Outcome<Blueprint>> ReadAsync(Caller caller, string name, CancellationToken cancellationToken) =>
        await FindAsync(database.As(caller), caller, name, cancellationToken) is { } found ? found : Problem.NotFound("blueprint");

    /// <summary>Keeps a tenant's own blueprint, new or changed. The names of ours are taken.</summary>
    public async Task<Outcome<Blueprint>> SaveAsync(Caller caller, string name, Blueprint blueprint, CancellationToken cancellationToken)
    {
        if (Ours.ContainsKey(name)) return new Problem(CommonProblems.Conflict, "This is the name of a blueprint that every tenant has.");
        var faults = blueprint.Faults("/blueprint");
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        await database.As(caller).ExecuteAsync(
            """
            INSERT INTO competition_blueprints AS known (tenant_id, name, content, created_at, created_by, updated_at, updated_by)
            VALUES (@TenantId, @name, @content::jsonb, @now, @Person, @now, @Person)
            ON CONFLICT (tenant_id, name) DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at, updated_by = excluded.updated_by, version = known.version + 1
            WHERE known.content <> excluded.content
            """,
            new { caller.TenantId, caller.Person, name, content = JsonSerializer.Serialize(blueprint, Json.Options), now = clock.GetUtcNow() },
            cancellationToken);
        return blueprint;
    }

    public async Task<Problem?> RemoveAsync(Caller caller, string name, CancellationToken cancellationToken) => await database.As(caller).ExecuteAsync(
        "DELETE FROM competition_blueprints WHERE tenant_id = @TenantId AND name = @name", new { caller.TenantId, name }, cancellationToken) == 0 ? Problem.NotFound("blueprint") : null;

    /// <summary>Makes a blueprint of a competition and keeps it.</summary>
    public async Task<Outcome<Blueprint>> ExportAsync(Caller caller, Guid competitionId, SaveRequest request, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        var found = await session.QueryManyAsync(
            $"""
            SELECT {CompetitionDirectory.Columns} FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL;
            SELECT {Rounds.Columns} FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL ORDER BY number;
            SELECT DISTINCT ON (purpose, form.round_id) purpose, (
                       SELECT count(*)::integer FROM competition_rounds AS before
                       WHERE before.tenant_id = @TenantId AND before.competition_id = @competitionId AND before.deleted_at IS NULL AND before.number <= round.number AND round.number IS NOT NULL
                   ) AS round, fields
            FROM entry_forms AS form LEFT JOIN competition_rounds AS round ON round.tenant_id = @TenantId AND round.id = form.round_id
            WHERE form.tenant_id = @TenantId AND form.competition_id = @competitionId AND round.deleted_at IS NULL
            ORDER BY purpose, form.round_id, form.number DESC
            """,
            new { caller.TenantId, competitionId },
            async results => (
                Competition: await results.ReadFirstOrDefaultAsync<CompetitionDirectory.View>(),
                Rounds: (await results.ReadAsync<Rounds.View>()).AsList(),
                Forms: (await results.ReadAsync<FormRow>()).AsList()),
            cancellationToken);
        if (found.Competition is not { } competition) return Problem.NotFound("competition");
        if (competition is not { RegistrationStart: { } opens, RegistrationEnd: { } closes, CompetitionStart: { } begins, CompetitionEnd: { } ends })
            return new Problem(CompetitionProblems.Incomplete, "A blueprint needs the competition's times.");
        var rubrics = await Judging.Rubrics.NewestAsync(session, caller.TenantId, competitionId, cancellationToken);
        var numbers = found.Rounds.Index().ToDictionary(round => round.Item.Id, round => round.Index + 1);
        return await SaveAsync(
            caller,
            request.Name,
            new Blueprint
            {
                Title = request.Title,
                Description = competition.Description,
                Type = competition.Type,
                MinTeamSize = competition.MinTeamSize,
                MaxTeamSize = competition.MaxTeamSize,
                MaxParticipants = competition.MaxParticipants,
                RequiresApproval = competition.RequiresApproval,
                RegistrationOpensBefore = Math.Max(1, Hours(begins - opens)),
                RegistrationClosesBefore = Math.Min(Hours(begins - closes), Math.Max(1, Hours(begins - opens)) - 1),
                Lasts = Math.Max(1, Hours(ends - begins)),
                Configuration = CompetitionConfiguration.Of(competition.Configuration),
                Rounds = [.. found.Rounds.Select(round => new BlueprintRound
                {
                    Name = round.Name,
                    Names = round.Names.Deserialize<Dictionary<string, string>>(Json.Options)!,
                    Description = round.Description,
                    OpensAfter = Hours(round.OpensAt - begins),
                    ClosesAfter = Math.Max(Hours(round.OpensAt - begins) + 1, Hours(round.ClosesAt - begins)),
                    Configuration = round.Configuration.Deserialize<Rounds.RoundConfiguration>(Json.Options)!,
                })],
                Forms = [.. found.Forms.Select(form => new BlueprintForm
                {
                    Purpose = Enum.Parse<FormPurpose>(form.Purpose, ignoreCase: true),
                    Round = form.Round is 0 ? null : form.Round,
                    Fields = form.Fields.Deserialize<IReadOnlyList<FormField>>(Json.Options)!,
                })],
                // that of a round which is gone goes with it
                Rubrics = [.. rubrics.Where(rubric => rubric.RoundId is not { } round || numbers.ContainsKey(round)).Select(rubric => new BlueprintRubric
                {
                    Round = rubric.RoundId is { } round ? numbers[round] : null,
                    Rubric = rubric with { RoundId = null },
                })],
            },
            cancellationToken);
    }

    internal static async Task<Blueprint?> FindAsync(Session session, Caller caller, string name, CancellationToken cancellationToken)
    {
        if (Ours.TryGetValue(name, out var ours)) return ours;
        var row = await session.FirstAsync<Row>("SELECT name, content FROM competition_blueprints WHERE tenant_id = @TenantId AND name = @name", new { caller.TenantId, name }, cancellationToken);
        return row?.Content.Deserialize<Blueprint>(Json.Options);
    }

    /// <summary>Gives a new competition the blueprint's rounds, forms and rubrics, in the languages that its tenant speaks.</summary>
    internal static async Task<Problem?> FillAsync(Session session, Caller caller, Blueprint blueprint, Guid competitionId, DateTimeOffset begins, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rounds = new List<Guid>();
        foreach (var (index, round) in blueprint.Rounds.Index())
        {
            var added = await Rounds.InsertAsync(
                session,
                caller,
                competitionId,
                new Rounds.Request
                {
                    Number = index + 1,
                    Name = round.Name,
                    Names = Spoken(caller.Tenant, round.Names),
                    Description = round.Description,
                    OpensAt = begins.AddHours(round.OpensAfter),
                    ClosesAt = begins.AddHours(round.ClosesAfter),
                    Configuration = round.Configuration,
                },
                now,
                cancellationToken);
            if (added.Problem is { } problem) return problem;
            rounds.Add(added.Value!.Id);
        }
        if (await Rounds.FaultAsync(session, caller, competitionId, cancellationToken) is { } fault) return fault;
        foreach (var form in blueprint.Forms)
        {
            await EntryForms.InsertAsync(
                session,
                caller,
                competitionId,
                new EntryForms.Request { Purpose = form.Purpose, RoundId = form.Round is { } number ? rounds[number - 1] : null, Fields = [.. form.Fields.Select(field => InLanguagesOf(caller.Tenant, field))] },
                now,
                cancellationToken);
        }
        foreach (var (round, rubric) in blueprint.Rubrics.Select(one => (one.Round, one.Rubric)))
            await Judging.Rubrics.InsertAsync(session, caller, competitionId, rubric with { RoundId = round is { } number ? rounds[number - 1] : null }, now, cancellationToken);
        return null;
    }

    private static FormField InLanguagesOf(Tenant tenant, FormField field) => field with
    {
        Label = Label(tenant, field.Label),
        Help = Spoken(tenant, field.Help),
        Choices = field.Choices is null ? null : [.. field.Choices.Select(choice => choice with { Label = Label(tenant, choice.Label) })],
    };

    // whoever speaks none of them reads the first
    private static Dictionary<string, string> Label(Tenant tenant, IReadOnlyDictionary<string, string> label) =>
        Spoken(tenant, label) is { Count: > 0 } spoken ? spoken : new() { [tenant.Languages[0]] = label.GetValueOrDefault("en") ?? label.Values.First() };

    private static Dictionary<string, string> Spoken(Tenant tenant, IReadOnlyDictionary<string, string> texts) =>
        texts.Where(text => tenant.Languages.Contains(text.Key)).ToDictionary();

    private static int Hours(TimeSpan span) => (int)Math.Round(span.TotalHours, MidpointRounding.AwayFromZero);

    private static FrozenDictionary<string, Blueprint> Load()
    {
        const string Folder = "Blueprints/";
        var assembly = typeof(Blueprints).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[Folder.Length..^".json".Length],
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                return JsonSerializer.Deserialize<Blueprint>(stream, Json.Options)!;
            });
    }
}
