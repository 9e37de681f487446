using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Podium.Certificates;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Exams;

/// <summary>
/// Transcripts: all subjects of one or several sessions. Candidates have no account that would hold their sessions together, so who asks shows that each result is theirs: by its secret,
/// or as the centre or the office. When one of the results changes, the transcript is replaced by one that says so.
/// </summary>
public sealed class IssueTranscripts(Database database, LookUpResult lookUp, IssueCertificates issue)
{
    // signed and encoded it must be shorter than what our verification reads
    private const int MostBytes = 10_000;

    public sealed record Request
    {
        [MinLength(1), MaxLength(10)]
        public required IReadOnlyList<Own> Results { get; init; }
    }

    public sealed record Own
    {
        public required Guid SessionId { get; init; }

        [StringLength(20, MinimumLength = 1), Example("C1-0001")]
        public required string Number { get; init; }

        /// <summary>What opens the result. Centres and the office do without.</summary>
        [StringLength(100), Example("k7tq-9mzx-2hfd")]
        public string? Secret { get; init; }
    }

    private sealed record Row(Guid CertificateId, Guid HolderId, Guid SourceId, Guid? PlaceId, Guid SessionId, Guid CandidateId, Guid CentreId, string? Document, bool Held);

    private sealed record Source(Guid SessionId, Guid CandidateId, Guid CentreId, ExamStatement Statement);

