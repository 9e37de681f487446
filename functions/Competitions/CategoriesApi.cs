using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>What competitions are about, as a tree.</summary>
public sealed class CategoriesApi(Categories categories)
{
    [Function("ListCategories"), Anyone]
    [Operation("All categories", Description = "Each comes after the one it stands below.", Answer = typeof(Categories.Tree))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/categories")] HttpRequest request) =>
        Answer.Ok(await categories.ListAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("AddCategory"), Requires(Permissions.CompetitionManage)]
    [Operation("Add a category", Body = typeof(Categories.Request), Answer = typeof(Categories.View), Status = 201, Problems = ["category-exists", "id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/categories")] HttpRequest request)
    {
        var added = await categories.AddAsync(request.Caller(), await request.ReadAsync<Categories.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created("/api/categories", view, view.Version));
    }

    [Function("ChangeCategory"), Requires(Permissions.CompetitionManage)]
    [Operation("Change a category, or put it elsewhere", Body = typeof(Categories.Change), Answer = typeof(Categories.View), Problems = ["not-found", "stale", "category-exists"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/categories/{categoryId}")] HttpRequest request, string categoryId)
    {
        var changed = await categories.ChangeAsync(request.Caller(), Id(categoryId), await request.ReadAsync<Categories.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveCategory"), Requires(Permissions.CompetitionManage)]
    [Operation("Remove a category", Status = 204, Problems = ["not-found", "stale", "category-in-use"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/categories/{categoryId}")] HttpRequest request, string categoryId)
    {
        var removed = await categories.RemoveAsync(request.Caller(), Id(categoryId), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    private static Guid Id(string text) => RequestReading.Id(text, "category");
}
