using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Podium.Platform.Databases;

namespace Podium.Exams;

/// <summary>
/// From marks to grades. The arithmetic is exact: marks, factors and weights are decimals, shares of different papers are brought to one denominator,
/// and there are two roundings in all: a scaled mark to hundredths, and the score in per cent to hundredths, both half up.
/// </summary>
public static class ExamScoring
{
    /// <summary>One entry's result with what its statement says, in the order of candidate numbers and subjects' codes.</summary>
    public sealed record Row(
        string Number, Guid CandidateId, Guid CentreId, string FirstName, string LastName, string CentreNumber, string CentreName,
        string Subject, string SubjectName, string Status, decimal? Score, string? Grade, int? Points, bool Passed);

    private const int Fetched = 5000;

    /// <summary>Every entry's result from what stands in the tables now. Parameters: tenant and session.</summary>
    internal const string Computed =
        """
        WITH exam AS (
            SELECT year_at, double_entry, absent_when, grades FROM exam_sessions WHERE tenant_id = @tenant AND id = @session
        ), papers AS (
            SELECT paper.id, subject_id, max_mark, weight,
                   (SELECT exam_product(other.max_mark) FROM exam_papers AS other WHERE other.tenant_id = @tenant AND other.subject_id = paper.subject_id AND other.id <> paper.id) AS others
            FROM exam_papers AS paper JOIN exam_subjects ON exam_subjects.tenant_id = @tenant AND exam_subjects.id = subject_id
            WHERE paper.tenant_id = @tenant AND session_id = @session
        ), subjects AS (
            SELECT subject_id, count(*) AS papers, exam_product(max_mark) * sum(weight) AS whole FROM papers GROUP BY subject_id
        ), scale AS (
            SELECT subject_id, grade, least, lag(least) OVER (PARTITION BY subject_id ORDER BY least DESC) AS upper, (given->>'points')::integer AS points, (given->>'passes')::boolean AS passes
            FROM exam
            CROSS JOIN jsonb_array_elements(grades) AS given
            JOIN exam_boundaries ON tenant_id = @tenant AND grade = given->>'code' AND subject_id IN (SELECT subject_id FROM subjects)
        ), entered AS (
            SELECT entry_id, paper_id,
                   max(mark) FILTER (WHERE entry_round = 1) AS first, max(mark) FILTER (WHERE entry_round = 2) AS second, max(mark) FILTER (WHERE entry_round = 3) AS settled,
                   bool_or(entry_round = 1) AS has_first, bool_or(entry_round = 2) AS has_second, bool_or(entry_round = 3) AS is_settled
            FROM exam_marks
            WHERE tenant_id = @tenant AND year_at = (SELECT year_at FROM exam) AND paper_id = ANY (ARRAY(SELECT id FROM papers))
            GROUP BY entry_id, paper_id
        ), final AS (
            SELECT entry_id, paper_id, CASE WHEN is_settled THEN settled ELSE first END AS mark
            FROM entered CROSS JOIN exam
            WHERE is_settled OR (has_first AND (NOT double_entry OR (has_second AND first IS NOT DISTINCT FROM second)))
        ), marked AS (
            SELECT entry.id, entry.centre_id, entry.candidate_id, entry.subject_id, count(final.entry_id) AS known, count(final.mark) AS sat,
                   sum(least(max_mark, greatest(0, round(final.mark * coalesce(own.factor, every.factor, 1) + coalesce(own.plus, every.plus, 0), 2))) * weight * others) AS part
            FROM exam_entries AS entry
            JOIN papers ON papers.subject_id = entry.subject_id
            LEFT JOIN final ON final.entry_id = entry.id AND final.paper_id = papers.id
            LEFT JOIN exam_moderations AS own ON own.tenant_id = @tenant AND own.paper_id = papers.id AND own.centre_id = entry.centre_id
            LEFT JOIN exam_moderations AS every ON every.tenant_id = @tenant AND every.paper_id = papers.id AND every.centre_id IS NULL
            WHERE entry.tenant_id = @tenant AND entry.withdrawn_at IS NULL
            GROUP BY entry.id, entry.centre_id, entry.candidate_id, entry.subject_id
        ), cases AS (
            SELECT entry.id,
                   bool_or(kind = 'malpractice' AND state = 'open') AS held, bool_or(kind = 'malpractice' AND state = 'upheld') AS out,
                   bool_or(kind = 'absence' AND state = 'upheld') AS excused, sum(allowance) FILTER (WHERE kind = 'consideration' AND state = 'upheld') AS allowance
            FROM exam_cases JOIN exam_entries AS entry ON entry.tenant_id = @tenant AND entry.candidate_id = exam_cases.candidate_id AND (entry_id IS NULL OR entry_id = entry.id)
            WHERE exam_cases.tenant_id = @tenant AND exam_cases.session_id = @session
            GROUP BY entry.id
        ), scored AS MATERIALIZED (
            SELECT marked.id AS entry_id, centre_id, candidate_id, marked.subject_id,
                   CASE WHEN out THEN 'disqualified' WHEN held THEN 'withheld' WHEN known < papers THEN 'incomplete'
                        WHEN sat = 0 OR (absent_when = 'any' AND sat < papers) THEN CASE WHEN excused THEN 'excused' ELSE 'absent' END
                        ELSE 'graded' END AS status,
                   exam_percent(least(whole, coalesce(part, 0) + coalesce(allowance, 0) * whole * 0.01), whole) AS score
            FROM marked CROSS JOIN exam JOIN subjects ON subjects.subject_id = marked.subject_id LEFT JOIN cases ON cases.id = marked.id
        ), results AS (
            SELECT entry_id, centre_id, candidate_id, scored.subject_id, status,
                   CASE WHEN status = 'graded' THEN score END AS score, grade, points, coalesce(passes, false) AS passed
            FROM scored LEFT JOIN scale ON status = 'graded' AND scale.subject_id = scored.subject_id AND score >= least AND (upper IS NULL OR score < upper)
        )
        """;

