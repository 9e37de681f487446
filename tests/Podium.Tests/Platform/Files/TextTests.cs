using System.Text;
using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

public sealed class TextTests
{
    [Theory]
    [InlineData("one line", 1, 8)]
    [InlineData("one\ntwo\r\nthree\rfour\n", 4, 5)]
    [InlineData("\n\n", 2, 0)]
    [InlineData("a\tb\n日本語 👍", 2, 6)]
    public async Task Lines_are_counted(string text, long lines, long longest)
    {
        foreach (var encoding in (Encoding[])[new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            var report = await Look.GoodAsync([.. encoding.GetPreamble(), .. encoding.GetBytes(text)], FileKind.Text);
            Assert.Equal(new TextSummary(encoding is UTF8Encoding ? "UTF-8" : encoding == Encoding.Unicode ? "UTF-16LE" : "UTF-16BE", lines, longest, null), report.Text);
        }
    }

    [Fact]
    public async Task Characters_and_line_breaks_over_the_edge_of_a_part_are_whole()
    {
        // every distance to the edges that parts can have
        for (var shift = 0; shift < 5; shift++)
        {
            var text = new string('x', shift) + string.Concat(Enumerable.Repeat("añ€👍\r\n", 20_000));
            Assert.Equal(20_000, (await Look.GoodAsync(Encoding.UTF8.GetBytes(text), FileKind.Text)).Text!.Lines);
            Assert.Equal(20_000, (await Look.GoodAsync([0xff, 0xfe, .. Encoding.Unicode.GetBytes(text)], FileKind.Text)).Text!.Lines);
        }
    }

    [Fact]
    public async Task Text_of_another_encoding_is_refused_with_its_line()
    {
        var report = await Look.BadAsync(Encoding.Latin1.GetBytes("Name;City\nJürgen;Köln\n"), "not-utf-8");
        Assert.Equal("Line 2 is not valid UTF-8: save the file as UTF-8.", report.Faults[0].Message);
        await Look.BadAsync([0xff, 0xfe, 0x00, 0xd8, 0x41, 0], "not-utf-8");
        await Look.BadAsync([0xff, 0xfe, 0x41, 0, 0x41], "not-utf-8");
        await Look.BadAsync([.. "cut off "u8, 0xe2, 0x82], "not-utf-8");
    }

    [Fact]
    public async Task Control_characters_make_it_no_text()
    {
        Assert.Equal(FileKind.Unknown, (await Look.AtAsync([.. "text"u8, 0, .. "more"u8])).Kind);
        await Look.BadAsync(Encoding.UTF8.GetBytes(new string('x', 5000) + "\n\u0007"), "control-characters");
    }

    [Theory]
    [InlineData("a,b\n1,2\n", 2)]
    [InlineData("a;b;c\r\n\"x;\r\n\"\"y\";2;3,5\r\n", 3)]
    [InlineData("a\tb\n1\t\n\n2\t3", 2)]
    public async Task A_table_is_known_by_its_rows(string text, int columns) =>
        Assert.Equal(columns, (await Look.GoodAsync(Encoding.UTF8.GetBytes(text), FileKind.Csv)).Text!.Columns);

    [Theory]
    [InlineData("a,b\n1,2,3\n", "The table is not well formed: row 2 has 3 fields, the first row 2.")]
    [InlineData("a,b\n1,\"2\n", "The table is not well formed: the last quoted field has no end.")]
    [InlineData("a,b\n1,\"2\"x\n", "The table is not well formed: row 2 goes on behind a quoted field.")]
    public async Task A_table_that_is_none_says_why(string text, string message)
    {
        await Look.GoodAsync(Encoding.UTF8.GetBytes(text), FileKind.Text);
        var report = await Look.BadAsync(Encoding.UTF8.GetBytes(text), "invalid-csv", Look.Only(FileKind.Csv));
        Assert.Contains(report.Faults, fault => fault.Message == message);
    }

    [Fact]
    public async Task JSON_is_known_when_all_of_it_is()
    {
        await Look.GoodAsync(" {\"a\": [1, 2, {\"b\": null}]}\n"u8.ToArray(), FileKind.Json);
        await Look.GoodAsync([0xff, 0xfe, .. Encoding.Unicode.GetBytes("[\"ü\"]")], FileKind.Json);
        await Look.GoodAsync(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Range(0, 100_000))}, \"{new string('x', 100_000)}\"]"), FileKind.Json);
        await Look.GoodAsync("[1, 2"u8.ToArray(), FileKind.Text);
        await Look.BadAsync("{\n\"a\": oops }"u8.ToArray(), "invalid-json", Look.Only(FileKind.Json));
        await Look.BadAsync(Encoding.UTF8.GetBytes(new string('[', 100_000)), "invalid-json", Look.Only(FileKind.Json));
    }

    [Fact]
    public async Task XML_is_known_when_it_is_well_formed()
    {
        await Look.GoodAsync("<?xml version='1.0'?><r><b/></r>"u8.ToArray(), FileKind.Xml);
        await Look.GoodAsync("<r><b></r>"u8.ToArray(), FileKind.Text);
        await Look.BadAsync("<r>\n<b></r>"u8.ToArray(), "invalid-xml", Look.Only(FileKind.Xml));
        await Look.BadAsync("<!DOCTYPE r [<!ENTITY x 'y'>]><r/>"u8.ToArray(), "xml-entities");
        await Look.BadAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<r>", 2000)) + string.Concat(Enumerable.Repeat("</r>", 2000))), "too-complex");
        await Look.BadAsync(Encoding.UTF8.GetBytes($"<r b=\"{new string('x', 500_000)}\"/>"), "too-complex");
        await Look.BadAsync(Encoding.UTF8.GetBytes($"<r>{string.Concat(Enumerable.Range(0, 30_000).Select(i => $"<n{i}/>"))}</r>"), "too-complex");
    }

    [Theory]
    [InlineData("<!DOCTYPE html><p>x")]
    [InlineData("  <!-- hello --> <HTML>")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>")]
    public Task HTML_is_known_as_browsers_know_it(string text) => Look.GoodAsync(Encoding.UTF8.GetBytes(text), FileKind.Html);

    [Theory]
    [InlineData("<rect width='1' height='1'/>")]
    [InlineData("<a href='https://example.org'><text>once upon</text></a>")]
    [InlineData("<image href='data:image/png;base64,AAAA'/>")]
    public Task A_drawing_that_only_draws_is_good(string inside) => Look.GoodAsync(Encoding.UTF8.GetBytes(Svg(inside)), FileKind.Svg);

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<x:SCRIPT xmlns:x='http://www.w3.org/2000/svg'/>")]
    [InlineData("<rect onload='alert(1)'/>")]
    [InlineData("<a href='&#106;ava\nscript:alert(1)'/>")]
    [InlineData("<use href='data:image/svg+xml;base64,AAAA'/>")]
    [InlineData("<set attributeName='onmouseover' to='alert(1)'/>")]
    [InlineData("<animate values='x;javascript:alert(1)'/>")]
    [InlineData("<foreignObject><body/></foreignObject>")]
    public Task A_drawing_that_acts_is_refused(string inside) => Look.BadAsync(Encoding.UTF8.GetBytes(Svg(inside)), "active-drawing");

    [Fact]
    public async Task A_drawing_with_entities_or_errors_is_refused()
    {
        await Look.BadAsync(Encoding.UTF8.GetBytes($"<!DOCTYPE svg [<!ENTITY x 'y'>]>{Svg("")}"), "xml-entities");
        await Look.BadAsync(Encoding.UTF8.GetBytes(Svg("<g>")), "invalid-xml");
    }

    [Fact]
    public async Task A_script_is_no_text_to_be_taken_unasked()
    {
        var script = "#!/usr/bin/env python3\nprint(1)\n"u8.ToArray();
        await Look.GoodAsync(script, FileKind.Script);
        await Look.BadAsync(script, "kind-not-allowed", Look.Only(FileKind.Text));
    }

    [Fact]
    public async Task Text_allowed_allows_tables_and_data()
    {
        var rules = Look.Only(FileKind.Text);
        await Look.GoodAsync("a,b\n1,2\n"u8.ToArray(), FileKind.Csv, rules);
        await Look.GoodAsync("{}"u8.ToArray(), FileKind.Json, rules);
        await Look.GoodAsync("<r/>"u8.ToArray(), FileKind.Xml, rules);
        await Look.BadAsync("<html></html>"u8.ToArray(), "kind-not-allowed", rules);
        await Look.BadAsync(Encoding.UTF8.GetBytes(Svg("")), "kind-not-allowed", rules);
    }

    internal static string Svg(string inside) => $"<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'>{inside}</svg>";
}
