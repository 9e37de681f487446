using Podium.Platform.Problems;

namespace Podium.Demo;

/// <summary>A part of the demo could not be made: the use case that makes it refused.</summary>
public sealed class DemoException(Problem problem) : Exception(problem.Faults.Count > 0 ? string.Join(" ", problem.Faults.Select(fault => $"{fault.Pointer}: {fault.Detail}")) : problem.Detail ?? problem.Kind.Title)
{
    public Problem Problem => problem;

    /// <summary>A result, or the end of making the demo.</summary>
    public static T Check<T>(Outcome<T> outcome) => outcome.Problem is { } problem ? throw new DemoException(problem) : outcome.Value!;
}
