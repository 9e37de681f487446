using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Podium.Benchmarks;

/// <summary>
/// Runs benchmarks one after the other, each in a process of its own, so that none finds what another has left in memory and one that fails stops no other; gathers their figures, and writes them as a page.
/// </summary>
internal static partial class AllBenchmarks
{
    /// <summary>In this order: the quick ones first.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["http", "queue", "durable", "blobs", "files", "messages", "kernel", "judging", "boards", "runs", "sandbox", "votes", "votes-size", "votes-live", "votes-verify", "fraud", "competitions", "points", "analytics", "learning", "exams"];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(45);

    // what was asked for beforehand; most figures stand for themselves
    private static readonly (Regex Line, Regex Figure, string Asked, Func<double, bool> Holds)[] Asked =
    [
        (new Regex("^votes: [0-9,]+ votes in "), new Regex(@": ([0-9.]+) bytes each with all indexes"), "at most 250 bytes a vote", bytes => bytes <= 250),
    ];

    private sealed record Figure(string Benchmark, string What, string? Asked, bool Held, string Measured, string? Ratio);

    private sealed record Run(string Name, IReadOnlyList<string> Lines, TimeSpan Took, string? Fault);

    /// <summary>The exit code: 1 where a benchmark failed or a figure is not what was asked for.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        if (!Options(args, out var names, out var page)) return 2;
        var runs = new List<Run>();
        foreach (var name in names)
        {
            Console.WriteLine($"{name} …");
            var run = await RunAsync(name);
            foreach (var line in run.Lines) Console.WriteLine($"  {line}");
            Console.WriteLine(run.Fault is null ? $"  {run.Took.TotalSeconds:0} s" : $"  failed after {run.Took.TotalSeconds:0} s: {run.Fault}");
            runs.Add(run);
        }
        var figures = runs.SelectMany(FiguresOf).ToList();
        if (page is not null) await WriteAsync(page, runs, figures);
        return runs.All(run => run.Fault is null) && figures.All(figure => figure.Held) ? 0 : 1;
    }

    private static bool Options(IReadOnlyList<string> args, out IReadOnlyList<string> names, out string? page)
    {
        (names, page) = (Names, null);
        for (var at = 1; at < args.Count; at++)
        {
            var value = args.ElementAtOrDefault(at + 1);
            if (args[at] == "--only" && value is not null) names = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            else if (args[at] == "--write" && value is not null) page = Path.GetFullPath(value);
            else
            {
                Console.Error.WriteLine($"There is no option '{args[at]}', or it lacks its value: all [--only name,name] [--write file].");
                return false;
            }
            at++;
        }
        if (names.FirstOrDefault(name => !Names.Contains(name)) is not { } unknown) return true;
        Console.Error.WriteLine($"There is no benchmark '{unknown}'; there are {string.Join(", ", Names)}.");
        return false;
    }

    private static async Task<Run> RunAsync(string name)
    {
        var watch = Stopwatch.StartNew();
        var start = new ProcessStartInfo("dotnet", [typeof(AllBenchmarks).Assembly.Location, name]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var child = Process.Start(start)!;
        var (said, faults) = (child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await child.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            child.Kill(entireProcessTree: true);
            await child.WaitForExitAsync(CancellationToken.None);
        }
        // the first line says of the machine what the page says once
        var lines = (await said).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line.Contains(": ", StringComparison.Ordinal)).ToList();
        var fault = limit.IsCancellationRequested ? $"It took more than {Patience.TotalMinutes:0} minutes."
            : child.ExitCode != 0 ? (await faults).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(line => line.Contains("xception", StringComparison.Ordinal)) ?? $"It ended with {child.ExitCode}."
            : lines.Count == 0 ? "It measured nothing."
            : null;
        return new Run(name, lines, watch.Elapsed, fault);
    }

    private static IEnumerable<Figure> FiguresOf(Run run) => run.Lines.Select(line =>
    {
        // "messages: an outbox write: 900/s against 1000/s, ratio median 0.90": who says it, of what, and what was measured
        var text = Prefix().Replace(line, "");
        var cut = text.IndexOf(": ", StringComparison.Ordinal);
        var (what, measured) = cut < 0 ? ("", text) : (text[..cut], text[(cut + 2)..]);
        var (asked, held) = AskedOf(line);
        return new Figure(run.Name, what, asked, held, measured, Ratio().Match(line) is { Success: true } ratio ? ratio.Groups[1].Value : null);
    });

    private static (string? Asked, bool Held) AskedOf(string line)
    {
        foreach (var one in Asked)
        {
            if (one.Line.IsMatch(line) && one.Figure.Match(line) is { Success: true } figure) return (one.Asked, one.Holds(double.Parse(figure.Groups[1].Value, CultureInfo.InvariantCulture)));
        }
        return (null, true);
    }

    private static async Task WriteAsync(string page, IReadOnlyList<Run> runs, IReadOnlyList<Figure> figures)
    {
        var pictures = Path.Combine(Path.GetDirectoryName(page)!, Path.GetFileNameWithoutExtension(page));
        var text = new StringBuilder()
            .AppendLine("# Figures").AppendLine()
            .AppendLine("Written by a command, not by hand; each benchmark runs in a process of its own:").AppendLine()
            .AppendLine("```sh").AppendLine("dotnet run -c Release --project tests/Podium.Benchmarks -- all --write docs/benchmarks.md").AppendLine("```").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"Measured {DateTime.UtcNow:yyyy-MM-dd} on {Machine()}; {Load()}. App, servers and clients share the machine.")
            .AppendLine("Ratios are of pairs taken in turn within one run and hold elsewhere; rates and times belong to this machine on that day. Other pages say what is measured how.").AppendLine();
        if (runs.Count < Names.Count) text.AppendLine(CultureInfo.InvariantCulture, $"Only {string.Join(", ", runs.Select(run => run.Name))} of {Names.Count} benchmarks were run.").AppendLine();
        text.AppendLine("| benchmark | what | asked | measured | ratio |").AppendLine("|---|---|---|---|---|");
        foreach (var figure in figures)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {figure.Benchmark} | {Cell(figure.What)} | {(figure.Asked is null ? "" : $"{figure.Asked}{(figure.Held ? "" : ", **missed**")}")} | {Cell(figure.Measured)} | {figure.Ratio} |");
        foreach (var run in runs.Where(run => run.Fault is not null)) text.AppendLine(CultureInfo.InvariantCulture, $"| {run.Name} | **failed** | | {Cell(run.Fault!)} | |");
        var curves = GrowthCurves.Of(runs.SelectMany(run => run.Lines)).ToList();
        if (curves.Count > 0) text.AppendLine().AppendLine("## How it grows").AppendLine();
        foreach (var curve in curves)
        {
            Directory.CreateDirectory(pictures);
            await File.WriteAllTextAsync(Path.Combine(pictures, $"{curve.Name}.svg"), curve.Svg());
            text.AppendLine(CultureInfo.InvariantCulture, $"![{curve.Title}]({Path.GetFileName(pictures)}/{curve.Name}.svg)").AppendLine();
        }
        await File.WriteAllTextAsync(page, text.ToString().TrimEnd() + "\n");
        Console.WriteLine($"{page} is written, with {curves.Count} pictures.");
    }

    private static string Machine() =>
        $"{Environment.ProcessorCount} {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()} processors ({Processor()}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";

    private static string Processor() => OperatingSystem.IsLinux() && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } name
        ? name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
        : "of unknown name";

    // figures of a busy machine are no figures of the program: the reader has to know
    private static string Load() => OperatingSystem.IsLinux() ? $"the load of the last fifteen minutes was {File.ReadAllText("/proc/loadavg").Split(' ')[2]}, its own included" : "what else it did is not known";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex("^[a-z]+: ")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"ratio (?:median )?([0-9.]+)")]
    private static partial Regex Ratio();
}
