namespace Podium.Emulator.Mail;

/// <summary>A file a mail carries.</summary>
public sealed record MailAttachment(string? Name, string MediaType, ReadOnlyMemory<byte> Content);

/// <summary>A mail the app has sent, taken apart.</summary>
public sealed record ReceivedMail
{
    /// <summary>Higher than those of the mails before it.</summary>
    public required long Id { get; init; }

    /// <summary>When it came, on the emulator's clock.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The envelope's sender; empty for a bounce.</summary>
    public required string Sender { get; init; }

    /// <summary>The envelope's recipients, blind copies among them.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>All headers, decoded.</summary>
    public required MailHeaders Headers { get; init; }

    /// <summary>The subject; empty where there is none.</summary>
    public string Subject => Headers["Subject"] ?? "";

    /// <summary>The first plain text part, its lines ended by LF.</summary>
    public string? Text { get; private init; }

    /// <summary>The first HTML part, its lines ended by LF.</summary>
    public string? Html { get; private init; }

    /// <summary>Everything else: files, pictures, further texts.</summary>
    public IReadOnlyList<MailAttachment> Attachments { get; private init; } = [];

    /// <summary>How many octets came.</summary>
    public required int Size { get; init; }

    internal static ReceivedMail Read(long id, DateTimeOffset receivedAt, string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> raw)
    {
        var mail = MimePart.Read(raw);
        var leaves = mail.Leaves().ToList();
        var text = leaves.Find(part => part.MediaType == "text/plain" && !part.IsAttachment);
        var html = leaves.Find(part => part.MediaType == "text/html" && !part.IsAttachment);
        return new ReceivedMail
        {
            Id = id,
            ReceivedAt = receivedAt,
            Sender = sender,
            Recipients = recipients,
            Headers = mail.Headers,
            Text = text?.Text,
            Html = html?.Text,
            Attachments = [.. leaves.Where(part => part != text && part != html).Select(part => new MailAttachment(part.FileName, part.MediaType, part.Content))],
            Size = raw.Length,
        };
    }
}
