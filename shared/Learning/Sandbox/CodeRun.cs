using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Podium.Platform.Api;

namespace Podium.Learning.Sandbox;

/// <summary>One test of a challenge: expectations as data, or the author's code. docs/sandbox.md says what they may hold.</summary>
public sealed record ChallengeTest
{
    [StringLength(200, MinimumLength = 1), Example("The heading greets")]
    public required string Name { get; init; }

    /// <summary>Its share of the score.</summary>
    [Range(1, 1000)]
    public int Points { get; init; } = 1;

    /// <summary>A learner sees whether it passes, but not why not.</summary>
    public bool Hidden { get; init; }

    /// <summary>Begins with the page loaded anew.</summary>
    public bool Fresh { get; init; }

    /// <summary>Steps to take and what is expected then: { given, viewport, steps, expect }.</summary>
    public JsonElement? Check { get; init; }

    /// <summary>The author's code, with assert, run, find, act and others at hand.</summary>
    [StringLength(10_000)]
    public string? Code { get; init; }
}

/// <summary>A learner's page.</summary>
public sealed record PageCode(string Html, string Css, string Js);

/// <summary>What an attempt may use.</summary>
public sealed record CodeLimits
{
    public static readonly CodeLimits Default = new();

    public int CpuMs { get; init; } = 2000;

    public int MemoryBytes { get; init; } = 64 << 20;

    /// <summary>Also for what waits and uses no processor.</summary>
    public TimeSpan Wall { get; init; } = TimeSpan.FromSeconds(30);
}

public enum CodeVerdict
{
    /// <summary>The tests have been run, whatever they found.</summary>
    Done,

    /// <summary>It used more processor time than it may.</summary>
    Time,

    /// <summary>It used more memory than it may.</summary>
    Memory,

    /// <summary>Its engine broke, and was thrown away.</summary>
    Engine,
}

public sealed record TestReport(bool Passed, string? Message);

public sealed record ConsoleLine(string Level, string Text);

/// <summary>What came of running a page against tests. A test that was not reached has not passed.</summary>
public sealed record CodeReport
{
    public required CodeVerdict Verdict { get; init; }

    public required IReadOnlyList<TestReport> Tests { get; init; }

    public IReadOnlyList<ConsoleLine> Console { get; init; } = [];

    /// <summary>What the page threw and nobody caught.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    public int CpuMs { get; init; }

    [JsonIgnore]
    public bool AllPassed => Verdict == CodeVerdict.Done && Tests.All(test => test.Passed);
}

/// <summary>Where learners' code runs: child processes of this machine, or sessions in Azure.</summary>
public interface ICodeSandbox
{
    /// <summary>Null where every place is taken for too long.</summary>
    Task<CodeReport?> RunAsync(PageCode page, IReadOnlyList<ChallengeTest> tests, CodeLimits limits, CancellationToken cancellationToken);
}
