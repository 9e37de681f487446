using Podium.Privacy;

namespace Podium.Platform.Files;

/// <summary>What is kept about the files a person sent.</summary>
public static class FileData
{
    public static readonly OwnData Files = new()
    {
        Name = "files",
        Description = "The files that the person sent, and what became of them. The contents are at /api/files/{id}/download.",
        Columns = ["files.owner_id"],
        Sql = "SELECT id, purpose, name, state, bytes, sha256, media_type, details, faults, created_at, received_at, checked_at, revoked_at, removed_at FROM files WHERE tenant_id = @TenantId AND owner_id = @person ORDER BY created_at, id",
    };
}
