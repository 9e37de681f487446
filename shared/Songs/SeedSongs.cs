using System.Security.Cryptography;
using System.Text;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Voting;

namespace Podium.Songs;

/// <summary>Fills a white-label client of a development installation with a contest of songs that can be voted for. The same again changes nothing.</summary>
public sealed class SeedSongs(Database database, EditCompetition edit, MoveCompetition move, EditVotingSession editVoting, SongVoting songVoting, MovePhase phases, TimeProvider clock)
{
    private static readonly (string Title, string Artist, string Genre, string Country, string Tools)[] Known =
    [
        ("Steppe at Dawn", "Aigerim Bek", "Folk", "KZ", "Suno for the melody; words and voice are mine"),
        ("Two Rivers", "The Lanterns", "Rock", "US", "none"),
        ("Chi Town Lights", "Marcus Hill", "Hip-Hop", "US", "Udio for the beat"),
        ("Homestead", "Mary Ellen Price", "Country", "US", "ChatGPT helped with the second verse"),
        ("Carry the Light", "Voices of Jericho", "Gospel", "US", "none"),
        ("Stars over Almaty", "Daniyar", "Pop", "KZ", "Suno, mastered by LANDR"),
        ("Ferris Wheel", "Nadia K", "Electronic", "FR", "all of it by AIVA, arranged by hand"),
        ("Hands to the Sky", "Old Glory Band", "Rock", "US", "Stable Audio for the choir"),
    ];

    /// <summary>What is there afterwards.</summary>
    public sealed record Result(string Client, string Contest, Guid CompetitionId, Guid VotingId, long Songs);

    /// <summary>The contest of a name; the same name several times is told apart by its number.</summary>
    public async Task<Outcome<Result>> Run(Caller caller, string name, int number, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (id, votingId) = (IdOf(caller, name, number, "competition", 0), IdOf(caller, name, number, "voting", 0));
        if (await database.As(caller).FirstAsync<Guid?>("SELECT id FROM competitions WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken) is null)
        {
            var added = await edit.AddAsync(
                caller,
                new EditCompetition.Request
                {
                    Id = id,
                    Name = name,
                    Slug = SlugOf(name) + (number == 1 ? "" : $"-{number}"),
                    Blueprint = "urvote",
                    CompetitionStart = new DateTimeOffset(now.UtcDateTime.Date.AddDays(14).AddHours(9), TimeSpan.Zero),
                    Featured = true,
                },
                cancellationToken);
            if (added.Problem is { } problem) return problem;
            if ((await move.Run(caller, id, new MoveCompetition.Request { To = CompetitionStatus.Published }, null, cancellationToken)).Problem is { } refused) return refused;
        }
        var songs = await database.InTransaction(caller, session => FillAsync(session, caller, id, name, number, now, cancellationToken), cancellationToken);
        var voting = await editVoting.AddAsync(
            caller,
            new EditVotingSession.Request { Id = votingId, CompetitionId = id, Title = name, Ballot = BallotKind.Option, Period = VotingPeriod.Day, Voters = VotersKind.Email, MayWithdraw = true },
            cancellationToken);
        if (voting.Problem is { } stopped) return stopped;
        if ((await songVoting.LinkAsync(caller, id, new SongVoting.Request { VotingId = votingId }, cancellationToken)).Problem is { } unlinked) return unlinked;
        if (voting.Value!.Status == VotingStatus.Draft && (await phases.ByHandAsync(caller, votingId, new MovePhase.Request { Phase = VotingStatus.Open }, null, cancellationToken)).Problem is { } closed) return closed;
        return new Result(caller.Tenant.Slug, name, id, votingId, songs);
    }

    private static Task<long> FillAsync(Session session, Caller caller, Guid id, string name, int number, DateTimeOffset now, CancellationToken cancellationToken) => session.SingleAsync<long>(
        """
        INSERT INTO users (tenant_id, id, email, email_key, email_verified_at, first_name, last_name, language, country, created_at, updated_at)
        SELECT @TenantId, id, address, address, @now, artist, 'Demo', @language, country, @now, @now
        FROM (SELECT id, artist, country, 'artist-' || place || '@' || @Slug || '.example.org' AS address FROM unnest(@people, @artists, @countries) WITH ORDINALITY AS given (id, artist, country, place)) AS person
        ON CONFLICT DO NOTHING;

        INSERT INTO songs (tenant_id, id, competition_id, artist_id, title, artist_name, genre, country, ai_tools_used, description, license_type, external_link, status, metadata, created_at, updated_at, approved_at, decided_by)
        SELECT @TenantId, given.id, @id, artist, title, artist_name, genre, country, tools, '', 'stream_only', 'https://www.youtube.com/watch?v=' || left(encode(sha256(title::bytea), 'hex'), 11),
               'approved', '{}', @now + place * interval '1 second', @now, @now, @Person
        FROM unnest(@songs, @people, @titles, @artists, @genres, @countries, @tools) WITH ORDINALITY AS given (id, artist, title, artist_name, genre, country, tools, place)
        ON CONFLICT DO NOTHING;

        INSERT INTO song_events (tenant_id, id, song_id, what, at, by_id)
        SELECT @TenantId, uuidv7(), id, what, at, @Person FROM unnest(@songs) AS id CROSS JOIN (VALUES ('entered', @now - interval '1 hour'), ('approved', @now)) AS step (what, at)
        WHERE NOT EXISTS (SELECT FROM song_events WHERE tenant_id = @TenantId AND song_id = id);

        SELECT count(*) FROM songs WHERE tenant_id = @TenantId AND competition_id = @id AND status = 'approved'
        """,
        new
        {
            caller.TenantId,
            caller.Person,
            caller.Tenant.Slug,
            language = caller.Tenant.Languages[0],
            id,
            now,
            songs = Known.Select((_, place) => IdOf(caller, name, number, "song", place)).ToArray(),
            people = Known.Select((_, place) => IdOf(caller, "artists", 1, "person", place)).ToArray(),
            titles = Known.Select(song => song.Title).ToArray(),
            artists = Known.Select(song => song.Artist).ToArray(),
            genres = Known.Select(song => song.Genre).ToArray(),
            countries = Known.Select(song => song.Country).ToArray(),
            tools = Known.Select(song => song.Tools).ToArray(),
        },
        cancellationToken);

    private static string SlugOf(string name) => string.Join('-', new string([.. name.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // the same each time, so that what is there is known again
    private static Guid IdOf(Caller caller, string name, int number, string what, int place)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"podium songs {caller.TenantId} {name} {number} {what} {place}")).AsSpan(0, 16).ToArray();
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
