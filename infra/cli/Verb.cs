using System.CommandLine;

namespace Podium.Cli;

/// <summary>A verb with its examples, for who reads its help first.</summary>
internal sealed class Verb : Command
{
    public Verb(string name, string description, params IReadOnlyList<string> examples) : base(name, description) => Examples = examples;

    public IReadOnlyList<string> Examples { get; }

    /// <summary>What it does; it answers with the exit code.</summary>
    public Verb Does(Func<Call, Task<int>> work)
    {
        SetAction((parse, stop) => Call.RunAsync(parse, work, stop));
        return this;
    }

    /// <summary>What it does, where there is only one way to succeed.</summary>
    public Verb Does(Func<Call, Task> work) => Does(async call =>
    {
        await work(call);
        return ExitCode.Ok;
    });
}
