using Podium.Learning;
using Podium.Learning.Plagiarism;

namespace Podium.Tests.Learning;

public sealed class FingerprintTests
{
    private const string Original =
        """
        function total(prices, rate) {
          const kept = [];
          let sum = 0;
          for (let i = 0; i < prices.length; i++) {
            if (Number.isInteger(prices[i]) && prices[i] > 0) {
              kept.push(prices[i]);
              sum += prices[i] * (1 + rate / 100);
            }
          }
          document.querySelector("#count").textContent = `${kept.length} kept`;
          return Math.round(sum * 100) / 100;
        }
        """;

    // other names, quotes, spaces, comments, declarations; no semicolons
    private const string Disguised =
        """
        // my own work
        function gesamt (liste, satz)
        {
            var gut = [], ergebnis
            ergebnis = 0
            for (var zaehler = 0; zaehler < liste.length; zaehler++) {
                /* only good ones */
                if (Number.isInteger(liste[zaehler])
                    && liste[zaehler] > 0) {
                    gut.push(liste[zaehler])
                    ergebnis += liste[zaehler] * (1 + satz / 100)
                }
            }
            document.querySelector('#anzahl').textContent = `${gut.length} behalten`
            return Math.round(ergebnis * 100) / 100
        }
        """;

    private const string Another =
        """
        const total = (prices, rate) => {
          const good = prices.filter((price) => Number.isInteger(price)).filter((price) => price > 0);
          document.getElementById("count").innerText = good.length + " kept";
          return Number(good.reduce((all, price) => all + price + price * rate / 100, 0).toFixed(2));
        };
        """;

    private static double Shared(Fingerprints one, Fingerprints other) => (double)one.Hashes.Intersect(other.Hashes).Count() / Math.Min(one.Hashes.Length, other.Hashes.Length);

    private static Fingerprints Js(string code) => Fingerprints.Of(new EditChallenge.Code { Js = code });

    // the example of the paper, figures 2 (d) to (g): windows of four
    [Fact]
    public void The_example_of_the_paper_is_winnowed_as_it_says()
    {
        ulong[] hashes = [77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98];
        Assert.Equal([(17UL, 3), (17UL, 6), (8UL, 8), (39UL, 11), (17UL, 15)], Winnowing.Select(hashes, 4, new HashSet<ulong>()).Select(at => (hashes[at], at)));
        Assert.Equal([4], Winnowing.Select([5, 4, 4, 4, 4], 5, new HashSet<ulong>()));
        Assert.Equal([1], Winnowing.Select([5, 4], 5, new HashSet<ulong>()));
        Assert.Empty(Winnowing.Select([4, 4, 4], 2, new HashSet<ulong> { 4 }));
        Assert.Empty(Winnowing.Select([], 2, new HashSet<ulong>()));
    }

    [Fact]
    public void Every_window_with_something_in_it_gives_a_fingerprint_and_the_least_rightmost_one()
    {
        var random = new Random(11);
        for (var round = 0; round < 300; round++)
        {
            var hashes = Enumerable.Range(0, random.Next(1, 60)).Select(_ => (ulong)random.Next(12)).ToArray();
            var (window, leftOut) = (random.Next(1, 9), Enumerable.Range(0, random.Next(3)).Select(_ => (ulong)random.Next(12)).ToHashSet());
            var width = Math.Min(window, hashes.Length);
            var expected = Enumerable.Range(0, hashes.Length - width + 1)
                .Select(start => Enumerable.Range(start, width).Where(at => !leftOut.Contains(hashes[at])).OrderBy(at => hashes[at]).ThenByDescending(at => at).Select(at => (int?)at).FirstOrDefault())
                .OfType<int>().Distinct();
            Assert.Equal(expected, Winnowing.Select(hashes, window, leftOut));
        }
    }

    [Fact]
    public void Whatever_is_shared_and_long_enough_is_found_wherever_it_stands()
    {
        var random = new Random(5);
        string[] words = ["if", "(", ")", "+", "-", "*", "return", "while", "[", "]", "x", "1", "2", "?", ":", "<", ">", "&&", "=", "length", "Math", "."];
        string Some(int most) => string.Join(' ', Enumerable.Range(0, random.Next(most)).Select(_ => words[random.Next(words.Length)]));
        for (var round = 0; round < 300; round++)
        {
            // what stands at the edge of a passage may swallow its first or last token, as a comma before a bracket: two more on each side
            var passage = string.Join(' ', Enumerable.Range(0, Fingerprints.Guaranteed + 4).Select(_ => words[random.Next(words.Length)]));
            var (one, other) = (Js($"{Some(80)} {passage} {Some(80)}"), Js($"{Some(80)}\n\n{passage}\n{Some(80)}"));
            Assert.NotEmpty(one.Hashes.Intersect(other.Hashes));
        }
        // and of all hashes about two of a window's length and one are kept
        var hashes = Enumerable.Range(0, 70_000).Select(_ => (ulong)random.NextInt64()).ToArray();
        Assert.InRange(Winnowing.Select(hashes, Fingerprints.Window, new HashSet<ulong>()).Count, 19_500, 20_500);
    }

    [Fact]
    public void A_copy_in_disguise_is_found_and_another_way_to_do_it_is_not()
    {
        Assert.InRange(Shared(Js(Original), Js(Disguised)), 0.7, 1);
        Assert.InRange(Shared(Js(Original), Js(Another)), 0, 0.2);
        var regions = SolutionPairs.Regions(Js(Original), Js(Disguised));
        // lines 4 to 11 of the one are 6 to 15 of the other
        Assert.Contains(regions, region => region is { Language: CodeLanguage.Js, FirstFrom: <= 5, FirstTo: >= 11, SecondFrom: <= 8, SecondTo: >= 14 });
        Assert.All(regions, region => Assert.True(region.FirstFrom <= region.FirstTo && region.SecondFrom <= region.SecondTo && region.SecondTo <= 16));
        Assert.Empty(SolutionPairs.Regions(Js(Original), Js("let x;")));
    }

