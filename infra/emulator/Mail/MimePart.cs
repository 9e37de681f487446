namespace Podium.Emulator.Mail;

/// <summary>A mail or a part of one: headers, and content or further parts.</summary>
internal sealed class MimePart
{
    private const int Deepest = 20;

    private readonly HeaderParameters _type;
    private readonly HeaderParameters _disposition;
    private readonly ReadOnlyMemory<byte> _body;

    private MimePart(ReadOnlyMemory<byte> octets, int depth)
    {
        Headers = MailHeaders.Read(octets.Span, out var body);
        _body = octets[body..];
        _type = HeaderParameters.Read(Headers.Raw("Content-Type"));
        _disposition = HeaderParameters.Read(Headers.Raw("Content-Disposition"));
        if (MediaType.StartsWith("multipart/", StringComparison.Ordinal) && _type["boundary"] is { Length: > 0 } boundary && depth < Deepest)
            Parts = [.. Multipart.Split(_body, boundary).Select(part => new MimePart(part, depth + 1))];
    }

    public MailHeaders Headers { get; }

    public IReadOnlyList<MimePart> Parts { get; } = [];

    public string MediaType => _type.Value.Contains('/', StringComparison.Ordinal) ? _type.Value : "text/plain";

    public string? FileName => _disposition["filename"] ?? _type["name"];

    public bool IsAttachment => _disposition.Value == "attachment" || FileName is not null || MediaType is not ("text/plain" or "text/html");

    public ReadOnlyMemory<byte> Content => TransferEncoding.Decode(_body, Headers.Raw("Content-Transfer-Encoding"));

    /// <summary>The content as text; its lines end with LF.</summary>
    public string Text => Charsets.Decode(Content.Span, _type["charset"]).ReplaceLineEndings("\n");

    public static MimePart Read(ReadOnlyMemory<byte> octets) => new(octets, 0);

    /// <summary>The parts that have content of their own.</summary>
    public IEnumerable<MimePart> Leaves() => Parts.Count == 0 ? [this] : Parts.SelectMany(part => part.Leaves());
}
