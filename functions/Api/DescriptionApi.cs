using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Functions.Api;

/// <summary>What the API says of itself.</summary>
public sealed class DescriptionApi(OpenApiDocument document, ProblemCatalogue problems)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private static readonly HtmlPage Reference = HtmlPage.Embedded("docs.html");

    [Function("GetOpenApi"), Open]
    [Operation("This description", Description = "OpenAPI 3.1, for client generators and tools.", Answer = typeof(object))]
    public IResult GetOpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/openapi.json")] HttpRequest request) =>
        new JsonAnswer(StatusCodes.Status200OK, document.Bytes) { CacheControl = $"public, max-age={Life.TotalSeconds:0}" };

    [Function("GetDocs"), Open]
    [Operation("This description as a page to read and try", MediaType = "text/html")]
    public static IResult GetDocs([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/docs")] HttpRequest request) => Reference;

    [Function("ListProblems"), Open]
    [Operation("Every kind of problem", Answer = typeof(ProblemViews.All), AlsoMediaType = ["text/html"])]
    public IResult ListProblems([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/problems")] HttpRequest request)
    {
        var all = ProblemViews.Of(problems);
        request.HttpContext.Response.Headers.Vary = "Accept";
        return ProblemPages.IsPreferred(request) ? ProblemPages.Of(all) : Answer.Public(all, Life);
    }

    [Function("GetProblem"), Open]
    [Operation("One kind of problem", Description = "Where the `type` of a problem points.", Answer = typeof(ProblemViews.One), AlsoMediaType = ["text/html"], Problems = ["not-found"])]
    public IResult GetProblem([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/problems/{code}")] HttpRequest request, string code)
    {
        if (problems.Find(code) is not { } kind) return Problem.NotFound("kind of problem").ToResult();
        var view = ProblemViews.Of(problems, kind);
        request.HttpContext.Response.Headers.Vary = "Accept";
        return ProblemPages.IsPreferred(request) ? ProblemPages.Of(view) : Answer.Public(view, Life);
    }
}
