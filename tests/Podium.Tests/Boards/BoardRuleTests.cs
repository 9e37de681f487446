using System.Text.Json;
using System.Text.RegularExpressions;
using Podium.Boards;
using Podium.Platform.Pictures;

namespace Podium.Tests.Boards;

public sealed partial class BoardRuleTests
{
    // the ratios that WebAIM's and the W3C's pages name for these pairs
    [Theory]
    [InlineData("#000000", "#ffffff", 21.0)]
    [InlineData("#767676", "#ffffff", 4.54)]
    [InlineData("#777777", "#ffffff", 4.48)]
    [InlineData("#ff0000", "#ffffff", 4.0)]
    [InlineData("#0000ff", "#ffffff", 8.59)]
    [InlineData("#fff", "#fff", 1.0)]
    public void Contrast_is_WCAGs(string one, string other, double ratio)
    {
        var (first, second) = (Colour.Of(one)!.Value, Colour.Of(other)!.Value);
        Assert.Equal(ratio, first.ContrastTo(second), 0.005);
        Assert.Equal(first.ContrastTo(second), second.ContrastTo(first));
    }

    [Theory]
    [InlineData("red")]
    [InlineData("#12345")]
    [InlineData("#ggg")]
    [InlineData("#fff; } body { display: none")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_colour_is_none(string? text) => Assert.Null(Colour.Of(text));

    [Fact]
    public void Whatever_colour_a_tenant_has_its_boards_can_be_read()
    {
        for (var rgb = 0; rgb <= 0xffffff; rgb += 0x010f0d)
        {
            var colour = Colour.Of($"#{rgb:x6}")!.Value;
            Assert.True(colour.ContrastTo(BrandColours.On(colour)) >= BrandColours.Enough, $"{colour} with text");
            foreach (var paper in new[] { BrandColours.LightPaper, BrandColours.DarkPaper })
                Assert.True(BrandColours.ReadableOn(colour, paper).ContrastTo(paper) >= BrandColours.Enough, $"{colour} on {paper}");
        }
        // one that can be read stays as it is
        Assert.Equal("#0000ff", BrandColours.ReadableOn(Colour.Of("#00f")!.Value, BrandColours.LightPaper).ToString());
        var hostile = BrandColours.StyleOf(JsonElement.Parse("""{"colour":"#fff} * { display: none } :root{--x:red"}"""));
        Assert.DoesNotContain("display", hostile);
        Assert.Equal(BrandColours.StyleOf(JsonElement.Parse("{}")), hostile);
    }

    [Theory]
    [InlineData("")]
    [InlineData("dark")]
    public void The_boards_own_colours_can_be_read(string mode)
    {
        var blocks = Root().Matches(BoardAssets.Style);
        var colours = blocks[0].Groups[1].Value + (mode == "dark" ? blocks[1].Groups[1].Value : "");
        var named = new Dictionary<string, Colour>();
        foreach (Match one in Variable().Matches(colours)) named[one.Groups[1].Value] = Colour.Of(one.Groups[2].Value)!.Value;
        Assert.Equal(mode == "dark" ? BrandColours.DarkPaper : BrandColours.LightPaper, named["paper"]);
        foreach (var (ink, ground) in new[]
        {
            ("ink", "paper"), ("soft", "paper"), ("accent", "paper"), ("ink", "stripe"), ("soft", "stripe"), ("good-ink", "good"), ("first-ink", "first"), ("bad-ink", "bad"), ("wait-ink", "wait"), ("on-brand", "brand"),
        })
            Assert.True(named[ink].ContrastTo(named[ground]) >= BrandColours.Enough, $"{mode} {ink} on {ground}: {named[ink].ContrastTo(named[ground]):0.00}");
    }

    [Fact]
    public void Every_language_says_everything()
    {
        var english = BoardWords.For("en", [], []);
        foreach (var words in BoardWords.Languages.Select(language => BoardWords.For(language, [], [])))
        {
            Assert.Equal(english.Keys.Order(), words.Keys.Order());
            foreach (var key in english.Keys) Assert.Equal(Holes(english[key]), Holes(words[key]));
        }

        static IEnumerable<string> Holes(string text) => Hole().Matches(text).Select(hole => hole.Value).Order();
    }

    [Theory]
    [InlineData("ru", "kk,en", "en", "ru")]
    [InlineData("ru-RU", "", "en", "ru")]
    [InlineData("tlh", "kk;fr", "en", "kk")]
    [InlineData(null, "de,fr-CA", "en", "fr")]
    [InlineData(null, "de", "kk,ru", "kk")]
    [InlineData(null, "", "uz", "en")]
    public void The_language_is_the_one_asked_for_or_the_best_there_is(string? wanted, string accepted, string spoken, string found) =>
        Assert.Equal(found, BoardWords.For(wanted, accepted.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries), spoken.Split(',')).Language);

    [Fact]
    public void The_script_writes_no_markup_of_its_own_and_the_style_loads_nothing()
    {
        foreach (var risky in new[] { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(" }) Assert.DoesNotContain(risky, BoardAssets.Script);
        Assert.DoesNotContain("url(", BoardAssets.Style);
        Assert.DoesNotContain("@import", BoardAssets.Style);
        Assert.Contains("prefers-reduced-motion", BoardAssets.Style);
    }

    [GeneratedRegex(@":root \{([^}]*)\}")]
    private static partial Regex Root();

    [GeneratedRegex(@"--([a-z-]+): (#[0-9a-f]{6})")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Hole();
}
