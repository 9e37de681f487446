using System.Net;
using System.Xml.Linq;

namespace Podium.Tests.Boards;

/// <summary>A page as a browser without script reads it. It is well-formed, so what is markup and what is text is beyond doubt.</summary>
internal sealed class BoardPage(HttpResponseMessage answer, string html)
{
    private readonly XDocument _document = XDocument.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));

    public static async Task<BoardPage> OpenAsync(HttpClient http, string path, string? languages = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        if (languages is not null) request.Headers.AcceptLanguage.ParseAdd(languages);
        var answer = await http.SendAsync(request);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {html}");
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        return new BoardPage(answer, html);
    }

    /// <summary>A part of a page, as a stream tells it.</summary>
    public static BoardPage Of(string fragment) => new(new HttpResponseMessage(), $"<main>{fragment}</main>");

    public string Html => html;

    public HttpResponseMessage Answer => answer;

    public string Language => (string)_document.Root!.Attribute("lang")!;

    public string Heading => Text(One("h1"));

    public string? Stream => (string?)One("main").Attribute("data-stream");

    public IReadOnlyList<string> Notes => [.. _document.Descendants("p").Where(note => ((string?)note.Attribute("class"))?.StartsWith("note", StringComparison.Ordinal) == true).Select(Text)];

    public IReadOnlyList<string> Captions => [.. _document.Descendants("caption").Select(Text)];

    /// <summary>The rows of all tables, cell by cell, as they are seen.</summary>
    public IReadOnlyList<string> Rows => [.. _document.Descendants("tbody").Descendants("tr").Select(row => string.Join(" | ", row.Elements().Select(Seen)))];

    public IEnumerable<XElement> All(string name) => _document.Descendants(name);

    public XElement One(string name) => _document.Descendants(name).First();

    /// <summary>What somebody who listens hears of a cell.</summary>
    public IReadOnlyList<string> Spoken => [.. _document.Descendants("td").Descendants("span").Where(span => (string?)span.Attribute("class") == "unseen").Select(Text)];

    public static string Text(XElement element) => element.Value.Trim();

    private static string Seen(XElement cell) => string.Concat(cell.DescendantNodes().OfType<XText>().Where(text => (string?)text.Parent!.Attribute("class") != "unseen").Select(text => text.Value)).Trim();
}
