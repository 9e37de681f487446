namespace Podium.Emulator.Runtime;

/// <summary>Something the developer has to put right: one sentence that says what is wrong and what to do.</summary>
public sealed class EmulatorException : Exception
{
    /// <summary>Creates the exception.</summary>
    public EmulatorException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public EmulatorException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
