using System.Net.Http.Json;
using Npgsql;
using Podium.Operations;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class AnonymiseTests(SharedApp shared)
{
    [Fact]
    public async Task A_person_is_forgotten_and_the_row_stays_for_what_points_at_it()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync(firstName: "Aliya", lastName: "Omarova");
        var op = Operator.At(app);
        await person.Http.PatchAsJsonAsync("/api/me", new { username = $"aliya{tenant.Slug}", phone = "+77010000000", dateOfBirth = "2001-02-03", studentNumber = "S1" }).OkAsync();
        var file = Guid.CreateVersion7();
        await op.ExecuteAsync(
            $$"""
            INSERT INTO files (tenant_id, id, purpose, owner_id, name, rules, place, state, created_at, upload_until)
            VALUES ('{{tenant.Id}}', '{{file}}', 'document', '{{person.Id}}', 'Aliya Omarova.CV.pdf', '{}', 'documents/{{file}}', 'cancelled', now(), now())
            """);

        (await op.RunAsync("anonymise", "--tenant", tenant.Slug, "--user", person.Email)).Failed(2, "say --yes");
        var done = await op.JsonAsync("anonymise", "--tenant", tenant.Slug, "--user", person.Email, "--yes");

        var steps = done["steps"]!.AsArray().ToDictionary(step => (string)step!["what"]!, step => (long)step!["rows"]!);
        Assert.Equal((1, 1, 1), (steps["profile"], steps["user_credentials"], steps["user_sessions"]));
        Assert.Contains("outbox", steps.Keys);
        await app.UntilAsync("the session has ended", async () => (await person.Http.GetAsync("/api/me")).StatusCode == System.Net.HttpStatusCode.Unauthorized);
        await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = person.Email, password = TestTenant.Password }).ProblemAsync(401, "credentials-refused");
        var row = await app.QueryAsync<string>($"SELECT row_to_json(users)::text FROM users WHERE id = '{person.Id}'");
        foreach (var known in new[] { person.Email, "Aliya", "Omarova", "S1", "v1." }) Assert.DoesNotContain(known, row);
        Assert.Equal(0L, await app.QueryAsync<long>($"SELECT count(*) FROM outbox WHERE body::text LIKE '%{person.Email}%'"));
        Assert.Equal("forgotten.pdf", await app.QueryAsync<string>($"SELECT name FROM files WHERE id = '{file}'"));
        Assert.Equal(0L, await app.QueryAsync<long>($"SELECT count(*) FROM audit_log WHERE row_key = '{file}' AND (old::text || new::text) LIKE '%Omarova%'"));

        // nothing is left to do, and the address is free for whoever has it next
        Assert.Equal(0, (long)(await op.JsonAsync("anonymise", "--tenant", tenant.Slug, "--user", person.Id.ToString(), "--yes"))["steps"]![0]!["rows"]!);
        await tenant.PersonAsync(person.Email);
        (await op.RunAsync("anonymise", "--tenant", tenant.Slug, "--user", "nobody@example.org", "--yes")).Failed(1, "Nobody in");
    }

    [Fact]
    public async Task Everybody_becomes_somebody_else_and_always_the_same()
    {
        await using var op = await Operator.AtAsync();
        var name = new NpgsqlConnectionStringBuilder(op.Postgres).Database!;
        await op.JsonAsync("seed");
        await op.JsonAsync("key", "rotate");
        var people = await op.QueryAsync<long>("SELECT count(*) FROM users");
        await op.ExecuteAsync("UPDATE users SET username = 'u' || id, student_number = 'n', phone_encrypted = 'v1.x.y' WHERE email LIKE 'judge@%'");

        await op.ExecuteAsync(
            """
            INSERT INTO institutions (tenant_id, id, name, created_at, updated_at) SELECT id, md5('centre')::uuid, 'Centre', now(), now() FROM tenants WHERE slug = 'demo';
            INSERT INTO exam_centres (tenant_id, id, number, name, created_at, updated_at) SELECT id, md5('centre')::uuid, 'C1', 'Centre', now(), now() FROM tenants WHERE slug = 'demo';
            INSERT INTO exam_sessions (tenant_id, id, year, year_at, level, name, grades, divisions, double_entry, absent_when, created_at, updated_at)
            SELECT id, md5('session')::uuid, 2026, '2026-01-01Z', 'O', 'Ordinary', '[]', '[]', false, 'all', now(), now() FROM tenants WHERE slug = 'demo';
            INSERT INTO exam_candidates (tenant_id, id, session_id, centre_id, number, first_name, last_name, created_at, updated_at)
            SELECT id, md5('candidate')::uuid, md5('session')::uuid, md5('centre')::uuid, 'C1-1', 'Ada', 'Byron', now(), now() FROM tenants WHERE slug = 'demo';
            INSERT INTO exam_statements (tenant_id, year_at, run_id, number, candidate_id, centre_id, passes, points, document)
            SELECT id, '2026-01-01Z', md5('run')::uuid, 'C1-1', md5('candidate')::uuid, md5('centre')::uuid, 0, 0, '{"number":"C1-1","firstName":"Ada","lastName":"Byron"}' FROM tenants WHERE slug = 'demo';
            INSERT INTO statement_keys (tenant_id, id, public_key, private_key_encrypted, created_at) SELECT id, md5('key')::uuid, '{}', 'v1.x.y', now() FROM tenants WHERE slug = 'demo';
            INSERT INTO certificates (tenant_id, id, number, kind, source_id, holder_id, title, content_digest, document, key_id, signature, status_index, issued_at)
            SELECT id, md5('paper')::uuid, 'AAAA-BBBB-CCCC', 'examResult', md5('session')::uuid, md5('candidate')::uuid, 'Ordinary', '', '{"holder":"Ada Byron"}', md5('key')::uuid, '', 0, now() FROM tenants WHERE slug = 'demo'
            """);

        var look = (await op.JsonAsync("anonymise", "--all", "--dry-run"))[0]!;
        Assert.Equal((name, people), ((string)look["databaseName"]!, (long)look["people"]!));
        Assert.Equal(1, (long)look["emptied"]!["signing_keys"]!);
        Assert.Equal(people, (long)(await op.JsonAsync("anonymise", "--all", "--database-name", name, "--yes"))["people"]!);

        Assert.Equal(0L, await op.QueryAsync<long>("SELECT count(*) FROM users WHERE email NOT LIKE '%@example.org' OR email <> email_key OR email LIKE 'judge%' OR email LIKE '%demo%'"));
        Assert.Equal(0L, await op.QueryAsync<long>("SELECT (SELECT count(*) FROM user_credentials) + (SELECT count(*) FROM signing_keys) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM email_tokens)"));
        var judge = await op.QueryAsync<string>("SELECT tenant_id || ' ' || id || ' ' || email || ' ' || username || ' ' || student_number FROM users WHERE username IS NOT NULL");
        Assert.Equal("Candidate C1-1 C1-1", await op.QueryAsync<string>("SELECT first_name || ' ' || last_name || ' ' || (SELECT document::jsonb->>'lastName' FROM exam_statements) FROM exam_candidates"));
        Assert.Equal(0L, await op.QueryAsync<long>("SELECT (SELECT count(*) FROM certificates) + (SELECT count(*) FROM statement_keys)"));
        var parts = judge.Split(' ');
        var sample = SamplePerson.Of(Guid.Parse(parts[0]), Guid.Parse(parts[1]));
        Assert.Equal([sample.Email, sample.Username, sample.StudentNumber], parts[2..]);
        Assert.NotEqual("v1.x.y", await op.QueryAsync<string>("SELECT phone_encrypted FROM users WHERE username IS NOT NULL"));
        await op.JsonAsync("anonymise", "--all", "--database-name", name, "--yes");
        Assert.Equal(judge, await op.QueryAsync<string>("SELECT tenant_id || ' ' || id || ' ' || email || ' ' || username || ' ' || student_number FROM users WHERE username IS NOT NULL"));
    }

    [Fact]
    public async Task A_database_whose_name_is_not_typed_exactly_is_left_alone()
    {
        await using var op = await Operator.AtAsync();
        var name = new NpgsqlConnectionStringBuilder(op.Postgres).Database!;
        await op.JsonAsync("seed");

        (await op.RunAsync("anonymise", "--all", "--yes")).Failed(2, name);
        (await op.RunAsync("anonymise", "--all", "--yes", "--database-name", name.ToUpperInvariant())).Failed(2, name);
        (await op.RunAsync("anonymise", "--all", "--database-name", name)).Failed(2, "say --yes");

        Assert.Equal(1L, await op.QueryAsync<long>("SELECT count(*) FROM users WHERE email = 'judge@demo.example.org'"));
    }

    [Theory]
    [InlineData]
    [InlineData("--tenant", "demo")]
    [InlineData("--user", "ada@example.org")]
    [InlineData("--all", "--tenant", "demo", "--user", "ada@example.org")]
    [InlineData("--tenant", "demo", "--user", "ada@example.org", "--dry-run")]
    public async Task It_must_be_clear_who_is_meant(params string[] options) => (await Operator.At("").RunAsync(["anonymise", .. options])).Failed(2, "--all");
}
