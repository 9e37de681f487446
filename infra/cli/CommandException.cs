namespace Podium.Cli;

/// <summary>How a command ends.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>The command did its work, and what it looked at is not as it should be.</summary>
    public const int FoundProblems = 3;
}

/// <summary>A command cannot go on; the message is the one sentence that says why.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    public int ExitCode => exitCode;
}
