using System.Diagnostics;
using System.Text.Json;
using Podium.Learning.Sandbox;

namespace Podium.Benchmarks;

/// <summary>Attempts through the sandbox's pool, and what the engine alone takes for the same code.</summary>
internal static class SandboxBenchmark
{
    private const int Warm = 20;
    private const int Rounds = 200;
    private const string Js = "const counter = (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += i; return sum; }; counter(20000);";

    private const string Bare =
        """
        import { createRequire } from 'node:module';
        import { readFileSync } from 'node:fs';
        import { pathToFileURL } from 'node:url';
        const require = createRequire(process.cwd() + '/');
        const load = (name) => import(pathToFileURL(require.resolve(name)));
        const { default: core } = await load('quickjs-emscripten-core');
        const { default: made } = await load('@jitl/quickjs-wasmfile-release-sync');
        const variant = made.default ?? made;
        const wasmModule = new WebAssembly.Module(readFileSync(require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')));
        async function once() {
          const engine = await core.newQuickJSWASMModuleFromVariant(core.newVariant(variant, { wasmModule }));
          const context = engine.newRuntime().newContext();
          context.unwrapResult(context.evalCode(process.argv[1]));
        }
        for (let i = 0; i < 20; i++) await once();
        const began = process.cpuUsage();
        for (let i = 0; i < 200; i++) await once();
        const used = process.cpuUsage(began);
        console.log((used.user + used.system) / 200000);
        """;

    public static async Task RunAsync()
    {
        await using var sandbox = new LocalSandbox();
        var page = new PageCode("<h1>Hi</h1><ul><li>1<li>2</ul>", "h1 { color: red } li { margin: 1em }", Js);
        ChallengeTest[] tests =
        [
            new() { Name = "heading", Check = JsonSerializer.Deserialize<JsonElement>("""{ "expect": [{ "selector": "h1", "text": "Hi", "style": { "color": "red" } }] }""") },
            new() { Name = "function", Check = JsonSerializer.Deserialize<JsonElement>("""{ "expect": [{ "call": "counter", "args": [10], "result": 45 }] }""") },
        ];
        await Parallel.ForAsync(0, Warm, async (_, stop) => await sandbox.RunAsync(page, tests, CodeLimits.Default, stop));
        var processor = 0L;
        var watch = Stopwatch.StartNew();
        await Parallel.ForAsync(0, Rounds, async (_, stop) =>
        {
            var report = await sandbox.RunAsync(page, tests, CodeLimits.Default, stop);
            if (report is not { AllPassed: true }) throw new InvalidOperationException("An attempt that should pass did not.");
            Interlocked.Add(ref processor, report.CpuMs);
        });
        var each = (double)processor / Rounds;
        Console.WriteLine($"sandbox: {Rounds / watch.Elapsed.TotalSeconds:0.0} attempts/s on {Environment.ProcessorCount} processors; {each:0.0} ms of processor time each, {1000 / each:0} a second per core");
        var bare = await BareAsync();
        Console.WriteLine($"the engine bare, an instance each: {bare:0.0} ms; the page, the judge and the pool add {each - bare:0.0} ms");
    }

    private static async Task<double> BareAsync()
    {
        var (folder, _) = await SandboxPackages.EnsureAsync(CancellationToken.None);
        using var node = Process.Start(new ProcessStartInfo("node", ["--input-type=module", "-e", Bare, Js]) { RedirectStandardOutput = true, WorkingDirectory = folder })!;
        var line = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        return double.Parse(line, System.Globalization.CultureInfo.InvariantCulture);
    }
}
