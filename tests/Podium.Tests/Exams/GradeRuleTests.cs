using System.Text;
using Podium.Exams;

namespace Podium.Tests.Exams;

/// <summary>Divisions by rules that are data. The first scale adds points upwards, as general certificates do; the second counts the best grades downwards, as school certificates with aggregates do.</summary>
public sealed class GradeRuleTests
{
    private static readonly DivisionRule[] Upwards =
    [
        new() { Name = "Distinction", MinPasses = 6, CountBest = 6, MinPoints = 14, Required = ["ENG"] },
        new() { Name = "Pass", MinPasses = 4, Without = ["REL"] },
    ];

    // aggregate of the best six, fewer is better
    private static readonly DivisionRule[] Downwards =
    [
        new() { Name = "I", MinPasses = 6, CountBest = 6, MaxPoints = 23, Required = ["ENG"] },
        new() { Name = "II", MinPasses = 5, CountBest = 6, MaxPoints = 33 },
    ];

    [Theory]
    [InlineData("ENG:A MAT:A BIO:B CHE:B PHY:B GEO:B", "Distinction", 6, 14)]
    [InlineData("ENG:A MAT:A BIO:B CHE:B PHY:B GEO:C", "Pass", 6, 13)]
    [InlineData("ENG:D MAT:A BIO:A CHE:A PHY:A GEO:A HIS:A", "Pass", 6, 18)]
    [InlineData("ENG:A MAT:A BIO:A CHE:A PHY:A GEO:A HIS:C", "Distinction", 7, 18)]
    [InlineData("ENG:C MAT:C BIO:C REL:A", null, 4, 6)]
    [InlineData("ENG:C MAT:C BIO:C CHE:C REL:A", "Pass", 4, 4)]
    [InlineData("", null, 0, 0)]
    public void Points_that_add_up(string grades, string? division, int passes, int points) =>
        Assert.Equal(new Standing(division, passes, points), Divisions.Of(Read(grades, "A3 B2 C1 D0!"), Upwards));

    [Theory]
    [InlineData("ENG:1 MAT:2 BIO:3 CHE:4 PHY:6 GEO:7 HIS:9", "I", 6, 23)]
    [InlineData("ENG:9 MAT:2 BIO:3 CHE:4 PHY:6 GEO:7", "II", 5, 31)]
    [InlineData("ENG:2 MAT:3 BIO:4 CHE:6 PHY:7 GEO:7", "II", 6, 29)]
    [InlineData("ENG:1 MAT:1 BIO:1 CHE:1 PHY:1", null, 5, 5)]
    public void Aggregates_that_count_down(string grades, string? division, int passes, int points) =>
        Assert.Equal(new Standing(division, passes, points), Divisions.Of(Read(grades, "1:1 2:2 3:3 4:4 6:6 7:7 9:9!"), Downwards));

    [Fact]
    public void The_order_of_subjects_makes_no_difference()
    {
        var random = new Random(17);
        for (var i = 0; i < 300; i++)
        {
            var subjects = Enumerable.Range(0, random.Next(0, 9)).Select(number => Subject($"S{number}", random.Next(4))).ToArray();
            var expected = Divisions.Of(subjects, Upwards);
            random.Shuffle(subjects);
            Assert.Equal(expected, Divisions.Of(subjects, Upwards));
        }

        static GradedSubject Subject(string code, int rank) => new(code == "S0" ? "ENG" : code, rank, 3 - rank, rank < 3);
    }

    // subjects with their grades, and a scale of grades with their points, the best first; what ends with ! does not pass
    private static GradedSubject[] Read(string grades, string scale)
    {
        var known = scale.Split(' ').Select(grade => (Code: grade[..1], Points: grade[^1] == '!' ? grade[^2] - '0' : grade[^1] - '0', Passes: grade[^1] != '!')).ToList();
        return [.. grades.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(given =>
        {
            var rank = known.FindIndex(grade => grade.Code == given.Split(':')[1]);
            return new GradedSubject(given.Split(':')[0], rank, known[rank].Points, known[rank].Passes);
        })];
    }
}