    /// <summary>Issues a transcript, or gives the one there is; answers its id.</summary>
    public async Task<Outcome<Guid>> RunAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        for (var place = 0; place < request.Results.Count; place++)
        {
            var own = request.Results[place];
            if (!ExamCode.IsCode(own.Number)) return Problem.NotFound("candidate number");
            if (own.Secret is null && !caller.AllowsSomewhere(Permissions.ExamCentre)) return Problem.Invalid($"/results/{place}/secret", "required", "Send the secret that opens the result.");
            if (own.Secret is { } secret && (await lookUp.ProveAsync(caller, own.SessionId, own.Number, secret, cancellationToken)).Problem is { } refused) return refused;
        }
        return await database.InTransaction<Guid>(caller, session => IssueAsync(session, caller, request, cancellationToken), cancellationToken);
    }

    /// <summary>Those that tell of a session are brought in line with what is published of it.</summary>
    internal async Task RenewAsync(Session session, Tenant tenant, Guid sessionId, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync<Row>(
            $"""
            SELECT told.certificate_id, certificates.holder_id, certificates.source_id, certificates.place_id, told.session_id, told.candidate_id, candidate.centre_id, exam_statements.document,
                   exam_statements.document IS NOT NULL AND {IssueExamCertificates.HeldSql} AS held
            FROM certificates
            JOIN exam_transcript_results AS told ON told.tenant_id = @TenantId AND told.certificate_id = certificates.id
            JOIN exam_sessions AS exam ON exam.tenant_id = @TenantId AND exam.id = told.session_id
            JOIN exam_candidates AS candidate ON candidate.tenant_id = @TenantId AND candidate.id = told.candidate_id
            LEFT JOIN exam_statements ON exam_statements.tenant_id = @TenantId AND exam_statements.year_at = exam.year_at AND exam_statements.run_id = exam.published_run_id AND exam_statements.number = candidate.number
            WHERE certificates.tenant_id = @TenantId AND certificates.kind = 'examTranscript' AND certificates.revoked_at IS NULL
              AND EXISTS (SELECT FROM exam_transcript_results AS one WHERE one.tenant_id = @TenantId AND one.certificate_id = certificates.id AND one.session_id = @sessionId)
            ORDER BY told.certificate_id, told.candidate_id
            """,
            new { TenantId = tenant.Id, sessionId },
            cancellationToken);
        foreach (var transcript in rows.GroupBy(row => row.CertificateId))
        {
            // a year in the archive cannot be read: what was certified stands
            if (transcript.Any(row => row.Document is null)) continue;
            var sources = transcript.Select(row => new Source(row.SessionId, row.CandidateId, row.CentreId, JsonSerializer.Deserialize<ExamStatement>(row.Document!, Json.Options)!)).ToList();
            if (transcript.Any(row => row.Held) || sources.Any(source => source.Statement.Status == "withheld"))
                await issue.RevokeAsync(session, tenant.Id, [transcript.Key], "withheld", null, cancellationToken);
            else
                await WriteAsync(session, tenant, null, sources, cancellationToken);
        }
    }

    private async Task<Outcome<Guid>> IssueAsync(Session session, Caller caller, Request request, CancellationToken cancellationToken)
    {
        var sources = new List<Source>();
        foreach (var own in request.Results)
        {
            // a centre reads its own; who has shown the secret reads what it opened
            await (own.Secret is null ? ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-transcript", cancellationToken) : ExamSight.NationalAsync(session, "exam-transcript", cancellationToken));
            // a suspicion that is reported meanwhile waits for this row, or this for it
            await session.ExecuteAsync("SELECT FROM exam_candidates WHERE tenant_id = @TenantId AND session_id = @SessionId AND number = @Number FOR UPDATE", new { caller.TenantId, own.SessionId, own.Number }, cancellationToken);
            var row = await session.FirstAsync<Row>(
                $"""
                SELECT exam_statements.candidate_id AS certificate_id, exam_statements.candidate_id AS holder_id, exam.id AS source_id, NULL::uuid AS place_id, exam.id AS session_id, exam_statements.candidate_id,
                       exam_statements.centre_id, document, {IssueExamCertificates.HeldSql} AS held
                FROM exam_sessions AS exam
                JOIN exam_statements ON exam_statements.tenant_id = @TenantId AND exam_statements.year_at = exam.year_at AND exam_statements.run_id = exam.published_run_id AND exam_statements.number = @Number
                WHERE exam.tenant_id = @TenantId AND exam.id = @SessionId
                """,
                new { caller.TenantId, own.SessionId, own.Number },
                cancellationToken);
            if (row is null) return new Problem(CertificateProblems.None, $"There is no published result of {own.Number}.");
            var statement = JsonSerializer.Deserialize<ExamStatement>(row.Document!, Json.Options)!;
            if (row.Held || statement.Status == "withheld") return new Problem(CertificateProblems.None, "A result is withheld: there is no transcript of it.");
            if (sources.All(known => known.CandidateId != row.CandidateId)) sources.Add(new Source(row.SessionId, row.CandidateId, row.CentreId, statement));
        }
        var name = IssueExamCertificates.NameOf(sources[0].Statement);
        if (sources.Any(source => CultureInfo.InvariantCulture.CompareInfo.Compare(name, IssueExamCertificates.NameOf(source.Statement), CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace) != 0))
            return CertificateProblems.OtherNames;
        if (System.Text.Encoding.UTF8.GetByteCount(CanonicalJson.Of(sources.Select(ResultOf))) > MostBytes) return Problem.Invalid("/results", "length", "So many subjects do not fit into one transcript.");
        if (request.Results.Any(own => own.Secret is not null)) await ExamSight.NationalAsync(session, "exam-transcript", cancellationToken);
        return await WriteAsync(session, caller.Tenant, caller.UserId, sources, cancellationToken);
    }

    private static CertificateStatement.Result ResultOf(Source source) => IssueExamCertificates.ResultOf(source.Statement, _ => true);

    private async Task<Guid> WriteAsync(Session session, Tenant tenant, Guid? by, List<Source> sources, CancellationToken cancellationToken)
    {
        // the same results make the same transcript, in whatever order they were named
        var ordered = sources.OrderByDescending(source => source.Statement.Year).ThenBy(source => source.Statement.Level, StringComparer.Ordinal).ThenBy(source => source.CandidateId).ToList();
        var id = new Guid(SHA256.HashData([.. sources.Select(source => source.CandidateId).Order().SelectMany(candidate => candidate.ToByteArray())]).AsSpan(0, 16));
        await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('transcript ' || @Id || @id, 0))", new { tenant.Id, id }, cancellationToken);
        var wanted = new IssueCertificates.Wanted
        {
            Kind = CertificateKind.ExamTranscript,
            SourceId = id,
            HolderId = ordered[0].CandidateId,
            PlaceId = ordered[0].CentreId,
            Holder = IssueExamCertificates.NameOf(ordered[0].Statement),
            Title = new string([.. string.Join(", ", ordered.Select(source => source.Statement.Session).Distinct()).Take(400)]),
            Results = [.. ordered.Select(ResultOf)],
        };
        var done = await issue.RunAsync(session, tenant, by, [wanted], cancellationToken);
        if (done.Issued is not [var issued]) return done.Kept.Values.FirstOrDefault();
        await session.ExecuteAsync(
            "INSERT INTO exam_transcript_results (tenant_id, certificate_id, session_id, centre_id, candidate_id) SELECT @tenantId, @certificate, * FROM unnest(@sessions, @centres, @candidates)",
            new
            {
                tenantId = tenant.Id,
                certificate = issued.Id,
                sessions = ordered.Select(source => source.SessionId).ToArray(),
                centres = ordered.Select(source => source.CentreId).ToArray(),
                candidates = ordered.Select(source => source.CandidateId).ToArray(),
            },
            cancellationToken);
        return issued.Id;
    }
}
