namespace Podium.Emulator.Mail;

/// <summary>How the mailbox receives; tests let it misbehave.</summary>
public sealed record MailOptions
{
    /// <summary>The loopback port of SMTP; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>How long, in real time, a client may say nothing.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most octets of one mail.</summary>
    public int LargestMail { get; init; } = 25 * 1024 * 1024;

    /// <summary>How many mails are kept: the newest.</summary>
    public int Kept { get; init; } = 2000;

    /// <summary>What happens to a mail for an address.</summary>
    public Func<string, Reception> Receive { get; init; } = _ => Reception.Accept;
}

/// <summary>What an SMTP server may do with a recipient.</summary>
public enum Reception
{
    /// <summary>The mail is kept.</summary>
    Accept,

    /// <summary>451: it may be tried again.</summary>
    TryLater,

    /// <summary>550: it will never be accepted.</summary>
    Refuse,

    /// <summary>No answer to the recipient, ever.</summary>
    Hang,

    /// <summary>The connection ends instead of an answer to the recipient.</summary>
    Drop,

    /// <summary>The mail is kept, and the connection ends before the client is told.</summary>
    AcceptAndDrop,
}
