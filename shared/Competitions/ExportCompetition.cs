using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Submissions;

namespace Podium.Competitions;

/// <summary>All that organisers have about a competition: as one JSON document, or registrations and teams as tables for spreadsheets. What was imported can be imported again.</summary>
public sealed class ExportCompetition(Database database)
{
    private const int AtOnce = 1000;

    /// <summary>One competition, whole.</summary>
    public sealed record Whole
    {
        public required CompetitionDirectory.View Competition { get; init; }

        public required IReadOnlyList<EntryForms.View> Forms { get; init; }

        public required IReadOnlyList<TeamRow> Teams { get; init; }

        public required IReadOnlyList<RegistrationRow> Registrations { get; init; }

        public required IReadOnlyList<ExportSubmissions.Row> Submissions { get; init; }
    }

    public sealed record TeamRow
    {
        public required Guid Id { get; init; }

        public string? ExternalId { get; init; }

        public required string Name { get; init; }

        public required string Captain { get; init; }

        /// <summary>The addresses of the others.</summary>
        public required string[] Members { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
    }

    public sealed record RegistrationRow
    {
        public required Guid Id { get; init; }

        public string? ExternalId { get; init; }

        public required string Name { get; init; }

        public string? Email { get; init; }

        /// <summary>The team's external id, else its id.</summary>
        public string? Team { get; init; }

        public required RegistrationStatus Status { get; init; }

        public string? Reason { get; init; }

        public required DateTimeOffset RegisteredAt { get; init; }

        public required JsonElement Entry { get; init; }
    }

    private const string SelectTeams =
        """
        SELECT teams.id, teams.external_id, teams.name, captain.email AS captain, teams.created_at, ARRAY(
                   SELECT email FROM team_members JOIN users ON users.tenant_id = @TenantId AND users.id = user_id
                   WHERE team_members.tenant_id = @TenantId AND team_members.team_id = teams.id AND left_at IS NULL AND user_id <> teams.captain_id ORDER BY joined_at, user_id) AS members
        FROM teams JOIN users AS captain ON captain.tenant_id = @TenantId AND captain.id = captain_id
        WHERE teams.tenant_id = @TenantId AND teams.competition_id = @id AND teams.deleted_at IS NULL AND (@after::uuid IS NULL OR teams.id > @after)
        ORDER BY teams.id
        LIMIT @limit
        """;

    private const string SelectRegistrations =
        """
        SELECT registrations.id, registrations.external_id, coalesce(teams.name, first_name || ' ' || last_name) AS name, email, coalesce(teams.external_id, teams.id::text) AS team,
               status, reason, registered_at, entry
        FROM registrations
        LEFT JOIN users ON users.tenant_id = @TenantId AND users.id = user_id
        LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = team_id
        WHERE registrations.tenant_id = @TenantId AND registrations.competition_id = @id AND (@after::uuid IS NULL OR registrations.id > @after)
        ORDER BY registrations.id
        LIMIT @limit
        """;

    public async Task<Outcome<Whole>> Run(Caller caller, Guid id, CompetitionDirectory competitions, EntryForms forms, ExportSubmissions submissions, CancellationToken cancellationToken)
    {
        var found = await competitions.ReadAsync(caller, id, cancellationToken);
        if (found.Value is not { } competition) return found.Problem!;
        var all = await forms.ListAsync(caller, id, new EntryForms.Filter { All = true }, cancellationToken);
        return new Whole
        {
            Competition = competition,
            Forms = all.Value?.Items ?? [],
            Teams = await AllAsync(TeamsAsync(caller, id, cancellationToken)),
            Registrations = await AllAsync(RegistrationsAsync(caller, id, cancellationToken)),
            Submissions = await AllAsync(submissions.RowsAsync(caller, id, cancellationToken)),
        };
    }

    /// <summary>The lines of a table of teams; the header first.</summary>
    public async IAsyncEnumerable<string?[]> TeamTableAsync(Caller caller, Guid id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return ["external_id", "team", "captain", "members", "created_at", "id"];
        await foreach (var team in TeamsAsync(caller, id, cancellationToken))
            yield return [team.ExternalId, team.Name, team.Captain, string.Join(' ', team.Members), At(team.CreatedAt), team.Id.ToString()];
    }

    /// <summary>The lines of a table of registrations, with a column for each field of the form that counts now.</summary>
    public async IAsyncEnumerable<string?[]> RegistrationTableAsync(Caller caller, Guid id, EntryForms forms, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var form = (await forms.ListAsync(caller, id, new EntryForms.Filter { Purpose = FormPurpose.Registration }, cancellationToken)).Value?.Items;
        var fields = form is { Count: > 0 } ? form[0].Fields : [];
        yield return ["external_id", "name", "email", "team", "status", "reason", "registered_at", "id", .. fields.Select(field => field.Name)];
        await foreach (var row in RegistrationsAsync(caller, id, cancellationToken))
            yield return [row.ExternalId, row.Name, row.Email, row.Team, row.Status.Text(), row.Reason, At(row.RegisteredAt), row.Id.ToString(), .. fields.Select(field => CellOf(row.Entry, field))];
    }

    private IAsyncEnumerable<TeamRow> TeamsAsync(Caller caller, Guid id, CancellationToken cancellationToken) => PagesAsync<TeamRow>(caller, id, SelectTeams, row => row.Id, cancellationToken);

    private IAsyncEnumerable<RegistrationRow> RegistrationsAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        PagesAsync<RegistrationRow>(caller, id, SelectRegistrations, row => row.Id, cancellationToken);

    private async IAsyncEnumerable<T> PagesAsync<T>(Caller caller, Guid id, string sql, Func<T, Guid> idOf, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Guid? after = null;
        IReadOnlyList<T> rows;
        do
        {
            rows = await database.Reading(caller).QueryAsync<T>(sql, new { caller.TenantId, id, after, limit = AtOnce }, cancellationToken);
            foreach (var row in rows) yield return row;
            if (rows.Count > 0) after = idOf(rows[^1]);
        }
        while (rows.Count == AtOnce);
    }

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> rows)
    {
        var all = new List<T>();
        await foreach (var row in rows) all.Add(row);
        return all;
    }

    internal static string? CellOf(JsonElement entry, FormField field)
    {
        if (!entry.TryGetProperty(field.Name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.Array) return string.Join('|', value.EnumerateArray().Select(item => item.ToString()));
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : value.ToString();
    }

    private static string At(DateTimeOffset instant) => instant.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
