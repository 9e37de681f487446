using Podium.Learning.Sandbox;

namespace Podium.Tests.Learning;

/// <summary>The page that learners' code runs in does as browsers do, and tests as data say what they should.</summary>
public sealed class PageTests(SandboxPool pool)
{
    // selector, how many of the page below match
    public static TheoryData<string, int> Selectors() => new()
    {
        { "li", 4 }, { "ul > li", 4 }, { "li.a", 2 }, { "li:first-child", 1 }, { "li:nth-child(2n)", 2 }, { "li:nth-child(odd)", 2 }, { "li:nth-last-child(1)", 1 }, { "li:not(.a)", 2 }, { "li:is(.a, .b)", 3 },
        { "li + li", 3 }, { "li ~ .b", 1 }, { "#x", 1 }, { "[data-n]", 2 }, { "[data-n='1']", 1 }, { "[data-n^=\"2\"]", 1 }, { "[class~=a]", 2 }, { "ul:has(> .b)", 1 }, { "body *", 9 }, { "p:empty", 1 },
        { "input:checked", 1 }, { "input:disabled", 1 }, { "input:enabled", 1 }, { "li, p", 5 }, { "*|q, li", -1 }, { "ul >", -1 }, { "[", -1 }, { "li:nope", -1 }, { "", -1 },
    };

    [Theory]
    [MemberData(nameof(Selectors))]
    public async Task A_selector_finds_what_it_should(string selector, int count)
    {
        const string Html = "<ul id=x><li class='a'>1<li class=b data-n=1>2<li class='a c' data-n='21'>3<li>4</ul><p></p><div><input type=checkbox checked disabled><input></div>";
        var expression = $"(() => {{ try {{ return document.querySelectorAll({System.Text.Json.JsonSerializer.Serialize(selector)}).length; }} catch (e) {{ return e.name === 'SyntaxError' ? -1 : e.message; }} }})()";
        var report = await pool.RunAsync(Html, tests: new ChallengeTest { Name = "x", Code = $"assert.equal(run({System.Text.Json.JsonSerializer.Serialize(expression)}), {count});" });
        Assert.True(report.AllPassed, report.Tests[0].Message);
    }

    // what is declared, the property, its computed value on <p id=a class=b style="…">
    public static TheoryData<string, string, string> Styles() => new()
    {
        { "p { color: red }", "color", "rgb(255, 0, 0)" },
        { "p { color: #0a78 }", "color", "rgba(0, 170, 119, 0.533)" },
        { "p { color: hsl(120, 100%, 25%) }", "color", "rgb(0, 128, 0)" },
        { ".b { color: blue } p { color: red }", "color", "rgb(0, 0, 255)" },
        { "#a { color: blue } p.b.b.b { color: red }", "color", "rgb(0, 0, 255)" },
        { "p { color: red !important } #a { color: blue }", "color", "rgb(255, 0, 0)" },
        { "body { color: green }", "color", "rgb(0, 128, 0)" },
        { "body { border: 1px solid red }", "borderTopWidth", "0px" },
        { "p { margin: 1px 2px }", "margin", "1px 2px" },
        { "p { margin: 1px; margin-left: 4px }", "margin", "1px 1px 1px 4px" },
        { "p { font-size: 2em; padding: 1em }", "paddingTop", "32px" },
        { "html { font-size: 20px } p { font-size: 150% }", "fontSize", "30px" },
        { ":root { --x: 4px } p { padding: var(--x) calc(1px) }", "paddingTop", "4px" },
        { "p { width: var(--none, 7px) }", "width", "7px" },
        { "p { width: var(--none) }", "width", "auto" },
        { "p { flex: 1 }", "flexBasis", "0%" },
        { "p { background: url(x.png) #fff }", "backgroundColor", "rgb(255, 255, 255)" },
        { "@media (max-width: 500px) { p { color: red } }", "color", "rgb(0, 0, 0)" },
        { "@media (min-width: 500px) and (max-width: 2000px) { p { color: red } }", "color", "rgb(255, 0, 0)" },
        { "section { p { color: red } } body { & p { width: 1px } }", "width", "1px" },
        { "p { /* color: red; */ width: 3px; nonsense; color red }", "width", "3px" },
        { "p { font-weight: bold }", "fontWeight", "700" },
        { "p { border: 2px dashed }", "borderLeftColor", "rgb(0, 0, 0)" },
        { "p { width: 50vw }", "width", "512px" },
    };

    [Theory]
    [MemberData(nameof(Styles))]
    public async Task A_style_is_computed_as_in_a_browser(string css, string property, string value)
    {
        var report = await pool.RunAsync("<p id=a class=b>x</p>", css, tests: new ChallengeTest { Name = "x", Code = $"assert.equal(style('p', '{property}'), '{value}'); assert.equal(run('getComputedStyle(document.querySelector(\"p\")).{property}'), '{value}');" });
        Assert.True(report.AllPassed, report.Tests[0].Message);
    }

