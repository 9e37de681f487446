namespace Podium.Privacy;

/// <summary>What is kept about what a person agreed to and asked for.</summary>
public static class PrivacyData
{
    public static readonly OwnData ConsentRecords = new()
    {
        Name = "consents",
        Description = "To what the person has agreed, and when that ended.",
        Columns = ["consents.user_id"],
        Sql = "SELECT purpose, text_version, given_at, given_from, ended_at, ended_from, ended_for FROM consents WHERE tenant_id = @TenantId AND user_id = @person ORDER BY given_at, id",
    };

    public static readonly OwnData Exports = new()
    {
        Name = "exports",
        Description = "Requests for this file.",
        Columns = ["own_data_exports.user_id"],
        Sql = "SELECT requested_at FROM own_data_exports WHERE tenant_id = @TenantId AND user_id = @person",
    };
}
