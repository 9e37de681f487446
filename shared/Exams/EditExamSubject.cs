using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>Puts subjects with their papers into a session, and says how the marks of a paper are scaled.</summary>
public sealed class EditExamSubject(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        [StringLength(200, MinimumLength = 1), Example("Mathematics")]
        public required string Name { get; init; }

        [MinLength(1), MaxLength(10)]
        public required IReadOnlyList<PaperRequest> Papers { get; init; }
    }

    public sealed record PaperRequest
    {
        [RegularExpression("[A-Z0-9][A-Z0-9-]{0,19}", ErrorMessage = "Up to 20 capital letters, digits and hyphens."), StringLength(20, MinimumLength = 1), Example("1")]
        public required string Code { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Multiple choice")]
        public required string Name { get; init; }

        /// <summary>The most marks it gives, to two places.</summary>
        [Range(typeof(decimal), "0.01", "9999.99"), Example(50)]
        public required decimal MaxMark { get; init; }

        /// <summary>What it weighs beside the subject's other papers, to three places.</summary>
        [Range(typeof(decimal), "0.001", "9999.999"), Example(30)]
        public required decimal Weight { get; init; }
    }

    public sealed record Scaling
    {
        /// <summary>The centre whose marks are scaled; every centre that has no scaling of its own where this is null.</summary>
        public Guid? CentreId { get; init; }

        /// <summary>To four places.</summary>
        [Range(typeof(decimal), "0", "10"), Example(1.05)]
        public required decimal Factor { get; init; }

        /// <summary>To two places.</summary>
        [Range(typeof(decimal), "-9999.99", "9999.99"), Example(-0.5)]
        public required decimal Plus { get; init; }

        [StringLength(500, MinimumLength = 1), Example("The sample was marked harshly.")]
        public required string Reason { get; init; }
    }

    public sealed record Moderation(Guid Id, Guid PaperId, Guid? CentreId, decimal Factor, decimal Plus, string Reason);

    /// <summary>The whole of a subject; the same again changes nothing.</summary>
    public Task<Outcome<ExamSessions.Subject>> PutAsync(Caller caller, Guid sessionId, string code, Request request, CancellationToken cancellationToken) => database.InTransaction<ExamSessions.Subject>(
        caller,
        async session =>
        {
            if (code.Length > 20 || !code.All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter) || letter == '-') || code[0] == '-') return Problem.NotFound("subject");
            if (request.Papers.Select(paper => paper.Code).Distinct().Count() < request.Papers.Count) return Problem.Invalid("/papers", "repeated", "Each paper's code stands once.");
            if (request.Papers.Any(paper => decimal.Round(paper.MaxMark, 2) != paper.MaxMark || decimal.Round(paper.Weight, 3) != paper.Weight))
                return Problem.Invalid("/papers", "places", "Marks have two decimal places at most, weights three.");
            await ExamSight.NationalAsync(session, "exam-subject-change", cancellationToken);
            if (await EditExamSession.LockAsync(session, caller, sessionId, null, cancellationToken) is { } problem) return problem;
            var now = clock.GetUtcNow();
            var args = new
            {
                caller.TenantId,
                caller.Person,
                sessionId,
                code,
                name = request.Name.Trim(),
                id = Guid.CreateVersion7(now),
                now,
                ids = request.Papers.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                codes = request.Papers.Select(paper => paper.Code).ToArray(),
                names = request.Papers.Select(paper => paper.Name.Trim()).ToArray(),
                most = request.Papers.Select(paper => paper.MaxMark.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToArray(),
                weights = request.Papers.Select(paper => paper.Weight.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToArray(),
            };
            var known = await session.FirstAsync<ExamSessions.Subject>($"SELECT {ExamSessions.SubjectColumns} FROM exam_subjects WHERE tenant_id = @TenantId AND session_id = @sessionId AND code = @code", args, cancellationToken);
            if (known is not null && known.Name == args.name && known.Papers.Select(paper => (paper.Code, paper.Name, paper.MaxMark, paper.Weight)).Order()
                .SequenceEqual(request.Papers.Select(paper => (paper.Code, paper.Name.Trim(), paper.MaxMark, paper.Weight)).Order())) return known;
            if (known is not null && await HasMarksAsync(session, caller, known, cancellationToken)) return ExamProblems.StructureFixed;
            await session.ExecuteAsync(
                """
                INSERT INTO exam_subjects (tenant_id, id, session_id, code, name, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @sessionId, @code, @name, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, session_id, code) DO UPDATE SET name = @name, updated_at = @now, updated_by = @Person, version = exam_subjects.version + 1;

                DELETE FROM exam_papers USING exam_subjects
                WHERE exam_papers.tenant_id = @TenantId AND subject_id = exam_subjects.id AND exam_subjects.tenant_id = @TenantId
                  AND exam_subjects.session_id = @sessionId AND exam_subjects.code = @code AND exam_papers.code <> ALL (@codes);

                INSERT INTO exam_papers (tenant_id, id, subject_id, code, name, max_mark, weight)
                SELECT @TenantId, given.id, exam_subjects.id, given.code, given.name, given.most::numeric, given.weight::numeric
                FROM unnest(@ids, @codes, @names, @most, @weights) AS given (id, code, name, most, weight)
                JOIN exam_subjects ON exam_subjects.tenant_id = @TenantId AND exam_subjects.session_id = @sessionId AND exam_subjects.code = @code
                ON CONFLICT (tenant_id, subject_id, code) DO UPDATE SET name = excluded.name, max_mark = excluded.max_mark, weight = excluded.weight
                """,
                args,
                cancellationToken);
            return await session.SingleAsync<ExamSessions.Subject>($"SELECT {ExamSessions.SubjectColumns} FROM exam_subjects WHERE tenant_id = @TenantId AND session_id = @sessionId AND code = @code", args, cancellationToken);
        },
        cancellationToken);

    /// <summary>Scales a paper's marks linearly, in one centre or wherever nothing else is said.</summary>
    public Task<Outcome<Moderation>> ScaleAsync(Caller caller, Guid paperId, Scaling scaling, CancellationToken cancellationToken) => database.InTransaction<Moderation>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-moderation", cancellationToken);
            var sessionId = await session.FirstAsync<Guid?>(
                "SELECT session_id FROM exam_papers JOIN exam_subjects ON exam_subjects.tenant_id = exam_papers.tenant_id AND exam_subjects.id = subject_id WHERE exam_papers.tenant_id = @TenantId AND exam_papers.id = @paperId",
                new { caller.TenantId, paperId },
                cancellationToken);
            if (sessionId is null) return Problem.NotFound("paper");
            if (await EditExamSession.LockAsync(session, caller, sessionId.Value, null, cancellationToken) is { } problem) return problem;
            return await session.SingleAsync<Moderation>(
                """
                INSERT INTO exam_moderations (tenant_id, paper_id, centre_id, factor, plus, reason, updated_at, updated_by)
                VALUES (@TenantId, @paperId, @CentreId, @Factor, @Plus, @Reason, @now, @Person)
                ON CONFLICT (tenant_id, paper_id, centre_id) DO UPDATE SET factor = excluded.factor, plus = excluded.plus, reason = excluded.reason, updated_at = @now, updated_by = @Person
                RETURNING id, paper_id, centre_id, factor, plus, reason
                """,
                new { caller.TenantId, caller.Person, paperId, scaling.CentreId, scaling.Factor, scaling.Plus, scaling.Reason, now = clock.GetUtcNow() },
                cancellationToken);
        },
        cancellationToken);

    private static Task<bool> HasMarksAsync(Session session, Caller caller, ExamSessions.Subject subject, CancellationToken cancellationToken) => session.FirstAsync<bool>(
        "SELECT EXISTS (SELECT FROM exam_marks WHERE tenant_id = @TenantId AND paper_id = ANY (@papers))", new { caller.TenantId, papers = subject.Papers.Select(paper => paper.Id).ToArray() }, cancellationToken);
}
