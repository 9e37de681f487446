using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Csv;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>
/// Registers who stands in a table: external_id, and email (for a person) or team (its external id); perhaps status, and a column for each field of the form. The organisers' word counts
/// before eligibility, not before the number of seats.
/// </summary>
public sealed class ImportRegistrations(Database database, Cache cache, TimeProvider clock)
{
    private sealed record Known(string Kind, string Key, Guid Id);

    private sealed record Standing(string? ExternalId, Guid ParticipantId);

    private sealed record Wanted(string ExternalId, Guid? UserId, Guid? TeamId, string Status, string Entry);

    public async Task<Outcome<Import.Result>> Run(Caller caller, Guid competitionId, Import.Request request, CancellationToken cancellationToken)
    {
        var (sheet, refusal) = Import.Open(request);
        if (sheet is null) return refusal!;
        sheet.Need("external_id");
        if (!sheet.Has("email") && !sheet.Has("team")) sheet.Need("email");
        if (sheet.Errors.Count > 0) return sheet.Result(applied: false);
        return await database.InTransaction<Import.Result>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                sheet.Begin();
                var locked = await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken);
                if (locked.Value is not { } competition) return locked.Problem!;
                var form = await EntryForms.CurrentAsync(session, caller.TenantId, competitionId, FormPurpose.Registration, null, cancellationToken);
                var participants = (await ParticipantsAsync(session, caller, competitionId, sheet, cancellationToken)).ToDictionary(one => (one.Kind, one.Key), one => one.Id);
                var standing = await session.QueryAsync<Standing>(
                    "SELECT external_id, participant_id FROM registrations WHERE tenant_id = @TenantId AND competition_id = @competitionId AND (status <> 'withdrawn' OR external_id IS NOT NULL)",
                    new { caller.TenantId, competitionId },
                    cancellationToken);
                var wanted = Read(sheet, competition, form?.Fields ?? [], participants, standing);
                var seats = wanted.Count(one => one.Status != "waitlisted");
                if (competition.Free < seats) sheet.Errors.Add(new CsvError(1, "status", "competition-full", $"{seats} seats are needed, {Math.Max(0, competition.Free.Value)} are free."));
                if (sheet.Errors.Count > 0 || request.Preview) return sheet.Result(applied: false);
                await SaveAsync(session, caller, competitionId, form?.Id, wanted, now, cancellationToken);
                await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
                return sheet.Result(applied: true);
            },
            cancellationToken);
    }

    private static Task<IReadOnlyList<Known>> ParticipantsAsync(Session session, Caller caller, Guid competitionId, Import.Sheet sheet, CancellationToken cancellationToken) => session.QueryAsync<Known>(
        """
        SELECT 'email' AS kind, email_key AS key, id FROM users WHERE tenant_id = @TenantId AND email_key = ANY (@keys) AND deleted_at IS NULL
        UNION ALL
        SELECT 'team', external_id, id FROM teams WHERE tenant_id = @TenantId AND competition_id = @competitionId AND external_id = ANY (@teams) AND deleted_at IS NULL
        """,
        new
        {
            caller.TenantId,
            competitionId,
            keys = sheet.Rows.Select(row => EmailAddress.KeyOf(sheet.Cell(row, "email"))).OfType<string>().ToArray(),
            teams = sheet.Rows.Select(row => sheet.Cell(row, "team")).ToArray(),
        },
        cancellationToken);

    private static List<Wanted> Read(
        Import.Sheet sheet, LockedCompetition competition, IReadOnlyList<FormField> fields, Dictionary<(string Kind, string Key), Guid> participants, IReadOnlyList<Standing> standing)
    {
        var byExternal = standing.Where(one => one.ExternalId is not null).ToDictionary(one => one.ExternalId!, one => one.ParticipantId);
        var taken = standing.Select(one => one.ParticipantId).ToHashSet();
        var externals = new Dictionary<string, int>();
        var wanted = new List<Wanted>();
        foreach (var row in sheet.Rows)
        {
            var before = sheet.Errors.Count;
            var external = sheet.Text(row, "external_id", 100, required: true);
            if (external is not null && !externals.TryAdd(external, row.Line)) sheet.Say(row, "external_id", "repeated", $"This id stands in line {externals[external]} already.");
            var (email, team) = (sheet.Cell(row, "email"), sheet.Cell(row, "team"));
            var column = team.Length > 0 ? "team" : "email";
            Guid? participant = participants.TryGetValue((column, column == "team" ? team : EmailAddress.KeyOf(email) ?? ""), out var found) ? found : null;
            if ((email.Length == 0) == (team.Length == 0)) sheet.Say(row, column, "required", "Name a person or a team, one of them.");
            else if (participant is null) sheet.Say(row, column, "unknown", column == "team" ? "No team has this external id." : "Nobody has this address.");
            else if (column == "email" && competition.Type == CompetitionType.Team) sheet.Say(row, column, "teams-only", "Teams take part in this competition.");
            var status = sheet.Cell(row, "status").ToLowerInvariant() is { Length: > 0 } said ? said : competition.RequiresApproval ? "pending" : "approved";
            if (status is not ("pending" or "approved" or "waitlisted")) sheet.Say(row, "status", "value", "It must be pending, approved or waitlisted.");
            var entry = EntryOf(sheet, row, fields);
            if (sheet.Errors.Count > before) continue;
            if (byExternal.TryGetValue(external!, out var already))
            {
                if (already == participant) sheet.Effects[Import.Effect.Keep]++;
                else sheet.Say(row, "external_id", "taken", "This id belongs to another registration.");
            }
            else if (!taken.Add(participant!.Value)) sheet.Say(row, column, "registered", "There is a registration already.");
            else
            {
                sheet.Effects[Import.Effect.Add]++;
                wanted.Add(new Wanted(external!, column == "email" ? participant : null, column == "team" ? participant : null, status, entry));
            }
        }
        return wanted;
    }

    // cells are text; what a field takes is made of them, and held against the form
    private static string EntryOf(Import.Sheet sheet, CsvTable.Row row, IReadOnlyList<FormField> fields)
    {
        var entry = new JsonObject();
        foreach (var field in fields)
        {
            if (sheet.Cell(row, field.Name) is not { Length: > 0 } cell) continue;
            entry[field.Name] = field.Type switch
            {
                FieldType.Number or FieldType.Integer when decimal.TryParse(cell, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) => number,
                FieldType.Boolean or FieldType.Consent when cell.ToLowerInvariant() is "true" or "yes" or "1" => true,
                FieldType.Boolean or FieldType.Consent when cell.ToLowerInvariant() is "false" or "no" or "0" => false,
                FieldType.Choices => new JsonArray([.. cell.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(one => (JsonNode)one)]),
                _ => cell,
            };
        }
        foreach (var fault in EntryForm.FaultsOf(fields, JsonSerializer.SerializeToElement(entry), "")) sheet.Say(row, fault.Pointer.Split('/')[1], fault.Code, fault.Detail);
        return entry.ToJsonString();
    }

    private static Task SaveAsync(Session session, Caller caller, Guid competitionId, Guid? formId, List<Wanted> wanted, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO registrations (tenant_id, id, competition_id, user_id, team_id, status, form_id, entry, external_id, registered_at, registered_by, decided_at, created_at, created_by, updated_at, updated_by)
        SELECT @TenantId, id, @competitionId, nullif(person, '')::uuid, nullif(team, '')::uuid, status, @formId, entry::jsonb, external_id, @now, @Person,
               CASE status WHEN 'approved' THEN @now END, @now, @Person, @now, @Person
        FROM unnest(@ids, @people, @teams, @statuses, @entries, @externals) WITH ORDINALITY AS given (id, person, team, status, entry, external_id, place)
        ORDER BY place
        """,
        new
        {
            caller.TenantId,
            caller.Person,
            competitionId,
            formId,
            ids = wanted.Select(_ => Guid.CreateVersion7(now)).ToArray(),
            people = wanted.Select(one => one.UserId?.ToString() ?? "").ToArray(),
            teams = wanted.Select(one => one.TeamId?.ToString() ?? "").ToArray(),
            statuses = wanted.Select(one => one.Status).ToArray(),
            entries = wanted.Select(one => one.Entry).ToArray(),
            externals = wanted.Select(one => one.ExternalId).ToArray(),
            now,
        },
        cancellationToken);
}
