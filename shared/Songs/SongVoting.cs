using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Voting;

namespace Podium.Songs;

/// <summary>
/// The voting whose options are a contest's approved songs. While it is a draft they follow every decision; once it is open, a song that is turned away is withdrawn from it,
/// and one that is let in then joins it where the contest takes late songs.
/// </summary>
public sealed class SongVoting(Database database, VotingSessions sessions, EditVoteOptions options, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>A draft of this competition.</summary>
        public required Guid VotingId { get; init; }

        /// <summary>Songs that are approved while the voting is open can be voted for from then on, as after an appeal; else only those that were there when it opened.</summary>
        public bool LateSongs { get; init; }
    }

    public sealed record View(Guid CompetitionId, Guid VotingId, VotingStatus Status, int Options, bool LateSongs);

    private sealed record Linked(Guid Id, VotingStatus Status, bool LateSongs);

    private sealed record Approved(Guid Id, string Title, string ArtistName, string? Genre, string? Country, Guid ArtistId);

    public Task<Outcome<View>> LinkAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (await session.FirstAsync<Guid?>("SELECT id FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL", new { caller.TenantId, competitionId }, cancellationToken) is null)
                return Problem.NotFound("competition");
            var (voting, problem) = await VotingSessions.LockAsync(session, caller, request.VotingId, null, cancellationToken);
            if (voting is null) return problem!.Kind == CommonProblems.NotFound ? Problem.Invalid("/votingId", "unknown", "There is no such voting.") : problem;
            if (voting.CompetitionId != competitionId) return Problem.Invalid("/votingId", "elsewhere", "The voting belongs to another competition, or to none.");
            var known = await LinkedAsync(session, caller, competitionId, cancellationToken);
            if (known?.Id != request.VotingId && (voting.Status != VotingStatus.Draft || known is { Status: not VotingStatus.Draft })) return VotingProblems.SessionFrozen;
            await session.ExecuteAsync(
                """
                INSERT INTO song_votings (tenant_id, competition_id, voting_session_id, late_songs) VALUES (@TenantId, @competitionId, @VotingId, @LateSongs)
                ON CONFLICT (tenant_id, competition_id) DO UPDATE SET voting_session_id = excluded.voting_session_id, late_songs = excluded.late_songs
                """,
                new { caller.TenantId, competitionId, request.VotingId, request.LateSongs },
                cancellationToken);
            var count = await SyncAsync(session, caller, competitionId, cancellationToken);
            return new View(competitionId, request.VotingId, voting.Status, count, request.LateSongs);
        },
        cancellationToken);

    /// <summary>Lets the options follow the songs; how many there are then. Only approved songs are looked at, which everybody may see.</summary>
    internal async Task<int> SyncAsync(Session session, Actor actor, Guid competitionId, CancellationToken cancellationToken)
    {
        if (await LinkedAsync(session, actor, competitionId, cancellationToken) is not { } linked || linked.Status == VotingStatus.Published) return 0;
        var songs = await session.QueryAsync<Approved>(
            """
            SELECT id, title, artist_name, genre, country::text AS country, artist_id FROM songs
            WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status = 'approved' ORDER BY created_at, id LIMIT @most
            """,
            new { actor.TenantId, competitionId, most = EditVoteOptions.MostOptions },
            cancellationToken);
        if (linked.Status == VotingStatus.Draft)
        {
            await options.WriteAsync(session, actor.TenantId, linked.Id, [.. songs.Select(OptionOf)], cancellationToken);
            return songs.Count;
        }
        // numbers are fixed by now: what goes is withdrawn, what comes back is there again
        await session.ExecuteAsync(
            """
            UPDATE vote_options SET withdrawn_at = CASE WHEN id = ANY (@approved) THEN NULL ELSE @now END
            WHERE tenant_id = @TenantId AND voting_session_id = @Id AND (withdrawn_at IS NULL) <> (id = ANY (@approved))
            """,
            new { actor.TenantId, linked.Id, approved = songs.Select(song => song.Id).ToArray(), now = clock.GetUtcNow() },
            cancellationToken);
        if (linked is { LateSongs: true, Status: VotingStatus.Open }) await EditVoteOptions.AddMissingAsync(session, actor.TenantId, linked.Id, [.. songs.Select(OptionOf)], cancellationToken);
        await sessions.ForgetAsync(session, actor.TenantId, linked.Id);
        return await session.SingleAsync<int>("SELECT count(*)::integer FROM vote_options WHERE tenant_id = @TenantId AND voting_session_id = @Id AND withdrawn_at IS NULL", new { actor.TenantId, linked.Id }, cancellationToken);
    }

    private static EditVoteOptions.OptionRequest OptionOf(Approved song)
    {
        var title = $"{song.Title} – {song.ArtistName}";
        return new EditVoteOptions.OptionRequest { Id = song.Id, Title = title.Length > 200 ? title[..200].TrimEnd() : title, Genre = song.Genre, Country = song.Country?.Trim(), OwnerId = song.ArtistId };
    }

    // locked, so that it does not open while its options are written
    private static Task<Linked?> LinkedAsync(Session session, Actor actor, Guid competitionId, CancellationToken cancellationToken) => session.FirstAsync<Linked>(
        """
        SELECT voting.id, voting.status, link.late_songs FROM song_votings AS link
        JOIN voting_sessions AS voting ON voting.tenant_id = link.tenant_id AND voting.id = link.voting_session_id AND voting.deleted_at IS NULL
        WHERE link.tenant_id = @TenantId AND link.competition_id = @competitionId
        FOR NO KEY UPDATE OF voting
        """,
        new { actor.TenantId, competitionId },
        cancellationToken);
}