/// <summary>Marks as they stream in.</summary>
public sealed class MarkLinesTests
{
    private static readonly MarkLines.Paper[] Papers = [new(Guid.Empty, Guid.Empty, "ENG", "1", 60), new(Guid.Empty, Guid.Empty, "MAT", "2-A", 99.5m)];

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 700)]
    [InlineData("7.5", 750)]
    [InlineData("7,25", 725)]
    [InlineData("0007.20", 720)]
    [InlineData("9999.99", 999999)]
    [InlineData("", null)]
    [InlineData(".5", null)]
    [InlineData("5.", null)]
    [InlineData("5.123", null)]
    [InlineData("-5", null)]
    [InlineData("+5", null)]
    [InlineData("5 ", null)]
    [InlineData("1e3", null)]
    [InlineData("٥", null)]
    [InlineData("10000", null)]
    [InlineData("99999999", null)]
    [InlineData("1.2.3", null)]
    public void A_mark_has_two_places_at_most(string text, int? hundredths) => Assert.Equal(hundredths, MarkLines.TryHundredths(text, out var read) ? read : null);

    [Theory]
    [InlineData("number,subject,paper,mark\nC1,ENG,1,5\n", "2:C1/0/500")]
    [InlineData("\ufeffmark;paper;subject;Candidate_Number\r\n12,5;2-a;mat;c1-9\r\n\r\nabs;1;ENG;C2", "2:C1-9/1/1250 4:C2/0/")]
    [InlineData("number\tsubject\tpaper\tmark\textra\nC1\tENG\t1\t5\tx\n", "2:C1/0/500")]
    [InlineData("number,subject,paper,mark\n\"C1\",\"ENG\",\"1\",\"59,5\"\n", "2:C1/0/5950")]
    [InlineData("number,subject,paper,mark\nC1,ENG,1,60.01\nC1,ENG,9,1\n,ENG,1,1\nC1,ENG,1\nC1,\"ENG,1,1\nC1,ENG,1,x\n", "2!too-high 3!paper 4!number 5!fields 6!fields 7!mark")]
    public async Task Lines_are_read_or_told_what_is_wrong(string table, string expected)
    {
        var lines = new MarkLines(new StringReader(table), Papers);
        Assert.Null(await lines.BeginAsync(default));
        Assert.Equal(expected, string.Join(' ', await AllAsync(lines)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("number,subject,mark\nC1,ENG,1\n")]
    public async Task A_table_without_its_columns_is_none(string table) => Assert.NotNull(await new MarkLines(new StringReader(table), Papers).BeginAsync(default));

    [Fact]
    public async Task Lines_across_blocks_stay_whole()
    {
        var table = new StringBuilder("number,subject,paper,mark\n");
        for (var i = 0; i < 30_000; i++) table.Append(System.Globalization.CultureInfo.InvariantCulture, $"C{i},ENG,1,{i % 60}\n");
        var lines = new MarkLines(new StringReader(table.ToString()), Papers);
        Assert.Null(await lines.BeginAsync(default));
        var read = await AllAsync(lines);
        Assert.Equal(30_000, read.Count);
        Assert.All(read.Index(), line => Assert.Equal($"{line.Index + 2}:C{line.Index}/0/{line.Index % 60 * 100}", line.Item));
    }

    private static async Task<List<string>> AllAsync(MarkLines lines)
    {
        var all = new List<string>();
        do
        {
            while (lines.TryRead(out var line)) all.Add(line.Fault is null ? $"{line.Line}:{line.Number}/{line.Paper}/{line.Hundredths}" : $"{line.Line}!{line.Fault}");
        }
        while (await lines.FillAsync(default));
        while (lines.TryRead(out var line)) all.Add(line.Fault is null ? $"{line.Line}:{line.Number}/{line.Paper}/{line.Hundredths}" : $"{line.Line}!{line.Fault}");
        return all;
    }
}