    // an expectation, and how its failure is told to a learner; null where it holds
    public static TheoryData<string, string?> Expectations() => new()
    {
        { """{ "selector": "h1", "text": "Hi  there" }""", null },
        { """{ "selector": "h1", "text": "Bye" }""", "The text of h1 should be \"Bye\", but is \"Hi there\"." },
        { """{ "selector": "h2" }""", "There is no element h2." },
        { """{ "selector": "h1", "exists": false }""", "There should be no element h1." },
        { """{ "selector": "p", "count": { "min": 2, "max": 3 } }""", null },
        { """{ "selector": "p", "count": 1 }""", "The number of elements p should be 1, but is 2." },
        { """{ "selector": "p", "every": true, "class": "n" }""", "p should have the class n." },
        { """{ "selector": "p", "attributes": { "title": { "contains": "old" } } }""", null },
        { """{ "call": "add", "args": [0.1, 0.2], "result": 0.3 }""", "add(0.1, 0.2) should be 0.3, but is 0.30000000000000004." },
        { """{ "call": "add", "args": [0.1, 0.2], "result": 0.3, "tolerance": 1e-9 }""", null },
        { """{ "call": "later", "args": [5], "result": [5, { "a": null }] }""", null },
        { """{ "call": "later", "args": [5], "result": [5, { "a": 0 }] }""", "later(5) should be [5, {a: 0}], but is [5, {a: null}]." },
        { """{ "call": "boom", "throws": "no luck" }""", null },
        { """{ "call": "boom", "result": 1 }""", "boom() throws Error: no luck." },
        { """{ "call": "never", "result": 1 }""", "The promise was never settled." },
        { """{ "call": "h", "result": 1 }""", "h should be a function, but is 5." },
        { """{ "value": "new Map([[1, new Set([2])]])", "is": { "$": "new Map([[1, new Set([2])]])" } }""", null },
        { """{ "value": "undefined", "is": { "$": "undefined" } }""", null },
        { """{ "value": "[1, 2]", "is": { "not": [1, 2] } }""", "[1, 2] should not be [1, 2]." },
        { """{ "value": "nowhere", "is": 1 }""", "nowhere throws ReferenceError: 'nowhere' is not defined." },
        { """{ "call": "nowhere", "args": [1, "a"], "result": 1 }""", """nowhere(1, "a") throws ReferenceError: 'nowhere' is not defined.""" },
        { """{ "console": ["one", "two {a: 1}"] }""", null },
        { """{ "console": { "contains": "TWO" } }""", null },
        { """{ "source": "js", "lacks": "\\bvar\\b" }""", null },
        { """{ "source": "js", "matches": "class" }""", "The JS should match /class/." },
        { """{ "faults": 0 }""", null },
        { """{ "selector": "h2", "message": "Write a second heading." }""", "Write a second heading. (There is no element h2.)" },
        { "{}", "This expectation expects nothing." },
    };

    [Theory]
    [MemberData(nameof(Expectations))]
    public async Task An_expectation_holds_or_says_why_not(string expectation, string? message)
    {
        const string Js = "const h = 5; const add = (a, b) => a + b; const later = async (n) => { await new Promise((r) => setTimeout(r, 50)); return [n, { a: null }]; }; function boom() { throw new Error('no luck'); } const never = () => new Promise(() => {}); console.log('one'); console.log('two', { a: 1 });";
        var report = await pool.RunAsync("<h1>Hi\n there</h1><p title='old' class=n>1</p><p>2</p>", "", Js, null, SandboxPool.Test($$"""{ "expect": [{{expectation}}] }"""));
        Assert.Equal(message, report.Tests[0].Message);
        Assert.Equal(message is null, report.Tests[0].Passed);
    }

    [Fact]
    public async Task Tests_share_a_page_unless_one_begins_anew()
    {
        const string Js = "let n = 0; document.querySelector('button').addEventListener('click', () => { n++; });";
        var report = await pool.RunAsync(
            "<button>x</button>",
            "",
            Js,
            null,
            SandboxPool.Test("""{ "steps": [{ "click": "button" }], "expect": [{ "value": "n", "is": 1 }] }"""),
            SandboxPool.Test("""{ "steps": [{ "click": "button" }], "expect": [{ "value": "n", "is": 2 }] }"""),
            SandboxPool.Test("""{ "steps": [{ "click": "button" }], "expect": [{ "value": "n", "is": 1 }] }""", fresh: true));
        Assert.All(report.Tests, test => Assert.True(test.Passed, test.Message));
    }

    [Fact]
    public async Task A_test_that_hangs_leaves_those_before_it_as_they_were()
    {
        var report = await pool.RunAsync("", "", "function f(n) { while (n > 1); return n; }", SandboxPool.Small, SandboxPool.Test("""{ "expect": [{ "call": "f", "args": [1], "result": 1 }] }"""), SandboxPool.Test("""{ "expect": [{ "call": "f", "args": [2], "result": 2 }] }"""));
        Assert.Equal(CodeVerdict.Time, report.Verdict);
        Assert.Equal([true, false], report.Tests.Select(test => test.Passed));
    }
}
