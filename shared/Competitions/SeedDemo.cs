using System.Security.Cryptography;
using System.Text;
using Podium.Notifications;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Fills a development tenant with a competition of a kind, its people, teams and registrations. The same again changes nothing.</summary>
public sealed class SeedDemo(Database database, EditCompetition edit, MoveCompetition move, CompetitionDirectory competitions, TimeProvider clock)
{
    /// <summary>What is there afterwards.</summary>
    public sealed record Result(string Blueprint, Guid CompetitionId, long People, long Teams, long Registrations)
    {
        public long Submissions { get; init; }
    }

    private static readonly string[] FirstNames =
    [
        "Aigerim", "Nursultan", "Dana", "Yerlan", "Saule", "Timur", "Madina", "Arman", "Zhanna", "Daniyar", "Olga", "Pavel", "Irina", "Dmitri", "Svetlana", "Camille", "Julien", "Élodie",
        "Mathis", "Zoé", "Henry", "Amelia", "Oliver", "Grace", "Samuel",
    ];

    private static readonly string[] LastNames =
    [
        "Omarov", "Akhmetova", "Suleimenov", "Bekova", "Tulegenov", "Nurlanova", "Iskakov", "Sokolova", "Orlov", "Volkova", "Morozov", "Dubois", "Lefèvre", "Moreau", "Carter", "Hughes",
        "Bennett", "Walker", "Kim", "Serikbay",
    ];

    private static readonly string[] Institutions =
    [
        "Almaty Technical University", "Astana Institute of Robotics", "Karaganda State University", "Shymkent Polytechnic", "Université de la Steppe", "Lycée Jules Verne", "Aktau Maritime College",
        "School of Physics and Mathematics",
    ];

    private static readonly string[] Qualities = ["Golden", "Swift", "Silent", "Northern", "Bright", "Brave", "Iron", "Rising", "Distant", "Clever"];

    private static readonly string[] Animals = ["Eagles", "Saigas", "Snow Leopards", "Wolves", "Falcons", "Argali", "Foxes", "Cranes", "Bears", "Lynxes"];

