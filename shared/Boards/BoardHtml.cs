using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Podium.Tenancy;

namespace Podium.Boards;

/// <summary>
/// Boards as pages: well-formed, readable without script or style, every text of somebody else's encoded and set apart, so that it neither becomes markup nor turns the line around.
/// </summary>
public static class BoardHtml
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly Dictionary<string, string> Named = new() { ["en"] = "English", ["fr"] = "Français", ["kk"] = "Қазақша", ["ru"] = "Русский" };

    /// <summary>The whole page.</summary>
    /// <param name="path">Where it is, within the site.</param>
    /// <param name="query">What its address says beside the language, such as <c>by=country</c>; empty for nothing.</param>
    public static string Page(Tenant tenant, BoardWords words, BoardContent content, string path, string query, string fragment)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{words.Language}">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <title>{Text($"{content.Heading} · {content.Title}")}</title>
            <link rel="icon" href="data:," />
            <link rel="stylesheet" href="{BoardAssets.StylePath}" />
            <link rel="stylesheet" href="{BoardAssets.BrandPath}" />
            <script src="{BoardAssets.ScriptPath}" defer="defer"></script>
            </head>
            <body>
            <a class="skip" href="#board">{Text(words["skip"])}</a>
            <header>
            <p class="tenant"><bdi>{Text(tenant.Name)}</bdi></p>
            <h1><bdi>{Text(content.Title)}</bdi></h1>

            """);
        if (content.Links.Count > 0)
            Nav(page, words["pages"], content.Links.Select(link => $"""<a href="{Address(link.Path, words.Language)}"{(link.IsHere ? " aria-current=\"page\"" : "")}>{Text(link.Text)}</a>"""));
        Nav(page, words["languages"], BoardWords.Languages.Select(language =>
            $"""<a href="{Address(Join(path, query), language)}" lang="{language}" hreflang="{language}"{(language == words.Language ? " aria-current=\"true\"" : "")}>{Named[language]}</a>"""));
        var stream = content.IsLive ? $" data-stream=\"{Address(Join($"{path}/stream", query), words.Language)}\"" : "";
        page.Append(CultureInfo.InvariantCulture, $"""
            </header>
            <main id="board" tabindex="-1"{stream} data-version="{BoardAssets.VersionOf(fragment)}">
            {fragment}</main>
            <footer>
            <p id="said" class="unseen" role="status" aria-live="polite"></p>
            <p><span id="line" data-on="{Text(words["live"])}" data-off="{Text(words["lost"])}"></span> <a href="{Address(Join(path, query), words.Language)}">{Text(words["refresh"])}</a></p>
            </footer>
            </body>
            </html>

            """);
        return page.ToString();
    }

    /// <summary>What changes: the page's main part.</summary>
    public static string Fragment(BoardWords words, BoardContent content)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"<h2 data-key=\"heading\">{Text(content.Heading)}</h2>\n");
        html.Append("<div data-key=\"notes\">\n");
        foreach (var note in content.Notes) html.Append(CultureInfo.InvariantCulture, $"<p class=\"note {note.Kind}\">{Text(note.Text)}</p>\n");
        html.Append("</div>\n");
        foreach (var (number, table) in content.Tables.Index()) Table(html, words, table, number);
        return html.ToString();
    }

    // a wide table is moved by the keyboard too, so its frame can be reached and has a name
    private static void Table(StringBuilder html, BoardWords words, BoardTable table, int number)
    {
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"frame\" role=\"region\" aria-labelledby=\"caption-{number}\" tabindex=\"0\" data-key=\"table-{Text(table.Caption)}\">\n<table>\n<caption id=\"caption-{number}\">{Text(table.Caption)}</caption>\n<thead>\n<tr>");
        foreach (var column in table.Columns)
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\" class=\"{column.Kind}\">{(column.Name is null ? Text(column.Heading) : $"<abbr title=\"{Text(column.Name)}\">{Text(column.Heading)}</abbr>")}</th>");
        html.Append("</tr>\n</thead>\n<tbody>\n");
        if (table.Rows.Count == 0) html.Append(CultureInfo.InvariantCulture, $"<tr data-key=\"nobody\"><td colspan=\"{table.Columns.Count}\">{Text(words["nobody"])}</td></tr>\n");
        foreach (var row in table.Rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr data-key=\"{Text(row.Key)}\">");
            foreach (var (index, cell) in row.Cells.Index()) Cell(html, table.Columns[index], cell);
            html.Append("</tr>\n");
        }
        html.Append("</tbody>\n</table>\n</div>\n");
    }

    private static void Cell(StringBuilder html, BoardColumn column, BoardCell cell)
    {
        var classes = $"{column.Kind} {cell.Kind}".Trim();
        if (column.Kind == "name")
        {
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"row\" class=\"{classes}\"><bdi>{Text(cell.Text)}</bdi></th>");
            return;
        }
        html.Append(CultureInfo.InvariantCulture, $"<td class=\"{classes}\">");
        if (cell.Spoken is null) html.Append(Text(cell.Text));
        else html.Append(CultureInfo.InvariantCulture, $"<span aria-hidden=\"true\">{Text(cell.Text)}</span><span class=\"unseen\">{Text(cell.Spoken)}</span>");
        // the number beside it says the same
        if (cell.Part is { } part) html.Append(CultureInfo.InvariantCulture, $" <progress aria-hidden=\"true\" max=\"1\" value=\"{part:0.####}\"></progress>");
        html.Append("</td>");
    }

    private static void Nav(StringBuilder page, string name, IEnumerable<string> links) =>
        page.Append(CultureInfo.InvariantCulture, $"<nav aria-label=\"{Text(name)}\">\n<ul>\n{string.Concat(links.Select(link => $"<li>{link}</li>\n"))}</ul>\n</nav>\n");

    private static string Join(string path, string query) => query.Length == 0 ? path : $"{path}?{query}";

    private static string Address(string path, string language) => Text($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}lang={language}");

    private static string Text(string text) => Encoder.Encode(text);
}
