using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>
/// Opens accounts for the people of a table: email, first_name, last_name; perhaps external_id, language, country, institution. Who has an account already is left as they are.
/// </summary>
public sealed class ImportPeople(Database database, EmailLinks links, TimeProvider clock)
{
    private sealed record Known(Guid Id, string EmailKey, string? ExternalId);

    private sealed record Place(Guid Id, string Name);

    private sealed record Person(int Line, Guid Id, string Email, string Key, string FirstName, string LastName, string Language, string? Country, Guid? InstitutionId, string? ExternalId);

    public async Task<Outcome<Import.Result>> Run(Caller caller, Import.Request request, CancellationToken cancellationToken)
    {
        var (sheet, refusal) = Import.Open(request);
        if (sheet is null) return refusal!;
        sheet.Need("email", "first_name", "last_name");
        if (sheet.Errors.Count > 0) return sheet.Result(applied: false);
        return await database.InTransaction(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                sheet.Begin();
                // one import of a tenant's people at a time, or two of one file would both find nobody
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('import people ' || @TenantId, 0))", new { caller.TenantId }, cancellationToken);
                var keys = sheet.Rows.Select(row => EmailAddress.KeyOf(sheet.Cell(row, "email"))).OfType<string>().ToArray();
                var externals = sheet.Rows.Select(row => sheet.Cell(row, "external_id")).Where(id => id.Length > 0).ToArray();
                var known = await session.QueryAsync<Known>(
                    """
                    SELECT users.id, email_key, external_id FROM users
                    LEFT JOIN imported_people ON imported_people.tenant_id = users.tenant_id AND user_id = users.id
                    WHERE users.tenant_id = @TenantId AND (email_key = ANY (@keys) OR external_id = ANY (@externals))
                    """,
                    new { caller.TenantId, keys, externals },
                    cancellationToken);
                var places = (await session.QueryAsync<Place>(
                    "SELECT id, lower(name) AS name FROM institutions WHERE tenant_id = @TenantId AND deleted_at IS NULL AND lower(name) = ANY (@names)",
                    new { caller.TenantId, names = sheet.Rows.Select(row => sheet.Cell(row, "institution").ToLowerInvariant()).Distinct().ToArray() },
                    cancellationToken)).ToDictionary(place => place.Name, place => place.Id);
                var people = Read(caller, sheet, known, places, now);
                if (sheet.Errors.Count > 0 || request.Preview) return sheet.Result(applied: false);
                await AddAsync(session, caller, people, now, cancellationToken);
                foreach (var person in people) await links.SendAsync(session, caller.TenantId, person.Id, EmailLinks.Purpose.Invite, person.Email, person.Language);
                return sheet.Result(applied: true);
            },
            cancellationToken);
    }

    private static List<Person> Read(Caller caller, Import.Sheet sheet, IReadOnlyList<Known> known, Dictionary<string, Guid> places, DateTimeOffset now)
    {
        var byKey = known.ToLookup(person => person.EmailKey);
        var byExternal = known.Where(person => person.ExternalId is not null).ToLookup(person => person.ExternalId!);
        var (lines, externals) = (new Dictionary<string, int>(), new Dictionary<string, int>());
        var people = new List<Person>();
        foreach (var row in sheet.Rows)
        {
            var before = sheet.Errors.Count;
            var (email, first, last) = (sheet.Text(row, "email", 254, required: true), sheet.Text(row, "first_name", 100, required: true), sheet.Text(row, "last_name", 100, required: true));
            var external = sheet.Text(row, "external_id", 100, required: false);
            var key = email is null ? null : EmailAddress.KeyOf(email);
            if (email is not null && key is null) sheet.Say(row, "email", "email", "It must be an e-mail address.");
            var country = sheet.Text(row, "country", 2, required: false);
            if (country is not (null or [>= 'A' and <= 'Z', >= 'A' and <= 'Z'])) sheet.Say(row, "country", "format", "Two capital letters (ISO 3166).");
            var language = sheet.Text(row, "language", 35, required: false);
            if (language is not null && !caller.Tenant.Languages.Contains(language)) sheet.Say(row, "language", "unknown", $"The tenant speaks {string.Join(", ", caller.Tenant.Languages)}.");
            var institution = sheet.Text(row, "institution", 200, required: false);
            Guid? at = institution is not null && places.TryGetValue(institution.ToLowerInvariant(), out var place) ? place : null;
            if (institution is not null && at is null) sheet.Say(row, "institution", "unknown", "There is no such institution.");
            if (key is not null && !lines.TryAdd(key, row.Line)) sheet.Say(row, "email", "repeated", $"This address stands in line {lines[key]} already.");
            if (external is not null && !externals.TryAdd(external, row.Line)) sheet.Say(row, "external_id", "repeated", $"This id stands in line {externals[external]} already.");
            if (sheet.Errors.Count > before) continue;
            if (byKey[key!].Any() || (external is not null && byExternal[external].Any()))
            {
                sheet.Effects[Import.Effect.Keep]++;
                continue;
            }
            sheet.Effects[Import.Effect.Add]++;
            people.Add(new Person(row.Line, Guid.CreateVersion7(now), email!, key!, first!, last!, language ?? caller.Tenant.Languages[0], country, at, external));
        }
        return people;
    }

    private static Task AddAsync(Session session, Caller caller, List<Person> people, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, country, institution_id, created_at, created_by, updated_at, updated_by)
        SELECT @TenantId, id, email, key, first_name, last_name, language, country, institution_id::uuid, @now, @Person, @now, @Person
        FROM unnest(@ids, @emails, @keys, @firstNames, @lastNames, @languages, @countries, @institutions) AS given (id, email, key, first_name, last_name, language, country, institution_id);

        INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at, granted_by)
        SELECT @TenantId, uuidv7(), given.id, roles.id, 'tenant', @now, @Person
        FROM unnest(@ids) AS given (id) JOIN roles ON roles.tenant_id = @TenantId AND roles.name = @Participant;

        INSERT INTO imported_people (tenant_id, external_id, user_id)
        SELECT @TenantId, external_id, id FROM unnest(@externals, @ids) AS given (external_id, id) WHERE external_id IS NOT NULL
        """,
        new
        {
            caller.TenantId,
            caller.Person,
            Permissions.Participant,
            ids = people.Select(person => person.Id).ToArray(),
            emails = people.Select(person => person.Email).ToArray(),
            keys = people.Select(person => person.Key).ToArray(),
            firstNames = people.Select(person => person.FirstName).ToArray(),
            lastNames = people.Select(person => person.LastName).ToArray(),
            languages = people.Select(person => person.Language).ToArray(),
            countries = people.Select(person => person.Country).ToArray(),
            institutions = people.Select(person => person.InstitutionId?.ToString()).ToArray(),
            externals = people.Select(person => person.ExternalId).ToArray(),
            now,
        },
        cancellationToken);
}
