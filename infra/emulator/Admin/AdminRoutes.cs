using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Podium.Emulator.Admin;

/// <summary>Routes below /admin/emulator, all of them behind the gate.</summary>
internal static class AdminRoutes
{
    private const string Root = "/admin/emulator";

    public static void MapAdmin(this IEndpointRouteBuilder routes, string method, string path, Func<HttpContext, Task<IResult>> answer) =>
        routes.MapMethods(Root + path, [method], async http =>
        {
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            var result = AdminGate.Refuse(http.Request) is { } reason ? Error(reason, StatusCodes.Status403Forbidden) : await answer(http);
            await result.ExecuteAsync(http);
        });

    /// <summary>Reads an optional number of the query; false, with the answer to give, where there is something else.</summary>
    public static bool TryNumber(HttpContext http, string name, out long? number, out IResult? fault)
    {
        (number, fault) = (null, null);
        if (!http.Request.Query.TryGetValue(name, out var text)) return true;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) number = value;
        else fault = Error($"The query's {name} '{text}' is not a number.", StatusCodes.Status400BadRequest);
        return fault is null;
    }

    public static string Route(HttpContext http, string name) => (string)http.GetRouteValue(name)!;

    public static IResult Unknown(string what, string name) => Error($"There is no {what} '{name}'.", StatusCodes.Status404NotFound);

    public static IResult Error(string sentence, int status) => Results.Json(new { error = sentence }, statusCode: status);
}
