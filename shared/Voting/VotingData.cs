using Podium.Privacy;

namespace Podium.Voting;

/// <summary>What is kept about a person as a voter, and about what can be voted for as theirs. Votes by ticket belong to nobody who could be named.</summary>
public static class VotingData
{
    public static readonly OwnData Votes = new()
    {
        Name = "votes",
        Description = "The votes that the person cast with their account.",
        Columns = ["votes.voter_id", "voter_emails.voter_id"],
        Sql =
            """
            SELECT voting_session_id, entry_id, cast_at, period_no, option_no, choices, vote_weight, country_code, ip_address, state
            FROM votes WHERE tenant_id = @TenantId AND voter_id = @person
            ORDER BY cast_at, entry_id
            """,
    };

    public static readonly OwnData Options = new()
    {
        Name = "voteOptions",
        Description = "What others could vote for as the person's.",
        Columns = ["vote_options.owner_id"],
        Sql = "SELECT voting_session_id, number, title, description, genre, country, withdrawn_at FROM vote_options WHERE tenant_id = @TenantId AND owner_id = @person ORDER BY voting_session_id, number",
    };
}
