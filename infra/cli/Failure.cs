using System.Net.Sockets;
using Npgsql;
using Podium.Demo;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Cli;

/// <summary>What went wrong, in one sentence.</summary>
internal static class Failure
{
    public static (string Sentence, int ExitCode) Of(Exception error) => error switch
    {
        CommandException known => (known.Message, known.ExitCode),
        DemoException { Problem: var problem } when Of(problem) is var refused => (refused.Message, refused.ExitCode),
        MigrationException migration => (migration.Message, ExitCode.Failed),
        PostgresException or NpgsqlException when DatabaseProblems.Of(error) is { } problem && problem.Kind != CommonProblems.Unavailable => (Of(problem).Message, ExitCode.Failed),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedColumn } old =>
            (End($"The database lacks what this build needs ({old.MessageText}): run 'podium migrate up'"), ExitCode.Failed),
        PostgresException { SqlState: PostgresErrorCodes.InvalidParameterValue } role when role.MessageText.Contains("role", StringComparison.Ordinal) =>
            (End($"The database has no such role yet ({role.MessageText}): run 'podium migrate up'"), ExitCode.Failed),
        PostgresException refused => (End($"The database refused: {Line(refused.MessageText)}"), ExitCode.Failed),
        NpgsqlException { InnerException: SocketException reason } unreachable => (End($"The database cannot be reached: {Line(unreachable.Message)} ({Line(reason.Message)})"), ExitCode.Failed),
        NpgsqlException unreachable => (End($"The database cannot be reached: {Line(unreachable.Message)}"), ExitCode.Failed),
        _ => (End(Line(error.Message)), ExitCode.Failed),
    };

    public static CommandException Of(Problem problem)
    {
        if (problem.Faults.Count == 0) return new CommandException(End(problem.Detail ?? problem.Kind.Title));
        var faults = problem.Faults.Select(fault => $"{fault.Pointer.TrimStart('/')}: {fault.Detail}");
        return new CommandException(string.Join(" ", faults), problem.Kind == CommonProblems.Invalid ? ExitCode.Usage : ExitCode.Failed);
    }

    private static string Line(string message) => message.ReplaceLineEndings("\n").Split('\n', 2)[0].Trim();

    private static string End(string sentence) => sentence.EndsWith('.') || sentence.EndsWith('!') ? sentence : sentence + ".";
}
