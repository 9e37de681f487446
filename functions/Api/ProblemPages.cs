using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace Podium.Functions.Api;

/// <summary>Kinds of problems as small pages, for who follows a problem's type in a browser.</summary>
internal static class ProblemPages
{
    private const string Style =
        """
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #dde2e9; --paper: #f7f8fa; --accent: #1a5fb4; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #2c3440; --paper: #12161c; --accent: #7fb2f5; } }
        body { margin: 2rem auto; max-width: 52rem; padding: 0 1.5rem; font: 15px/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        a { color: var(--accent); } code { font-size: .92em; } dt { color: var(--soft); margin-top: .75rem; } dd { margin: 0; }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); vertical-align: baseline; }
        """;

    /// <summary>Whether the caller would rather have a page than JSON.</summary>
    public static bool IsPreferred(HttpRequest request) =>
        request.GetTypedHeaders().Accept
            .Where(type => type.MediaType == "text/html" || type.MediaType.EndsWith("json", StringComparison.OrdinalIgnoreCase) || type.MediaType == "*/*")
            .OrderByDescending(type => type.Quality ?? 1)
            .FirstOrDefault()?.MediaType == "text/html";

    public static IResult Of(ProblemViews.All all) => Page("Kinds of problems", $"""
        <table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Title</th></tr></thead><tbody>
        {string.Join('\n', all.Items.Select(one => $"""<tr><th scope="row"><a href="{Safe(one.Type)}"><code>{Safe(one.Code)}</code></a></th><td>{one.Status}</td><td>{Safe(one.Title)}</td></tr>"""))}
        </tbody></table>
        """);

    public static IResult Of(ProblemViews.One one) => Page(one.Title, $"""
        <dl>
        <dt>Code</dt><dd><code>{Safe(one.Code)}</code></dd>
        <dt>Status</dt><dd>{one.Status}</dd>
        <dt>What to do</dt><dd>{Safe(one.Meaning)}</dd>
        <dt>Operations that may answer with it</dt><dd>{(one.Operations.Count == 0 ? "none yet" : string.Join(", ", one.Operations.Select(name => $"""<a href="/api/docs#{Safe(name)}">{Safe(name)}</a>""")))}</dd>
        </dl>
        <p><a href="/api/problems">All kinds of problems</a></p>
        """);

    private static HtmlPage Page(string title, string body) => new($"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Safe(title)}</title><style>{Style}</style></head>
        <body><main><h1>{Safe(title)}</h1>
        {body}
        </main></body>
        </html>
        """);

    private static string Safe(string text) => HtmlEncoder.Default.Encode(text);
}