    public async Task<Outcome<Result>> Run(Caller caller, string blueprint, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = IdOf(caller.TenantId, blueprint, "competition", 0);
        var made = await database.As(caller).FirstAsync<Guid?>("SELECT id FROM competitions WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
        if (made is null)
        {
            var added = await edit.AddAsync(
                caller,
                new EditCompetition.Request
                {
                    Id = id,
                    Name = blueprint == "kazrockets" ? $"KazRockets {now.Year}" : $"NestFest {now.Year}",
                    Slug = $"demo-{blueprint}",
                    Blueprint = blueprint,
                    CompetitionStart = new DateTimeOffset(now.UtcDateTime.Date.AddDays(-3).AddHours(9), TimeSpan.Zero),
                    Featured = true,
                },
                cancellationToken);
            if (added.Value is not { } draft) return added.Problem!;
            var open = new EditCompetition.Change { Configuration = CompetitionConfiguration.Of(draft.Configuration) with { OpenBoard = true } };
            if ((await edit.ChangeAsync(caller, id, open, null, cancellationToken)).Problem is { } closed) return closed;
        }
        var competition = await competitions.ReadAsync(caller, id, cancellationToken);
        if (competition.Value is not { } view) return competition.Problem!;
        if (view.Status == CompetitionStatus.Draft && (await move.Run(caller, id, new MoveCompetition.Request { To = CompetitionStatus.Published }, null, cancellationToken)).Problem is { } refused) return refused;
        var filled = await database.InTransaction(caller, session => FillAsync(session, caller, view, blueprint, now, cancellationToken), cancellationToken);
        if (view.Status is CompetitionStatus.Draft or CompetitionStatus.Published && (await move.Run(caller, id, new MoveCompetition.Request { To = CompetitionStatus.Active }, null, cancellationToken)).Problem is { } notYet) return notYet;
        return filled;
    }

    private static async Task<Outcome<Result>> FillAsync(Session session, Caller caller, CompetitionDirectory.View competition, string blueprint, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const int Teams = 45;
        var sizes = Enumerable.Range(0, Teams).Select(number => Math.Clamp(2 + (number % 4), competition.MinTeamSize, competition.MaxTeamSize ?? 1)).ToArray();
        var people = Enumerable.Range(0, sizes.Sum() + 60).Select(number => IdOf(caller.TenantId, blueprint, "person", number)).ToArray();
        var teams = Enumerable.Range(0, Teams).Select(number => IdOf(caller.TenantId, blueprint, "team", number)).ToArray();
        var places = sizes.SelectMany((size, team) => Enumerable.Range(0, size).Select(member => (Team: team, Captain: member == 0))).ToArray();
        var entry = blueprint == "kazrockets"
            ? """jsonb_build_object('robotName', team.name || ' Mk ' || (team.number % 3 + 1), 'school', 'Robotics club', 'mass', 1.5 + team.number % 7)"""
            : """jsonb_build_object('motivation', 'We are ' || team.name || ' and want to build something people need.', 'track', (ARRAY['health', 'climate', 'education'])[team.number % 3 + 1], 'rules', true)""";
        return await session.SingleAsync<Result>(
            $"""
            INSERT INTO institutions (tenant_id, id, name, country, verified_at, created_at, updated_at)
            SELECT @TenantId, id, name, CASE WHEN name LIKE '%é%' THEN 'FR' ELSE 'KZ' END, @now, @now, @now FROM unnest(@institutionIds, @institutions) AS given (id, name)
            ON CONFLICT DO NOTHING;

            INSERT INTO users (tenant_id, id, email, email_key, email_verified_at, first_name, last_name, language, country, institution_id, graduation_year, created_at, updated_at)
            SELECT @TenantId, id, address, address, @now, first_name, last_name, (@languages)[number % cardinality(@languages) + 1], 'KZ',
                   (SELECT institutions.id FROM institutions WHERE tenant_id = @TenantId AND lower(name) = lower((@institutions)[number % cardinality(@institutions) + 1]) AND deleted_at IS NULL),
                   2027 + (number % 4)::integer, @now, @now
            FROM (
                SELECT id, place::integer - 1 AS number, (@firstNames)[(place - 1) % cardinality(@firstNames) + 1] AS first_name, (@lastNames)[(place * 7) % cardinality(@lastNames) + 1] AS last_name,
                       @blueprint || '-' || place || '@' || @slug || '.example.org' AS address
                FROM unnest(@people) WITH ORDINALITY AS given (id, place)
            ) AS person
            ON CONFLICT DO NOTHING;

            INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at)
            SELECT @TenantId, uuidv7(), person, roles.id, 'tenant', @now
            FROM unnest(@people) AS given (person) JOIN roles ON roles.tenant_id = @TenantId AND roles.name = 'PARTICIPANT'
            ON CONFLICT DO NOTHING;

            -- nobody reads their mail; in the app they are told as others are
            INSERT INTO user_notification_preferences (tenant_id, user_id, kind, in_app, email)
            SELECT @TenantId, person, kind, true, 'off' FROM unnest(@people) AS given (person) CROSS JOIN unnest(@kinds) AS kind
            ON CONFLICT DO NOTHING;

            INSERT INTO teams (tenant_id, id, competition_id, name, captain_id, open, external_id, created_at, created_by, updated_at)
            SELECT @TenantId, team.id, @Id, team.name, team.captain, place % 3 <> 0, 'demo-' || place, @now, team.captain, @now
            FROM unnest(@teams, @teamNames, @captains) WITH ORDINALITY AS team (id, name, captain, place)
            ON CONFLICT DO NOTHING;

            INSERT INTO team_members (tenant_id, team_id, user_id, competition_id, role, joined_at)
            SELECT @TenantId, (@teams)[place], person, @Id, role, @now FROM unnest(@members, @places, @roles) AS given (person, place, role)
            WHERE NOT EXISTS (SELECT FROM competition_entrants WHERE tenant_id = @TenantId AND competition_id = @Id AND user_id = person)
            ON CONFLICT DO NOTHING;

            INSERT INTO registrations (tenant_id, id, competition_id, team_id, status, form_id, entry, registered_at, registered_by, decided_at, external_id, created_at, updated_at)
            SELECT @TenantId, team.registration, @Id, team.id, team.status, (
                       SELECT id FROM entry_forms WHERE tenant_id = @TenantId AND competition_id = @Id AND purpose = 'registration' ORDER BY number DESC LIMIT 1),
                   {entry}, @now - (50 - team.number) * interval '1 minute', team.captain, CASE team.status WHEN 'approved' THEN @now END, 'demo-' || team.number, @now, @now
            FROM unnest(@teams, @registrations, @teamNames, @captains, @statuses) WITH ORDINALITY AS team (id, registration, name, captain, status, number)
            WHERE NOT EXISTS (SELECT FROM registrations AS other WHERE other.tenant_id = @TenantId AND other.competition_id = @Id AND other.participant_id = team.id)
            ORDER BY team.number
            ON CONFLICT DO NOTHING;

            SELECT @blueprint AS blueprint, @Id AS competition_id,
                   (SELECT count(*) FROM users WHERE tenant_id = @TenantId AND id = ANY (@people)) AS people,
                   (SELECT count(*) FROM teams WHERE tenant_id = @TenantId AND competition_id = @Id AND deleted_at IS NULL) AS teams,
                   (SELECT count(*) FROM registrations WHERE tenant_id = @TenantId AND competition_id = @Id) AS registrations
            """,
            new
            {
                caller.TenantId,
                competition.Id,
                blueprint,
                slug = caller.Tenant.Slug,
                languages = caller.Tenant.Languages,
                now,
                institutions = Institutions,
                institutionIds = Institutions.Select((_, number) => IdOf(caller.TenantId, "demo", "institution", number)).ToArray(),
                firstNames = FirstNames,
                lastNames = LastNames,
                people,
                kinds = NotificationKinds.All.Keys.ToArray(),
                teams,
                teamNames = Enumerable.Range(0, Teams).Select(number => $"{Qualities[number % 10]} {Animals[((number / 10) + number) % 10]}").ToArray(),
                captains = Enumerable.Range(0, Teams).Select(number => people[sizes.Take(number).Sum()]).ToArray(),
                members = people.Take(places.Length).ToArray(),
                places = places.Select(place => place.Team + 1).ToArray(),
                roles = places.Select(place => place.Captain ? "captain" : "member").ToArray(),
                registrations = Enumerable.Range(0, Teams).Select(number => IdOf(caller.TenantId, blueprint, "registration", number)).ToArray(),
                statuses = Enumerable.Range(0, Teams).Select(number => number >= (competition.MaxParticipants ?? Teams) ? "waitlisted" : competition.RequiresApproval && number % 8 == 7 ? "pending" : "approved").ToArray(),
            },
            cancellationToken);
    }

    // the same each time, so that what is there is known again
    internal static Guid IdOf(Guid tenantId, string blueprint, string what, int number)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"podium demo {tenantId} {blueprint} {what} {number}")).AsSpan(0, 16).ToArray();
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
