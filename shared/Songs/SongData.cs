using Podium.Privacy;

namespace Podium.Songs;

/// <summary>What is kept about a person as an artist.</summary>
public static class SongData
{
    public static readonly OwnData Entered = new()
    {
        Name = "songs",
        Description = "The songs that the person entered into contests, and what became of them.",
        Columns = ["songs.artist_id"],
        Sql =
            """
            SELECT songs.id, competitions.name AS competition, songs.title, songs.artist_name, songs.genre, songs.country, songs.ai_tools_used, songs.description, songs.license_type, songs.external_link,
                   songs.file_path, songs.file_size, songs.status, songs.rejection_reason, songs.appeal, songs.created_at, songs.approved_at
            FROM songs JOIN competitions ON competitions.tenant_id = songs.tenant_id AND competitions.id = songs.competition_id
            WHERE songs.tenant_id = @TenantId AND songs.artist_id = @person
            ORDER BY songs.created_at, songs.id
            """,
    };
}