    private const string Told =
        """
        SELECT candidate.number, candidate.id AS candidate_id, candidate.centre_id, first_name, last_name, centre.number AS centre_number, centre.name AS centre_name,
               subject.code AS subject, subject.name AS subject_name, status, score, grade, points, passed
        FROM results
        JOIN exam_candidates AS candidate ON candidate.tenant_id = @tenant AND candidate.id = results.candidate_id
        JOIN exam_centres AS centre ON centre.tenant_id = @tenant AND centre.id = candidate.centre_id
        JOIN exam_subjects AS subject ON subject.tenant_id = @tenant AND subject.id = results.subject_id
        ORDER BY candidate.number, subject.code COLLATE "C"
        """;

    /// <summary>What the tables give now, without writing anything.</summary>
    internal const string Anew = $"{Computed} {Told}";

    /// <summary>What a run has kept.</summary>
    internal const string Kept = $"WITH results AS (SELECT * FROM exam_results WHERE tenant_id = @tenant AND year_at = @year AND run_id = @run) {Told}";

    /// <summary>Results by candidate, some thousands of rows in memory at a time; between two answers the connection is free.</summary>
    internal static async IAsyncEnumerable<IReadOnlyList<Row>> ByCandidateAsync(Session session, string sql, object args, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await session.ExecuteAsync($"DECLARE exam_rows NO SCROLL CURSOR FOR {sql}", args, cancellationToken);
        var open = new List<Row>();
        while (true)
        {
            var rows = await session.QueryAsync<Row>($"FETCH {Fetched} FROM exam_rows", null, cancellationToken);
            foreach (var row in rows)
            {
                if (open.Count > 0 && open[0].CandidateId != row.CandidateId)
                {
                    yield return open;
                    open = [];
                }
                open.Add(row);
            }
            if (rows.Count < Fetched) break;
        }
        if (open.Count > 0) yield return open;
        await session.ExecuteAsync("CLOSE exam_rows", null, cancellationToken);
    }

    /// <summary>Where a candidate stands by the session's rules.</summary>
    public static Standing StandingOf(IReadOnlyList<Row> rows, IReadOnlyList<Grade> grades, IReadOnlyList<DivisionRule> rules)
    {
        var ranks = grades.Index().ToDictionary(grade => grade.Item.Code, grade => grade.Index);
        return Divisions.Of([.. rows.Where(row => row.Grade is not null).Select(row => new GradedSubject(row.Subject, ranks[row.Grade!], row.Points ?? 0, row.Passed))], rules);
    }

    /// <summary>A digest over every result and standing in their order: equal results have it equal, to the bit.</summary>
    internal sealed class Digest : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Add(IReadOnlyList<Row> rows, Standing standing)
        {
            var text = new StringBuilder();
            foreach (var row in rows) text.Append(CultureInfo.InvariantCulture, $"{row.Number}\t{row.Subject}\t{row.Status}\t{row.Score:0.00}\t{row.Grade}\t{row.Points}\t{(row.Passed ? 1 : 0)}\n");
            text.Append(CultureInfo.InvariantCulture, $"{rows[0].Number}\t\t{standing.Division}\t{standing.Passes}\t{standing.Points}\n");
            _hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
        }

        public string End() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        public void Dispose() => _hash.Dispose();
    }
}
