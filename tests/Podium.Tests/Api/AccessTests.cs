using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Tests.Harness;

namespace Podium.Tests.Api;

/// <summary>The table of permissions, row by row, at the API's door.</summary>
public sealed class AccessTests(SharedApp shared)
{
    private static readonly ApiCatalogue Api = new();

    [Fact]
    public async Task Without_a_token_nobody_reaches_a_function_for_signed_in_people()
    {
        var tenant = await shared.TenantAsync();
        foreach (var function in Api.Functions.Where(function => function.Access is SignedInAttribute or RequiresAttribute))
            await NamedAsync(function, () => tenant.Http.SendAsync(RequestOf(function)).ProblemAsync(401, "sign-in-required"));
    }

    [Fact]
    public async Task Without_its_permission_nobody_reaches_a_function_that_requires_one()
    {
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        foreach (var function in Api.Functions.Where(function => function.Access is RequiresAttribute))
            await NamedAsync(function, () => person.Http.SendAsync(RequestOf(function)).ProblemAsync(403, "forbidden"));
    }

    [Fact]
    public async Task Without_a_function_key_nobody_reaches_an_operators_function()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        foreach (var function in Api.Functions.Where(function => function.Access is OperatorAttribute))
            Assert.True(401 == await StatusAsync(boss, function), function.Name);
    }

    [Fact]
    public async Task Whoever_holds_the_permission_comes_in()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        foreach (var function in Api.Functions.Where(function => function is { Access: RequiresAttribute, Method: "GET" }))
            Assert.True(await StatusAsync(boss, function) is not (401 or 403), function.Name);
    }

    [Fact]
    public void Every_permission_that_a_function_requires_is_one_that_roles_can_hold() =>
        Assert.All(
            Api.Functions.Select(function => function.Access).OfType<RequiresAttribute>(),
            access => Assert.True(Permissions.All.ContainsKey(access.Permission), access.Permission));

    // a stream of events has no end
    private static async Task<int> StatusAsync(TestPerson person, ApiFunction function)
    {
        using var answer = await person.Http.SendAsync(RequestOf(function), HttpCompletionOption.ResponseHeadersRead);
        return (int)answer.StatusCode;
    }

    private static HttpRequestMessage RequestOf(ApiFunction function)
    {
        var path = function.RouteValues.Aggregate(function.Path, (path, name) => path.Replace($"{{{name}}}", Guid.CreateVersion7().ToString()));
        return new HttpRequestMessage(new HttpMethod(function.Method), path);
    }

    private static async Task NamedAsync(ApiFunction function, Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{function.Name}: {error.Message}", error);
        }
    }
}
