using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
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
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    // what was asked for beforehand; most figures stand for themselves
    private static readonly (Regex Line, Regex Figure, string Asked, Func<double, bool> Holds)[] Asked =
    [
        (new Regex("^votes: [0-9,]+ votes in "), new Regex(": ([0-9.]+) bytes each with all indexes"), "at most 250 bytes a vote", bytes => bytes <= 250),
        (new Regex("^votes: casting over HTTP"), Ratio(), "at least 0.6 of the same SQL", ratio => ratio >= 0.6),
        (new Regex("^votes: [0-9,]+ watchers"), new Regex(@"([0-9.]+) s \(p99\)"), "p99 below 2 s", seconds => seconds < 2),
        (new Regex("^analytics: [0-9,]+ events told"), Ratio(), "at least a third of a bare COPY", ratio => ratio >= 1.0 / 3),
        (new Regex("^analytics: dashboards over"), new Regex("take ([0-9.]+) "), "at most 1.3 times", times => times <= 1.3),
        (new Regex("^exams: lookups, each candidate's first"), Ratio(), "at least 0.7 of a bare endpoint", ratio => ratio >= 0.7),
        (new Regex("^exams: lookups of what is remembered"), new Regex("([0-9.]+) req/s"), "3,600 a second", rate => rate >= 3600),
        (new Regex("^exams: imported"), new Regex("([0-9.]+) to the one with a key"), "at least a quarter of a bare COPY", ratio => ratio >= 0.25),
        (new Regex("^boards: read one after another"), new Regex("p99 ([0-9.]+) ms"), "p99 below 5 ms", time => time < 5),
        (new Regex("^boards: "), Ratio(), "at least 0.7 of bare Kestrel", ratio => ratio >= 0.7),
        (new Regex("^leaderboard: .* 1 % of them"), new Regex("a ([0-9.]+)th"), "at most a twentieth of all", part => part >= 20),
    ];

    private sealed record Figure(string Benchmark, string What, string? Asked, bool Held, string Measured, string? Ratio);

    /// <summary>One benchmark, when and where it ran last; kept beside the page, so that one may be run again without the others.</summary>
    private sealed record Run(string Name, DateOnly On, string Machine, string Load, IReadOnlyList<string> Lines, string? Fault);

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
            if (run.Fault is not null) Console.WriteLine($"  failed: {run.Fault}");
            runs.Add(run);
            // after each, so that a long series that is broken off has told what it knows
            if (page is not null) await WriteAsync(page, run);
        }
        return runs.All(run => run.Fault is null) && runs.SelectMany(FiguresOf).All(figure => figure.Held) ? 0 : 1;
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
        return new Run(name, DateOnly.FromDateTime(DateTime.UtcNow), Machine(), Load(), lines, fault);
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

    private static async Task WriteAsync(string page, Run newest)
    {
        var beside = Path.Combine(Path.GetDirectoryName(page)!, Path.GetFileNameWithoutExtension(page));
        Directory.CreateDirectory(beside);
        var kept = Path.Combine(beside, "figures.json");
        List<Run> runs = File.Exists(kept) ? JsonSerializer.Deserialize<List<Run>>(await File.ReadAllTextAsync(kept))! : [];
        runs = [.. runs.Where(run => run.Name != newest.Name && Names.Contains(run.Name)).Append(newest).OrderBy(run => Names.Index().First(name => name.Item == run.Name).Index)];
        await File.WriteAllTextAsync(kept, JsonSerializer.Serialize(runs, Indented) + "\n");

        var text = new StringBuilder()
            .AppendLine("# Figures").AppendLine()
            .AppendLine("Written by a command, not by hand; each benchmark runs in a process of its own, and one that is run again (`--only votes,exams`) takes the place of what it said before:").AppendLine()
            .AppendLine("```sh").AppendLine("dotnet run -c Release --project tests/Podium.Benchmarks -- all --write docs/benchmarks.md").AppendLine("```").AppendLine()
            .AppendLine("App, servers and clients share the machine. Ratios are of pairs taken in turn within one run and hold elsewhere; rates and times belong to that machine on that day. Other pages say what is measured how.").AppendLine();
        foreach (var day in runs.GroupBy(run => (run.On, run.Machine)))
            text.AppendLine(CultureInfo.InvariantCulture, $"- {day.Key.On:yyyy-MM-dd}, {day.Key.Machine}: {string.Join(", ", day.Select(run => $"{run.Name} ({run.Load})"))}");
        text.AppendLine();
        if (runs.Count < Names.Count) text.AppendLine(CultureInfo.InvariantCulture, $"Not run yet: {string.Join(", ", Names.Except(runs.Select(run => run.Name)))}.").AppendLine();
        text.AppendLine("| benchmark | what | asked | measured | ratio |").AppendLine("|---|---|---|---|---|");
        foreach (var figure in runs.SelectMany(FiguresOf))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {figure.Benchmark} | {Cell(figure.What)} | {(figure.Asked is null ? "" : $"{figure.Asked}{(figure.Held ? "" : ", **missed**")}")} | {Cell(figure.Measured)} | {figure.Ratio} |");
        foreach (var run in runs.Where(run => run.Fault is not null)) text.AppendLine(CultureInfo.InvariantCulture, $"| {run.Name} | **failed** | | {Cell(run.Fault!)} | |");
        var curves = GrowthCurves.Of(runs.SelectMany(run => run.Lines)).ToList();
        if (curves.Count > 0) text.AppendLine().AppendLine("## How it grows").AppendLine();
        foreach (var curve in curves)
        {
            await File.WriteAllTextAsync(Path.Combine(beside, $"{curve.Name}.svg"), curve.Svg());
            text.AppendLine(CultureInfo.InvariantCulture, $"![{curve.Title}]({Path.GetFileName(beside)}/{curve.Name}.svg)").AppendLine();
        }
        await File.WriteAllTextAsync(page, text.ToString().TrimEnd() + "\n");
    }

    private static string Machine() =>
        $"{Environment.ProcessorCount} {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()} processors ({Processor()}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";

    private static string Processor() => OperatingSystem.IsLinux() && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } name
        ? name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
        : "of unknown name";

    // figures of a busy machine are no figures of the program: the reader has to know
    private static string Load() => OperatingSystem.IsLinux() ? $"load {File.ReadAllText("/proc/loadavg").Split(' ')[1]} in the last five minutes, its own included" : "load not known";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex("^[a-z]+: ")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"ratio (?:median )?([0-9.]+)")]
    private static partial Regex Ratio();
}
