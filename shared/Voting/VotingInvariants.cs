using Podium.Operations;

namespace Podium.Voting;

/// <summary>What must hold between votes, their log, its seals and the counts.</summary>
public static class VotingInvariants
{
    public static readonly Invariant Log = new()
    {
        Name = "votes and their log",
        Holds = "The log of a voting adds up to the votes that count in it.",
        Sql =
            """
            SELECT coalesce(counted.tenant_id, logged.tenant_id), 'voting ' || voting_session_id || ', option ' || option_no || ': ' || coalesce(counted.number, 0) || ' votes, ' || coalesce(logged.number, 0) || ' in the log'
            FROM (SELECT tenant_id, voting_session_id, option_no, count(*) AS number FROM votes WHERE state = 0 GROUP BY 1, 2, 3) AS counted
            FULL JOIN (SELECT tenant_id, voting_session_id, option_no, sum(delta) AS number FROM vote_audit_log GROUP BY 1, 2, 3) AS logged USING (voting_session_id, option_no)
            WHERE coalesce(counted.number, 0) <> coalesce(logged.number, 0)
            """,
    };

    public static readonly Invariant Counts = new()
    {
        Name = "counts of votes",
        Holds = "The counts that boards show are what the log says as far as it is folded into them.",
        Sql =
            """
            SELECT coalesce(counted.tenant_id, logged.tenant_id), 'voting ' || voting_session_id || ', option ' || option_no || ': ' || coalesce(counted.number, 0) || ' counted, ' || coalesce(logged.number, 0) || ' in the log'
            FROM (
                SELECT log.tenant_id, log.voting_session_id, log.option_no, sum(delta) AS number
                FROM vote_audit_log AS log JOIN vote_folds ON vote_folds.tenant_id = log.tenant_id AND vote_folds.voting_session_id = log.voting_session_id AND log.id <= folded_id
                GROUP BY 1, 2, 3
            ) AS logged
            LEFT JOIN (SELECT tenant_id, voting_session_id, option_no, sum(votes) AS number FROM vote_counts GROUP BY 1, 2, 3) AS counted USING (voting_session_id, option_no)
            WHERE coalesce(counted.number, 0) <> logged.number
            """,
    };

    public static readonly Invariant Seals = new()
    {
        Name = "seals of votings",
        Holds = "The seals of a voting's log are a chain without a gap, over as many entries as there are.",
        Sql =
            """
            SELECT tenant_id, 'voting ' || voting_session_id || ', seal ' || number
            FROM (
                SELECT seals.*, row_number() OVER chain AS place, lag(seal) OVER chain AS before, 1 + coalesce(sum(entries) OVER (chain ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS begins,
                       (SELECT count(*) FROM vote_audit_log AS log WHERE log.tenant_id = seals.tenant_id AND log.voting_session_id = seals.voting_session_id AND log.id <= seals.last_id) AS logged,
                       sum(entries) OVER chain AS sealed
                FROM vote_log_seals AS seals
                WINDOW chain AS (PARTITION BY tenant_id, voting_session_id ORDER BY number)
            ) AS seals
            WHERE number <> place OR first_no <> begins OR (before IS NOT NULL AND previous <> before) OR logged <> sealed
            """,
    };
}
