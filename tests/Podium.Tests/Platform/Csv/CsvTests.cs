using System.Text;
using Podium.Platform.Csv;

namespace Podium.Tests.Platform.Csv;

public sealed class CsvTests
{
    [Theory]
    [InlineData("a,b\r\n1,2\r\n", "1|2")]
    [InlineData("a;b\n1;2", "1|2")]
    [InlineData("a\tb\n1\t2\n\n", "1|2")]
    [InlineData("a,b\n\"1,\"\"x\"\"\ny\",2\n", "1,\"x\"\ny|2")]
    [InlineData("a,b\n\"\",\n", "|")]
    [InlineData("a,b\n '=1+1 , 2 \n", "=1+1|2")]
    [InlineData("a,b\n'tis,2\n", "'tis|2")]
    public void A_table_is_read(string text, string cells)
    {
        var (table, error) = CsvTable.Read(Encoding.UTF8.GetBytes(text), 10);

        Assert.Null(error);
        Assert.Equal(cells, string.Join('|', Assert.Single(table!.Rows).Cells));
    }

    [Theory]
    [InlineData("a,b\n1\n", 2, "fields")]
    [InlineData("a,b\n1,2\n\"x\ny\",3,4\n", 3, "fields")]
    [InlineData("a,b\n1,\"2\n3\n", 2, "quote")]
    [InlineData("a,b\n1,2\n3,4\"5\n", 3, "quote")]
    [InlineData("a,b\n\"1\"2,3\n", 2, "quote")]
    [InlineData("", 1, "empty")]
    [InlineData("\n\n", 1, "empty")]
    [InlineData("a,b\0\n", 1, "characters")]
    [InlineData("a\n1\n2\n3\n4\n", 5, "too-many")]
    public void What_is_no_table_is_told_with_its_line(string text, int line, string code)
    {
        var (table, error) = CsvTable.Read(Encoding.UTF8.GetBytes(text), 3);

        Assert.Null(table);
        Assert.Equal((line, code), (error!.Line, error.Code));
    }

    public static TheoryData<string, string, string> Encodings => new()
    {
        { "UTF-8", "имя,Әлия\n1,2", "utf-8" },
        { "UTF-8", "nom,Zoé\n1,2", "utf-8-mark" },
        { "UTF-16LE", "имя,Әлия\n1,2", "utf-16" },
        { "UTF-16BE", "имя,Әлия\n1,2", "utf-16BE" },
        { "windows-1251", "имя,Дана Омарова\n1,2", "windows-1251" },
        { "windows-1252", "nom,Zoé Lefèvre\n1,2", "windows-1252" },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void The_encoding_is_recognised(string name, string text, string encoding)
    {
        var codec = encoding switch
        {
            "utf-8" => new UTF8Encoding(false),
            "utf-8-mark" => new UTF8Encoding(true),
            _ => CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.GetEncoding(encoding),
        };

        var (table, _) = CsvTable.Read([.. codec.GetPreamble(), .. codec.GetBytes(text)], 10);

        Assert.Equal(name, table!.Encoding);
        Assert.Equal(text.Split('\n')[0], string.Join(',', table.Header));
    }

    [Fact]
    public void What_was_written_is_read_again()
    {
        string[] texts = ["plain", "a,b", "say \"no\"", "two\nlines", "=1+1", "-3", "@me", "'quoted", "ё;ж", ""];
        var file = $"{CsvCell.Mark}{string.Join(',', texts.Select((_, at) => $"c{at}"))}\r\n{string.Join(',', texts.Select(CsvCell.Of))}\r\n";

        var (table, _) = CsvTable.Read(Encoding.UTF8.GetBytes(file), 10);

        Assert.Equal(texts, Assert.Single(table!.Rows).Cells);
        Assert.True(table.Has("C_0") && !table.Has("c10"));
        Assert.Equal("plain", table.Cell(table.Rows[0], "C 0"));
        Assert.Equal(("x", "missing-column"), table.Missing("c1", "x").Select(error => (error.Column!, error.Code)).Single());
    }
}
