using Podium.Platform.Databases;

namespace Podium.Points;

/// <summary>What people have done, as the features' own tables tell it now: nothing is counted beside them.</summary>
internal static class Deeds
{
    /// <summary>The deeds of one kind of some people.</summary>
    public static Task<IReadOnlyList<Deed>> ReadAsync(Session session, Guid tenantId, DeedEvent kind, Guid[] people, CancellationToken cancellationToken) =>
        session.QueryAsync<Deed>(SqlOf(kind), new { tenantId, people }, cancellationToken);

    internal static string SqlOf(DeedEvent kind) => kind switch
    {
        DeedEvent.Registered => InCompetitions("SELECT user_id, registration_id AS deed_id, competition_id, since AS occurred_at FROM taking_part WHERE tenant_id = @tenantId AND user_id = ANY (@people)"),
        DeedEvent.Submitted => InCompetitions(HandedIn("entry.status IN ('submitted', 'superseded') AND entry.review_status <> 'REJECTED'", "entry.submitted_at")),
        DeedEvent.SubmissionApproved => InCompetitions(HandedIn("entry.status = 'submitted' AND entry.review_status = 'APPROVED'", "entry.reviewed_at")),
        // one that is written once more was finished before
        DeedEvent.ReviewFinished => InCompetitions(
            """
            SELECT judges.user_id, reviews.id AS deed_id, reviews.competition_id, reviews.submitted_at AS occurred_at
            FROM judges JOIN reviews ON reviews.tenant_id = judges.tenant_id AND reviews.judge_id = judges.id AND reviews.status IN ('final', 'reopened')
            WHERE judges.tenant_id = @tenantId AND judges.user_id = ANY (@people)
            """),
        DeedEvent.Advanced => InCompetitions(
            """
            SELECT part.user_id, entry.round_id AS deed_id, entry.competition_id, run.entered_at AS occurred_at
            FROM taking_part AS part
            JOIN round_entries AS entry ON entry.tenant_id = part.tenant_id AND entry.competition_id = part.competition_id AND entry.registration_id = part.registration_id AND entry.advances
            JOIN round_runs AS run ON run.tenant_id = entry.tenant_id AND run.round_id = entry.round_id AND run.phase = 'finished'
            WHERE part.tenant_id = @tenantId AND part.user_id = ANY (@people)
            """),
        DeedEvent.Placed => InCompetitions(
            """
            SELECT part.user_id, result.competition_id AS deed_id, result.competition_id, result.place, result.award,
                   (SELECT min(moved_at) FROM competition_moves AS move WHERE move.tenant_id = result.tenant_id AND move.competition_id = result.competition_id AND move.to_status = 'completed') AS occurred_at
            FROM taking_part AS part
            JOIN competition_results AS result ON result.tenant_id = part.tenant_id AND result.competition_id = part.competition_id AND result.registration_id = part.registration_id
            JOIN competitions ON competitions.tenant_id = result.tenant_id AND competitions.id = result.competition_id AND competitions.status IN ('completed', 'archived')
            WHERE part.tenant_id = @tenantId AND part.user_id = ANY (@people)
            """),
        // one that is issued anew is the same
        DeedEvent.CertificateIssued =>
            """
            SELECT held.*, held.deed_id AS subject_id, (SELECT category_id FROM competitions WHERE competitions.tenant_id = @tenantId AND competitions.id = held.competition_id) AS category_id
            FROM (
                SELECT person_id AS user_id, source_id AS deed_id, CASE kind WHEN 'competition' THEN source_id END AS competition_id, min(issued_at) AS occurred_at
                FROM certificates WHERE tenant_id = @tenantId AND person_id = ANY (@people)
                GROUP BY person_id, source_id, kind HAVING bool_or(revoked_at IS NULL)
            ) AS held
            """,
        DeedEvent.ChallengeCompleted =>
            """
            SELECT done.user_id, done.challenge_id AS deed_id, done.challenge_id AS subject_id, modules.track_id, done.completed_at AS occurred_at
            FROM user_progress AS done
            JOIN challenges ON challenges.tenant_id = done.tenant_id AND challenges.id = done.challenge_id
            JOIN lessons ON lessons.tenant_id = done.tenant_id AND lessons.id = challenges.lesson_id
            JOIN modules ON modules.tenant_id = done.tenant_id AND modules.id = lessons.module_id
            WHERE done.tenant_id = @tenantId AND done.user_id = ANY (@people) AND done.status = 'completed'
            """,
        DeedEvent.TrackCompleted =>
            "SELECT user_id, track_id AS deed_id, track_id AS subject_id, track_id, completed_at AS occurred_at FROM user_enrollments WHERE tenant_id = @tenantId AND user_id = ANY (@people) AND completed_at IS NOT NULL",
        // the streak that runs, known by its first day, and the longest, of which nobody knows when it was
        DeedEvent.Streak =>
            """
            SELECT user_id, md5(user_id || ' ' || (last_day - current_days))::uuid AS deed_id, user_id AS subject_id, current_days AS days, last_day FROM user_streaks WHERE tenant_id = @tenantId AND user_id = ANY (@people)
            UNION ALL
            SELECT user_id, user_id, user_id, longest_days, NULL FROM user_streaks WHERE tenant_id = @tenantId AND user_id = ANY (@people) AND longest_days > current_days
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Nobody knows where such deeds are found."),
    };

    private static string InCompetitions(string deeds) =>
        $"""
        SELECT done.*, done.competition_id AS subject_id, (SELECT category_id FROM competitions WHERE competitions.tenant_id = @tenantId AND competitions.id = done.competition_id) AS category_id
        FROM ({deeds}) AS done
        """;

    // versions of one work are one deed
    private static string HandedIn(string counts, string at) =>
        $"""
        SELECT part.user_id, coalesce(entry.round_id, entry.registration_id) AS deed_id, entry.competition_id, min({at}) AS occurred_at
        FROM taking_part AS part
        JOIN submissions AS entry ON entry.tenant_id = part.tenant_id AND entry.competition_id = part.competition_id AND entry.registration_id = part.registration_id AND entry.deleted_at IS NULL AND {counts}
        WHERE part.tenant_id = @tenantId AND part.user_id = ANY (@people)
        GROUP BY part.user_id, entry.competition_id, coalesce(entry.round_id, entry.registration_id)
        """;
}