    [Fact]
    public void What_everybody_was_given_and_what_the_author_wrote_too_is_nobodys_own()
    {
        var content = new EditChallenge.Content
        {
            Title = "T",
            Description = "D",
            Difficulty = EditChallenge.Difficulty.Beginner,
            Points = 1,
            EstimatedTimeMinutes = 1,
            StarterCode = new EditChallenge.Code { Js = Original, Html = "<main><h1>Prices</h1><ul class=a><li>1</li><li>2</li><li>3</li></ul><p id=count></p></main>" },
            SolutionCode = new EditChallenge.Code { Js = Original + Another },
        };
        Assert.Empty(Fingerprints.OfSolution(content.StarterCode with { Js = Disguised.Replace("var gut = [], ergebnis\n    ergebnis = 0", "let gut = []; let ergebnis = 0") }, content).Hashes);
        Assert.Empty(Fingerprints.OfSolution(content.SolutionCode, content).Hashes);
        // one line put into the starter code is little of one's own, and the same little for everybody
        var filled = Fingerprints.OfSolution(content.StarterCode with { Js = Original.Replace("let sum = 0;", "let sum = 0; console.log(rate);") }, content);
        Assert.InRange(filled.Hashes.Length, 1, CompareSolutions.FewestShared - 1);
        Assert.True(Fingerprints.OfSolution(new EditChallenge.Code { Js = "const f = (x) => { while (x > 10) { x = x - Math.floor(x / 7) * 7 + 1; if (x % 2 === 0) return [x, x]; } return null; };" }, content).Hashes.Length > 7);
    }

    [Theory]
    [InlineData("let a = 1;", "const bb=1.0")]
    [InlineData("f(\"x\", `y`)", "g('zz', `q`)")]
    [InlineData("xs.map((x) => x === 2)", "list.map(y => y == 2)")]
    [InlineData("[1, 2, ]; // end", "[1, 2]")]
    [InlineData("a = b / c / d", "x = y / z / w")]
    [InlineData("a = /[/]x/g.test(b)", "q = /y+/.test(r)")]
    [InlineData("`a ${b + `c ${d}`} e`", "`${x + `${y}`}`")]
    public void Scripts_that_say_the_same_are_the_same(string one, string other) => Assert.Equal(JsTokens.Of(one).Select(token => token.Text), JsTokens.Of(other).Select(token => token.Text));

    [Theory]
    [InlineData("a + b", "a - b")]
    [InlineData("xs.map(f)", "xs.filter(f)")]
    [InlineData("x = 1", "x = 2")]
    [InlineData("a / b", "/b/")]
    public void Scripts_that_do_not_are_not(string one, string other) => Assert.NotEqual(JsTokens.Of(one).Select(token => token.Text), JsTokens.Of(other).Select(token => token.Text));

    [Theory]
    [InlineData(".card { color: #FFF; margin: 0px }", ".box{color:#ffffff;margin:0;}")]
    [InlineData("a::before { content: \"x\" }", "a:before { content: 'yy'; }")]
    [InlineData(":root { --main: .5em } /* x */ #a { top: -1px }", ":root{--other:0.5em}\n#b{top:-1px}")]
    [InlineData("@media (min-width: 30EM) { h1 { margin: 1px } }", "@media (min-width:30em){h1{margin:1px}}")]
    public void Stylesheets_that_say_the_same_are_the_same(string one, string other) => Assert.Equal(CssTokens.Of(one).Select(token => token.Text), CssTokens.Of(other).Select(token => token.Text));

    [Fact]
    public void Documents_are_compared_by_what_they_are_made_of()
    {
        Assert.Equal(
            HtmlTokens.Of("<!doctype html><!-- mine --><ul class=\"a b\" id='x'>\n  <li>One</li>\n</ul><br/><input required type=CHECKBOX><script>let a = 1</script>").Select(token => token.Text),
            HtmlTokens.Of("<ul id=y class=z><li>Two three</li></ul><br><input type='checkbox' required=''>\n<script>var b = 1;</script>").Select(token => token.Text));
        Assert.Equal(("<style", 2), HtmlTokens.Of("\n<style>\np { top: 1px }</style>").First() is var first ? (first.Text, first.Line) : default);
        Assert.Equal(3, HtmlTokens.Of("\n<style>\np { top: 1px }</style>").First(token => token.Text == "p").Line);
    }

    // hostile or broken code is read to its end, in order and without a fault
    [Fact]
    public void Whatever_is_written_is_read_to_its_end()
    {
        var random = new Random(3);
        const string Signs = "<>/\"'`${}()[];:,.#@!-=*&\\ \n\tabz019_é€\uD83D\uDE00\uD800";
        for (var round = 0; round < 400; round++)
        {
            var code = new string([.. Enumerable.Range(0, random.Next(200)).Select(_ => Signs[random.Next(Signs.Length)])]);
            foreach (var tokens in new[] { JsTokens.Of(code), CssTokens.Of(code), HtmlTokens.Of(code) })
            {
                Assert.True(tokens.Count <= code.Length);
                Assert.All(tokens, token => Assert.InRange(token.Line, 1, code.Count(c => c == '\n') + 1));
            }
        }
        Assert.Equal(new CodeSpan(CodeLanguage.Js, 7, 49_999), CodeSpan.Of(new CodeSpan(CodeLanguage.Js, 7, 49_999).Packed));
    }
}
