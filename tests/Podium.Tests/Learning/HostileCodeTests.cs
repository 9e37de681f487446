using Podium.Learning.Sandbox;

namespace Podium.Tests.Learning;

/// <summary>Programs that mean harm end within their limits with a clear verdict, and the next attempt finds everything as it was.</summary>
public sealed class HostileCodeTests(SandboxPool pool)
{
    private const string Endless = "time";
    private const string Greedy = "memory";
    private const string Harmless = "harmless";
    private const string Breaking = "breaking";

    // what it is, how it must end, the program
    public static TheoryData<string, string, string> Programs() => new()
    {
        { "for without end", Endless, "for (;;) ;" },
        { "while without end, errors caught", Endless, "while (true) { try { while (true); } catch (e) { } }" },
        { "do and labels", Endless, "a: do { continue a; } while (true)" },
        { "finally that never ends", Endless, "try { for (;;); } finally { for (;;); }" },
        { "a getter", Endless, "const o = { get x() { for (;;); } }; o.x" },
        { "toString", Endless, "`${{ toString() { for (;;); } }}`" },
        { "valueOf", Endless, "+{ valueOf() { while (1); } }" },
        { "Symbol.toPrimitive", Endless, "({ [Symbol.toPrimitive]() { for (;;); } }) + 1" },
        { "an iterator without end", Endless, "for (const x of { [Symbol.iterator]() { return { next() { return { value: 1 }; } }; } }) ;" },
        { "a generator without end", Endless, "function* g() { for (;;) yield 1; } for (const x of g()) ;" },
        { "a proxy's trap", Endless, "new Proxy({}, { get() { for (;;); } }).x" },
        { "a sort that compares without end", Endless, "[3, 2, 1].sort(() => { for (;;); })" },
        { "a reviver", Endless, "JSON.parse('[1]', () => { for (;;); })" },
        { "toJSON", Endless, "JSON.stringify({ toJSON() { for (;;); } })" },
        { "a replacer", Endless, "'aa'.replace(/a/g, () => { for (;;); })" },
        { "what eval runs", Endless, "(0, eval)('for (;;);')" },
        { "what Function makes", Endless, "new Function('for (;;);')()" },
        { "a tagged template", Endless, "(() => { for (;;); })`x`" },
        { "a class's static block", Endless, "class A { static { for (;;); } }" },
        { "a default parameter", Endless, "((x = (() => { for (;;); })()) => x)()" },
        { "microtasks that make microtasks", Endless, "(function f() { Promise.resolve().then(f); })()" },
        { "queueMicrotask without end", Endless, "(function f() { queueMicrotask(f); })()" },
        { "await without end", Endless, "(async () => { for (;;) await null; })()" },
        { "async generators", Endless, "(async function () { async function* g() { for (;;) yield 1; } for await (const x of g()) ; })()" },
        { "a thenable that resolves to itself", Endless, "const t = { then(r) { r(t); } }; Promise.resolve(t)" },
        { "a flood of promises", Endless, "function f() { Promise.resolve().then(f); Promise.resolve().then(f); } f()" },
        { "a listener", Endless, "document.addEventListener('DOMContentLoaded', () => { for (;;); })" },
        { "a listener that dispatches itself", Harmless, "document.addEventListener('x', () => document.dispatchEvent(new Event('x'))); document.dispatchEvent(new Event('x'))" },
        { "a timer", Endless, "setTimeout(() => { for (;;); })" },
        { "a regular expression", Endless, "/^(a+)+$/.test('a'.repeat(50) + '!')" },
        { "a regular expression with references", Endless, "/(x+x+)+y/.test('x'.repeat(60))" },
        { "a selector's regular expression in a pattern", Harmless, "document.body.innerHTML = '<input pattern=\"(a+)+$\">'; document.querySelector('input').value = 'aaaa'; document.querySelector('input').validity" },
        { "a native loop over a vast array", Endless, "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)" },
        { "a native loop that fills", Greedy, "Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 1)" },
        { "a native sort of a vast array", Endless, "Array.prototype.sort.call({ length: 2 ** 32 - 2 })" },
        { "a vast power", Harmless, "try { 2n ** (10n ** 8n) } catch (e) { }" },
        { "a native join of a sparse array", Endless, "Array.prototype.join.call({ length: 2 ** 31 }, '')" },
        { "strings that double", Harmless, "let s = 'x'; for (;;) s += s + Math.random()" },
        { "arrays that grow", Greedy, "const a = []; for (;;) a.push(new Array(1000).fill('x' + a.length))" },
        { "objects in a chain", Greedy, "let o = {}; for (;;) o = { o, a: [1, 2, 3] }" },
        { "closures in a chain", Greedy, "let f = () => 0; for (;;) { const g = f; f = () => g; }" },
        { "typed arrays", Greedy, "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))" },
        { "one vast typed array", Greedy, "new Uint8Array(2 ** 31 - 1)" },
        { "one vast buffer that may grow", Greedy, "new ArrayBuffer(2 ** 31 - 1)" },
        { "repeat", Greedy, "'x'.repeat(2 ** 29)" },
        { "padStart", Greedy, "'x'.padStart(2 ** 29)" },
        { "a map that grows", Greedy, "const m = new Map(); for (let i = 0; ; i++) m.set(i, 'v' + i)" },
        { "symbols without end", Greedy, "const a = []; for (;;) a.push(Symbol('x' + a.length))" },
        { "a BigInt that grows", Harmless, "let n = 1n; for (;;) n <<= 1000000n" },
        { "promises that are never settled", Greedy, "const a = []; for (;;) a.push(new Promise(() => {}))" },
        { "deep recursion", Harmless, "(function f() { f(); })()" },
        { "recursion through a getter", Harmless, "const o = { get x() { return this.x; } }; o.x" },
        { "recursion through a proxy", Harmless, "const p = new Proxy({}, { get(t, k, r) { return r[k]; } }); p.x" },
        { "recursion through toString", Harmless, "const o = { toString() { return '' + o; } }; '' + o" },
        { "JSON nested deeply", Harmless, "JSON.parse('['.repeat(100000))" },
        { "code nested deeply", Breaking, "try { eval('('.repeat(100000)); } catch (e) { }" },
        { "a regular expression nested deeply", Harmless, "try { new RegExp('('.repeat(100000)); } catch (e) { }" },
        { "arrays nested deeply, made text", Harmless, "let a = []; for (let i = 0; i < 100000; i++) a = [a]; try { String(a); } catch (e) { } try { JSON.stringify(a); } catch (e) { }" },
        { "a prototype in a circle", Harmless, "const o = {}; try { Object.setPrototypeOf(Object.getPrototypeOf(o), o); } catch (e) { }" },
        { "console without end", Endless, "for (;;) console.log('x'.repeat(1000))" },
        { "console of what is vast", Harmless, "console.log(new Array(1e5).fill({ a: 'x'.repeat(1000) })); console.log('y'.repeat(1e6))" },
        { "a page that grows", Harmless, "for (;;) document.body.appendChild(document.createElement('p'))" },
        { "a page that doubles", Harmless, "for (;;) document.body.innerHTML += '<p>x</p>' + document.body.innerHTML" },
        { "a page nested deeply", Harmless, "document.body.innerHTML = '<div>'.repeat(100000)" },
        { "a tree nested deeply", Harmless, "let e = document.body; for (let i = 0; i < 100000; i++) e = e.appendChild(document.createElement('p'))" },
        { "timers without end", Harmless, "for (;;) setTimeout(() => {}, 1000)" },
        { "an interval that is never cleared", Harmless, "setInterval(() => {}, 0)" },
        { "storage without end", Harmless, "for (let i = 0; ; i++) localStorage.setItem('k' + i, 'x'.repeat(10000))" },
        { "listeners without end", Harmless, "for (;;) document.addEventListener('click', () => {})" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_hostile_program_ends_within_its_limits(string what, string how, string program)
    {
        var report = await pool.RunAsync("<h1>Hi</h1>", "", program, SandboxPool.Small, SandboxPool.Test("""{ "expect": [{ "selector": "h1", "text": "Hi" }] }"""));

        var verdict = report.Verdict;
        if (how == Harmless) Assert.True(verdict is CodeVerdict.Done or CodeVerdict.Time or CodeVerdict.Memory, $"{what}: {verdict}");
        // the engine's own parser may fall, and takes only its instance with it
        else if (how == Breaking) Assert.True(verdict is CodeVerdict.Done or CodeVerdict.Engine, $"{what}: {verdict}");
        // what eats memory may run out of time before, on a slow machine; never the other way round
        else if (how == Greedy) Assert.True(verdict is CodeVerdict.Memory or CodeVerdict.Time, $"{what}: {verdict} {string.Join("; ", report.Faults)}");
        else Assert.True(verdict == CodeVerdict.Time, $"{what}: {verdict} {string.Join("; ", report.Faults)}");
        Assert.True(how is Harmless or Breaking || !report.AllPassed);

        var next = await pool.RunAsync("<h1>Hi</h1>", "", "const a = [1, 2].map((n) => n * 2);", null, SandboxPool.Test("""{ "expect": [{ "value": "a", "is": [2, 4] }, { "selector": "h1", "text": "Hi" }, { "faults": 0 }] }"""));
        Assert.True(next.AllPassed, $"after {what}: {next.Verdict} {next.Tests[0].Message}");
    }

    public static TheoryData<string, string> Names() => new(
        new[] { "process", "require", "module", "exports", "global", "Buffer", "fetch", "XMLHttpRequest", "WebSocket", "Worker", "importScripts", "Deno", "std", "os", "bjson", "scriptArgs", "__dirname", "host", "page", "judge", "WebAssembly", "Atomics" }
            .Select(name => (name, name)));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_belongs_to_the_machine_has_no_name_in_there(string name, string same)
    {
        Assert.Equal(name, same);
        var everywhere = $$"""
            const realms = [globalThis, document.querySelector.constructor('return this')(), setTimeout.constructor('return this')(), console.log.constructor('return this')()];
            const found = realms.filter((realm) => realm['{{name}}'] !== undefined).length + (typeof {{name}} === 'undefined' ? 0 : 1);
            """;
        var report = await pool.RunAsync("", "", everywhere, null, SandboxPool.Test("""{ "expect": [{ "value": "found", "is": 0 }, { "faults": 0 }] }"""));
        Assert.True(report.AllPassed, report.Tests[0].Message);
    }

    [Fact]
    public async Task The_usual_ways_out_lead_nowhere()
    {
        var report = await pool.RunAsync(
            "<p onclick=\"out.push(typeof this.ownerDocument.defaultView.process)\">x</p>",
            "",
            """
            const out = [];
            const look = (name, action) => { try { const found = action(); out.push(found === undefined || found === 'undefined' ? 'undefined' : name + ': ' + String(found).slice(0, 100)); } catch (error) { out.push('undefined'); } };
            look('constructor', () => this.constructor.constructor('return typeof process')());
            look('function', () => (function () {}).constructor('return typeof process')());
            look('async', () => (async function () {}).constructor('return typeof process')() && undefined);
            look('node', () => document.constructor.constructor('return typeof process')());
            look('error', () => { try { null.x; } catch (e) { return e.constructor.constructor('return typeof process')(); } });
            look('dom error', () => { try { document.querySelector('!'); } catch (e) { return e.constructor.constructor('return typeof process')(); } });
            look('overflow', () => { try { (function f() { f(); })(); } catch (e) { return e.constructor.constructor('return typeof process')(); } });
            look('caller', () => { function f() { return f.caller && f.caller.constructor('return typeof process')(); } return f() ?? undefined; });
            look('stack', () => { Error.prepareStackTrace = (e, frames) => frames; const s = new Error().stack; return typeof s === 'string' ? undefined : s; });
            look('module', () => { const m = import('fs'); m.catch(() => {}); return undefined; });
            look('listener', () => { let seen; document.addEventListener('y', { handleEvent(e) { seen = e.constructor.constructor('return typeof process')(); } }); document.dispatchEvent(new Event('y')); return seen; });
            look('promise', () => Promise.prototype.then.constructor('return typeof process')());
            look('iterator', () => document.querySelectorAll('p')[Symbol.iterator]().next.constructor('return typeof process')());
            document.querySelector('p').click();
            """,
            null,
            SandboxPool.Test("""{ "expect": [{ "value": "[...new Set(out)]", "is": ["undefined"] }, { "value": "out.length", "is": 14 }] }"""));
        Assert.True(report.AllPassed, report.Tests[0].Message);
    }

    [Fact]
    public async Task Who_poisons_prototypes_deceives_neither_the_judge_nor_the_next_attempt()
    {
        var poison = """
            for (const realm of [globalThis, document.constructor.constructor('return this')()]) {
              for (const name of ['Array', 'Object', 'String', 'Function', 'RegExp', 'Promise', 'Map', 'JSON', 'Math', 'Reflect', 'Number', 'Error', 'Symbol', 'Date', 'Set']) {
                const it = realm[name];
                for (const target of [it, it.prototype]) if (target) for (const key of Reflect.ownKeys(target)) { try { if (typeof target[key] === 'function') target[key] = () => true; } catch { } }
              }
              try { realm.Object.prototype.passed = true; realm.Array.prototype[0] = { passed: true }; } catch { }
            }
            for (const type of [document.constructor, HTMLElement, Element, Node, EventTarget]) for (const key of Reflect.ownKeys(type.prototype)) { try { Object.defineProperty(type.prototype, key, { value: () => 'Hi', configurable: true }); } catch { } }
            document.querySelector = () => ({ textContent: 'Hi' });
            """;
        var cheated = await pool.RunAsync(
            "<h1>No</h1>", "", poison, null, SandboxPool.Test("""{ "expect": [{ "selector": "h1", "text": "Hi" }] }"""), SandboxPool.Test("""{ "expect": [{ "value": "[1]", "is": [2] }] }"""), SandboxPool.Code("assert.equal(find('h1').textContent, 'Hi')"));
        Assert.All(cheated.Tests, test => Assert.False(test.Passed));
        Assert.Equal(CodeVerdict.Done, cheated.Verdict);

        var honest = await pool.RunAsync("<h1>Hi</h1>", "", "", null, SandboxPool.Test("""{ "expect": [{ "selector": "h1", "text": "Hi" }, { "value": "Object.prototype.passed === undefined && [1, 2].map((n) => n + 1).join()", "is": "2,3" }, { "faults": 0 }] }"""));
        Assert.True(honest.AllPassed, honest.Tests[0].Message);
    }

    [Fact]
    public async Task A_page_or_a_stylesheet_of_any_size_ends()
    {
        foreach (var (html, css) in new[]
        {
            (string.Concat(Enumerable.Repeat("<p>", 60_000)), ""),
            (string.Concat(Enumerable.Repeat("<div>", 5_000)), ""),
            ("<h1>Hi</h1>" + string.Concat(Enumerable.Repeat("<li class=a>", 3_000)), string.Concat(Enumerable.Repeat(".a .a > .a:not(.b) ~ .a { color: red }", 2_000))),
            ("<h1>Hi</h1>", string.Concat(Enumerable.Repeat("a{", 50_000))),
            ("<h1>Hi</h1>", ":root{" + string.Concat(Enumerable.Range(0, 40).Select(i => $"--v{i + 1}:var(--v{i})var(--v{i});")) + "--v0:x} h1{color:var(--v40)}"),
            ("<h1>Hi</h1>", string.Concat(Enumerable.Repeat("h1{", 18)) + string.Concat(Enumerable.Repeat("&,&,&{", 18))),
            ("<h1 " + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"a{i} ")) + ">Hi</h1>", ""),
            ("<!--" + new string('-', 200_000), new string('(', 200_000)),
        })
        {
            var report = await pool.RunAsync(html, css, "", SandboxPool.Small, SandboxPool.Test("""{ "expect": [{ "selector": "h1", "style": { "color": "red" } }] }"""));
            Assert.True(report.Verdict is CodeVerdict.Done or CodeVerdict.Time or CodeVerdict.Memory, $"{report.Verdict} of {html.Length} characters of HTML");
            Assert.False(report.AllPassed);
        }
    }

