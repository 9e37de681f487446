using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>
/// Fills a development tenant with an examination of invented people, set-based and in seconds: centres, candidates, entries, marks, and results that are published. The same again changes nothing.
/// </summary>
public sealed class SeedExams(
    Database database, EditExamSession edit, EditExamSubject editSubject, GradeBoundaries boundaries, ExamRuns runs, ComputeExamRun compute, PublishExamRun publish, CandidateSecret secrets,
    IssueExamCertificates certificates, TimeProvider clock)
{
    public sealed record Size(int Centres, int Candidates, int Subjects, bool WithMarks = true);

    public sealed record Result(Guid SessionId, long Centres, long Candidates, long Results, long Certificates, string? Digest, IReadOnlyList<Sample> Samples);

    /// <summary>A candidate to look up.</summary>
    public sealed record Sample(string Number, string Secret);

    private const int Slice = 5000;

    /// <summary>Thirty centres, twenty thousand candidates, eight subjects each.</summary>
    public static readonly Size Whole = new(30, 20_000, 8);

    /// <summary>Enough to look at: made in a second or two.</summary>
    public static readonly Size Small = new(10, 1_000, 8);

    private static readonly string[] FirstNames = ["Ada", "Amina", "Ngozi", "Tabi", "Manka", "Éric", "Chloé", "Fatou", "Bih", "Samuel", "Grâce", "Ivo", "Айгерим", "Данияр", "Ольга", "Pavel", "Zoé", "Kofi", "Lum", "Peter"];

    private static readonly string[] LastNames = ["Nkeng", "Tamfu", "Mbah", "Éboué", "Fokou", "Njoya", "Ateba", "Ndi", "Сулейменова", "Orlov", "Lefèvre", "Achu", "Che", "Biya-Ndongo", "Tchoupo", "Walker", "Kum"];

    private sealed record Counts(long Centres, long Candidates, long Results, long Certificates);

    public async Task<Outcome<Result>> Run(Caller officer, IReadOnlyList<Caller> approvers, Size size, CancellationToken cancellationToken)
    {
        var id = IdOf(officer.TenantId, "gce", size.Candidates);
        if (await StructureAsync(officer, id, cancellationToken) is { } problem) return problem;
        // some thousands at a time: no statement runs long, however many there are
        for (var first = 0; first < size.Candidates; first += Slice)
        {
            var from = first;
            await database.InPlatformTransaction(session => FillAsync(session, officer, id, size, from, cancellationToken), cancellationToken, officer.Shard);
        }
        string? digest = null;
        if (size.WithMarks)
        {
            var published = await PublishAsync(officer, approvers, id, cancellationToken);
            if (published.Problem is { } refused) return refused;
            digest = published.Value;
        }
        var counts = await database.AsPlatform(officer.Shard).SingleAsync<Counts>(
            """
            SELECT (SELECT count(DISTINCT centre_id) FROM exam_candidates WHERE tenant_id = @TenantId AND session_id = @id) AS centres,
                   (SELECT count(*) FROM exam_candidates WHERE tenant_id = @TenantId AND session_id = @id) AS candidates,
                   (SELECT coalesce(max(results), 0) FROM exam_runs WHERE tenant_id = @TenantId AND session_id = @id AND state = 'published') AS results,
                   (SELECT count(*) FROM certificates WHERE tenant_id = @TenantId AND source_id = @id AND revoked_at IS NULL) AS certificates
            """,
            new { officer.TenantId, id },
            cancellationToken);
        return new Result(id, counts.Centres, counts.Candidates, counts.Results, counts.Certificates, digest, [.. Enumerable.Range(1, 3).Select(one => NumberOf(one, size)).Select(number => new Sample(number, SecretOf(officer.TenantId, number)))]);
    }

    /// <summary>The secret of a seeded candidate: known to all, and for development only.</summary>
    public static string SecretOf(Guid tenantId, string number) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"podium demo {tenantId} {number}")))[..12];

    public static string NumberOf(int candidate, Size size) => string.Create(CultureInfo.InvariantCulture, $"G{((candidate - 1) % size.Centres) + 1:00}-{((candidate - 1) / size.Centres) + 1:00000}");

    private async Task<Problem?> StructureAsync(Caller officer, Guid id, CancellationToken cancellationToken)
    {
        var known = await database.As(officer).FirstAsync<Guid?>("SELECT id FROM exam_sessions WHERE tenant_id = @TenantId AND id = @id", new { officer.TenantId, id }, cancellationToken);
        if (known is not null) return null;
        var gce = ExamBlueprint.Gce;
        var year = clock.GetUtcNow().Year;
        var added = await edit.AddAsync(
            officer, new EditExamSession.Request { Id = id, Year = year, Level = gce.Level, Name = $"{gce.Name} {year}", Grades = gce.Grades, Divisions = gce.Divisions }, cancellationToken);
        if (added.Problem is { } refused) return refused;
        var request = new GradeBoundaries.Request { Boundaries = [.. gce.Grades.Zip(gce.Boundaries, (grade, least) => new GradeBoundaries.Boundary { Grade = grade.Code, Least = least })] };
        foreach (var subject in gce.Subjects)
        {
            if ((await editSubject.PutAsync(officer, id, subject.Code, new EditExamSubject.Request { Name = subject.Name, Papers = subject.Papers }, cancellationToken)).Problem is { } fault) return fault;
            if ((await boundaries.PutAsync(officer, id, subject.Code, request, cancellationToken)).Problem is { } wrong) return wrong;
        }
        return null;
    }

    private async Task<bool> FillAsync(Session session, Caller officer, Guid id, Size size, int first, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var numbers = Enumerable.Range(first + 1, Math.Min(Slice, size.Candidates - first)).Select(one => NumberOf(one, size)).ToArray();
        await session.ExecuteAsync(
            """
            CALL act_as(@TenantId, @Person, NULL::inet, @now, NULL::text);
            SET LOCAL jit = off;
            SET LOCAL work_mem = '64MB';
            SELECT pg_advisory_xact_lock(hashtextextended('seed exams ' || @TenantId, 0));

            INSERT INTO institutions (tenant_id, id, name, created_at, updated_at)
            SELECT @TenantId, md5(@id || ' centre ' || place)::uuid, 'Demonstration centre ' || to_char(place, 'FM00'), @now, @now FROM generate_series(1, @Centres) AS place
            ON CONFLICT DO NOTHING;
            INSERT INTO exam_centres (tenant_id, id, number, name, created_at, updated_at)
            SELECT @TenantId, md5(@id || ' centre ' || place)::uuid, 'G' || to_char(place, 'FM00'), 'Demonstration centre ' || to_char(place, 'FM00'), @now, @now FROM generate_series(1, @Centres) AS place
            ON CONFLICT DO NOTHING;

            INSERT INTO exam_candidates (tenant_id, id, session_id, centre_id, number, first_name, last_name, secret_hash, created_at, updated_at)
            SELECT @TenantId, md5(@id || ' candidate ' || given.number)::uuid, @id, exam_centres.id, given.number, (@firstNames)[(place + @first) * 7 % cardinality(@firstNames) + 1], (@lastNames)[(place + @first) * 11 % cardinality(@lastNames) + 1], hash, @now, @now
            FROM unnest(@numbers, @hashes) WITH ORDINALITY AS given (number, hash, place)
            JOIN exam_centres ON exam_centres.tenant_id = @TenantId AND exam_centres.number = split_part(given.number, '-', 1)
            ON CONFLICT DO NOTHING;

            INSERT INTO exam_entries (tenant_id, id, session_id, centre_id, candidate_id, subject_id, created_at, updated_at)
            SELECT @TenantId, md5(candidate.id || ' ' || subject.id)::uuid, @id, candidate.centre_id, candidate.id, subject.id, @now, @now
            FROM unnest(@numbers) WITH ORDINALITY AS given (number, place)
            JOIN exam_candidates AS candidate ON candidate.tenant_id = @TenantId AND candidate.session_id = @id AND candidate.number = given.number
            JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS all_subjects FROM exam_subjects WHERE tenant_id = @TenantId AND session_id = @id) AS subject
              ON (subject.place + given.place + @first) % all_subjects < @Subjects
            ON CONFLICT DO NOTHING
            """,
            new
            {
                officer.TenantId,
                officer.Person,
                id,
                now,
                size.Centres,
                size.Subjects,
                first,
                numbers,
                hashes = numbers.Select(number => secrets.HashOf(officer.TenantId, id, number, SecretOf(officer.TenantId, number))).ToArray(),
                firstNames = FirstNames,
                lastNames = LastNames,
            },
            cancellationToken);
        if (!size.WithMarks) return true;
        // a candidate's marks hang together, as people's do: ability and luck, both from the ids, the same each time
        await session.ExecuteAsync(
            """
            INSERT INTO exam_mark_files (tenant_id, id, session_id, entry_round, name, national, places, state, asked_by, asked_at, finished_at)
            VALUES (@TenantId, md5(@id || ' marks')::uuid, @id, 1, 'seed', true, '{}', 'imported', @Person, @now, @now)
            ON CONFLICT DO NOTHING;

            INSERT INTO exam_marks (tenant_id, year_at, paper_id, entry_id, centre_id, file_id, entry_round, mark)
            SELECT @TenantId, year_at, paper.id, entry.id, entry.centre_id, md5(@id || ' marks')::uuid, 1,
                   CASE WHEN (hashtext(entry.id::text) & 2147483647) % 100 > 0 THEN
                       round(max_mark * (30 + (hashtext(entry.candidate_id::text) & 2147483647) % 50 + (hashtext(entry.id::text || paper.id) & 2147483647) % 21) / 100, 1) END
            FROM exam_sessions
            JOIN exam_candidates AS candidate ON candidate.tenant_id = @TenantId AND candidate.session_id = exam_sessions.id AND candidate.number = ANY (@numbers)
            JOIN exam_entries AS entry ON entry.tenant_id = @TenantId AND entry.candidate_id = candidate.id
            JOIN exam_papers AS paper ON paper.tenant_id = @TenantId AND paper.subject_id = entry.subject_id
            WHERE exam_sessions.tenant_id = @TenantId AND exam_sessions.id = @id
            ORDER BY paper.id, entry.id
            ON CONFLICT DO NOTHING
            """,
            new { officer.TenantId, officer.Person, id, now, numbers },
            cancellationToken);
        return true;
    }

    private async Task<Outcome<string>> PublishAsync(Caller officer, IReadOnlyList<Caller> approvers, Guid id, CancellationToken cancellationToken)
    {
        var locked = await edit.LockMarksAsync(officer, id, cancellationToken);
        if (locked.Problem is { } refused && refused.Kind != ExamProblems.RunUnderWay) return refused;
        var asked = await runs.RequestAsync(officer, id, new ExamRuns.Request { Id = IdOf(officer.TenantId, "gce run", 1), Reason = "First results", PublishAt = clock.GetUtcNow() }, cancellationToken);
        if (asked.Problem is { } problem) return problem;
        if (asked.Value!.State == "computing")
        {
            await compute.ComputeAsync(officer, asked.Value.Id, cancellationToken);
            await compute.VerifyAsync(officer, asked.Value.Id, cancellationToken);
        }
        var run = (await runs.ReadAsync(officer, asked.Value.Id, cancellationToken)).Value!;
        foreach (var approver in run.State == "verified" ? approvers : [])
        {
            if ((await runs.ApproveAsync(approver, run.Id, new ExamRuns.Approval { Digest = run.Digest! }, cancellationToken)).Problem is { } fault) return fault;
        }
        await publish.WhenDueAsync(officer, run.Id, cancellationToken);
        var certified = await certificates.RequestAsync(officer, id, cancellationToken);
        if (certified.Problem is { } unpublished) return unpublished;
        await certificates.RunAsync(officer, id, run.Id, cancellationToken);
        return run.Digest ?? "";
    }

    private static Guid IdOf(Guid tenantId, string what, int number) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"podium demo {tenantId} {what} {number}")).AsSpan(0, 16));
}
