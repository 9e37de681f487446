namespace Podium.Platform.Files;

/// <summary>What a scan found: nothing, or a virus by the name the scanner gives it.</summary>
public sealed record VirusScan(string? Virus)
{
    public bool IsClean => Virus is null;
}

/// <summary>The scanner could not be asked, or did not answer: the file is neither clean nor infected, and the scan is to be repeated.</summary>
public sealed class VirusScannerException : Exception
{
    public VirusScannerException()
    {
    }

    public VirusScannerException(string message) : base(message)
    {
    }

    public VirusScannerException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
