using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>
/// Forms the teams of a table: external_id, team, captain; perhaps members (addresses, parted by blanks). A team that the id names already is renamed and gets the members it lacks.
/// </summary>
public sealed class ImportTeams(Database database, Cache cache, TimeProvider clock)
{
    private sealed record Person(Guid Id, string EmailKey, bool Participant, Guid? TeamId, bool Alone);

    private sealed record Known(Guid Id, string Name, string? ExternalId, Guid[] Members);

    private sealed record Wanted(Guid Id, bool IsNew, string Name, string ExternalId, Guid Captain, List<Guid> Joining);

    public async Task<Outcome<Import.Result>> Run(Caller caller, Guid competitionId, Import.Request request, CancellationToken cancellationToken)
    {
        var (sheet, refusal) = Import.Open(request);
        if (sheet is null) return refusal!;
        sheet.Need("external_id", "team", "captain");
        if (sheet.Errors.Count > 0) return sheet.Result(applied: false);
        return await database.InTransaction<Import.Result>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                sheet.Begin();
                var locked = await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken);
                if (locked.Value is not { } competition) return locked.Problem!;
                if (competition.Type == CompetitionType.Individual) return new Problem(CommonProblems.Conflict, "There are no teams in this competition.");
                var people = (await PeopleAsync(session, caller, competitionId, sheet, cancellationToken)).ToDictionary(person => person.EmailKey);
                var known = await session.QueryAsync<Known>(
                    """
                    SELECT id, name, external_id, ARRAY(SELECT user_id FROM team_members WHERE tenant_id = @TenantId AND team_id = teams.id AND left_at IS NULL) AS members
                    FROM teams WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL
                    """,
                    new { caller.TenantId, competitionId },
                    cancellationToken);
                var teams = Read(sheet, competition, people, known, now);
                if (sheet.Errors.Count > 0 || request.Preview) return sheet.Result(applied: false);
                await SaveAsync(session, caller, competitionId, teams, now, cancellationToken);
                await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
                return sheet.Result(applied: true);
            },
            cancellationToken);
    }

    private static IEnumerable<string> Addresses(string cell) => cell.Split([' ', ',', ';', '|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Task<IReadOnlyList<Person>> PeopleAsync(Session session, Caller caller, Guid competitionId, Import.Sheet sheet, CancellationToken cancellationToken) => session.QueryAsync<Person>(
        """
        SELECT users.id, email_key, EXISTS (
                   SELECT FROM user_roles JOIN roles ON roles.tenant_id = @TenantId AND roles.id = role_id
                   WHERE user_roles.tenant_id = @TenantId AND user_roles.user_id = users.id AND roles.name = @Participant AND (scope_type = 'tenant' OR scope_id = @competitionId)) AS participant,
               entrant.team_id, entrant.registration_id IS NOT NULL AS alone
        FROM users
        LEFT JOIN competition_entrants AS entrant ON entrant.tenant_id = @TenantId AND entrant.competition_id = @competitionId AND entrant.user_id = users.id
        WHERE users.tenant_id = @TenantId AND email_key = ANY (@keys) AND deleted_at IS NULL
        """,
        new
        {
            caller.TenantId,
            competitionId,
            Permissions.Participant,
            keys = sheet.Rows.SelectMany(row => Addresses(sheet.Cell(row, "captain") + " " + sheet.Cell(row, "members"))).Select(EmailAddress.KeyOf).OfType<string>().Distinct().ToArray(),
        },
        cancellationToken);

    private static List<Wanted> Read(Import.Sheet sheet, LockedCompetition competition, Dictionary<string, Person> people, IReadOnlyList<Known> known, DateTimeOffset now)
    {
        var byExternal = known.Where(team => team.ExternalId is not null).ToDictionary(team => team.ExternalId!);
        var names = known.ToDictionary(team => team.Name.ToLowerInvariant(), team => team.ExternalId ?? "");
        var (externals, seats) = (new Dictionary<string, int>(), new Dictionary<Guid, int>());
        var teams = new List<Wanted>();
        foreach (var row in sheet.Rows)
        {
            var before = sheet.Errors.Count;
            var (external, name) = (sheet.Text(row, "external_id", 100, required: true), sheet.Text(row, "team", 100, required: true));
            if (external is not null && !externals.TryAdd(external, row.Line)) sheet.Say(row, "external_id", "repeated", $"This id stands in line {externals[external]} already.");
            if (name is not null && names.TryGetValue(name.ToLowerInvariant(), out var owner) && owner != external) sheet.Say(row, "team", "taken", "Another team has this name.");
            var there = external is null ? null : byExternal.GetValueOrDefault(external);
            var members = MembersOf(sheet, row, there, people, seats);
            if (members.Count > 0 && !people.Values.First(person => person.Id == members[0]).Participant) sheet.Say(row, "captain", "no-participant", "The captain of a team must be a participant.");
            var size = members.Union(there?.Members ?? []).Count();
            if (size > competition.MaxTeamSize) sheet.Say(row, "members", "team-full", $"A team has {competition.MaxTeamSize} members at most; this would have {size}.");
            if (sheet.Errors.Count > before) continue;
            names[name!.ToLowerInvariant()] = external!;
            var joining = members.Except(there?.Members ?? []).ToList();
            sheet.Effects[there is null ? Import.Effect.Add : joining.Count > 0 || there.Name != name ? Import.Effect.Change : Import.Effect.Keep]++;
            teams.Add(new Wanted(there?.Id ?? Guid.CreateVersion7(now), there is null, name, external!, members[0], joining));
        }
        return teams;
    }

    // the captain first
    private static List<Guid> MembersOf(Import.Sheet sheet, Podium.Platform.Csv.CsvTable.Row row, Known? there, Dictionary<string, Person> people, Dictionary<Guid, int> seats)
    {
        var members = new List<Guid>();
        foreach (var (column, address) in Addresses(sheet.Cell(row, "captain")).Take(2).Select(one => ("captain", one)).Concat(Addresses(sheet.Cell(row, "members")).Select(one => ("members", one))))
        {
            if (EmailAddress.KeyOf(address) is not { } key || !people.TryGetValue(key, out var person)) sheet.Say(row, column, "unknown", $"Nobody has the address {address}.");
            else if (members.Contains(person.Id)) continue;
            else if (person.Alone || (person.TeamId is { } team && team != there?.Id)) sheet.Say(row, column, "taking-part", $"{address} takes part already.");
            else if (!seats.TryAdd(person.Id, row.Line)) sheet.Say(row, column, "repeated", $"{address} stands in line {seats[person.Id]} already.");
            else members.Add(person.Id);
        }
        if (Addresses(sheet.Cell(row, "captain")).Count() != 1) sheet.Say(row, "captain", "required", "A team has one captain.");
        return members;
    }

    private static Task SaveAsync(Session session, Caller caller, Guid competitionId, List<Wanted> teams, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var added = teams.Where(team => team.IsNew).ToList();
        var joining = teams.SelectMany(team => team.Joining.Select(person => (team.Id, Person: person, Role: team.IsNew && person == team.Captain ? "captain" : "member"))).ToList();
        return session.ExecuteAsync(
            """
            INSERT INTO teams (tenant_id, id, competition_id, name, captain_id, external_id, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, id, @competitionId, name, captain, external_id, @now, @Person, @now, @Person
            FROM unnest(@ids, @names, @captains, @externals) AS given (id, name, captain, external_id);

            UPDATE teams SET name = given.name, updated_at = @now, updated_by = @Person, version = version + 1
            FROM unnest(@knownIds, @knownNames) AS given (id, name)
            WHERE teams.tenant_id = @TenantId AND teams.id = given.id AND teams.name <> given.name;

            INSERT INTO team_members (tenant_id, team_id, user_id, competition_id, role, joined_at)
            SELECT @TenantId, team, person, @competitionId, role, @now FROM unnest(@joinTeams, @joinPeople, @joinRoles) AS given (team, person, role)
            ON CONFLICT (tenant_id, team_id, user_id) DO UPDATE SET left_at = NULL, role = excluded.role, joined_at = excluded.joined_at
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                competitionId,
                ids = added.Select(team => team.Id).ToArray(),
                names = added.Select(team => team.Name).ToArray(),
                captains = added.Select(team => team.Captain).ToArray(),
                externals = added.Select(team => team.ExternalId).ToArray(),
                knownIds = teams.Where(team => !team.IsNew).Select(team => team.Id).ToArray(),
                knownNames = teams.Where(team => !team.IsNew).Select(team => team.Name).ToArray(),
                joinTeams = joining.Select(one => one.Id).ToArray(),
                joinPeople = joining.Select(one => one.Person).ToArray(),
                joinRoles = joining.Select(one => one.Role).ToArray(),
                now,
            },
            cancellationToken);
    }
}