    [Fact]
    public async Task An_attempt_that_is_killed_hurts_none_beside_it()
    {
        var killed = pool.RunAsync("", "", "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)", SandboxPool.Small, SandboxPool.Test("""{ "expect": [{ "value": "1", "is": 1 }] }"""));
        var others = Enumerable.Range(0, 8).Select(i => pool.RunAsync("", "", $"const n = {i};", null, SandboxPool.Test($$"""{ "expect": [{ "value": "n", "is": {{i}} }] }""")));
        Assert.All(await Task.WhenAll(others), report => Assert.True(report.AllPassed, report.Tests[0].Message));
        Assert.Equal(CodeVerdict.Time, (await killed).Verdict);
    }

    [Fact]
    public async Task Neither_the_time_nor_chance_comes_from_outside()
    {
        const string Js = "const seen = [Date.now(), new Date().toISOString(), performance.now(), Math.random(), document.constructor.constructor('return Date.now()')(), document.constructor.constructor('return Math.random()')()]; for (let i = 0; i < 1e5; i++); seen.push(Date.now());";
        var first = await pool.RunAsync("", "", Js + "console.log(seen)");
        var second = await pool.RunAsync("", "", Js + "console.log(seen)");
        Assert.Equal(first.Console, second.Console);
        var given = await pool.RunAsync("", "", Js, null, SandboxPool.Test("""{ "given": { "now": 1000, "seed": 7 }, "expect": [{ "value": "seen[0]", "is": 1000 }, { "value": "seen[1]", "is": "1970-01-01T00:00:01.000Z" }] }"""));
        Assert.True(given.AllPassed, given.Tests[0].Message);
    }
}
