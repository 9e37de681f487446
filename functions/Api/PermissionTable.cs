using Podium.Platform.Access;

namespace Podium.Functions.Api;

/// <summary>Who may do what, printed from what the functions declare.</summary>
public static class PermissionTable
{
    public static string Markdown(ApiCatalogue api) =>
        $"""
        # Permissions

        Printed from the code by `PODIUM_WRITE_DOCS=1 dotnet test --filter PermissionTable`; a test holds it to the code.

        A role is a named set of permissions. It is given to a person for the whole tenant, or for one institution or competition of it, for good or
        until a time. What holds for the tenant holds everywhere in it. A role may hold a permission by name, a whole subject (`competition.*`) or all (`*`).

        ## Permissions

        | permission | what it allows |
        |---|---|
        {Lines(Permissions.All, permission => $"| `{permission.Key}` | {permission.Value} |")}

        ## Built-in roles

        Every tenant has these from its first day.

        | role | what it is for | permissions |
        |---|---|---|
        {Lines(Permissions.BuiltInRoles, role => $"| {role.Name} | {role.Description} | {Names(role.Permissions)} |")}

        ## Functions

        | function | method | route | who may call |
        |---|---|---|---|
        {Lines(api.Functions, function => $"| {function.Name} | {function.Method} | `{function.Path}` | {function.Access.Who} |")}

        """;

    private static string Lines<T>(IEnumerable<T> rows, Func<T, string> line) => string.Join('\n', rows.Select(line));

    private static string Names(IReadOnlyList<string> permissions) => permissions.Count == 0 ? "none" : string.Join(", ", permissions.Select(permission => $"`{permission}`"));
}
