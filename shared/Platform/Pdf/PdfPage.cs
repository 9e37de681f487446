using System.Globalization;
using System.Text;
using Podium.Platform.Codes;

namespace Podium.Platform.Pdf;

/// <summary>Where a text stands against its place.</summary>
public enum PdfAlign
{
    Left,
    Centre,
    Right,
}

/// <summary>A page to draw on, in points from its upper left corner.</summary>
public sealed class PdfPage
{
    public const double A4Width = 595.28;
    public const double A4Height = 841.89;

    private readonly PdfDocument _document;
    private readonly StringBuilder _content = new();

    internal PdfPage(PdfDocument document, double width, double height) => (_document, Width, Height) = (document, width, height);

    public double Width { get; }

    public double Height { get; }

    internal string Content => _content.ToString();

    /// <summary>A line of text with its baseline at y. Text is composed first, so that an accent belongs to its letter; a text that is wider than it may be is set smaller.</summary>
    public void Text(double x, double y, string text, double size, bool bold = false, PdfAlign align = PdfAlign.Left, double? widest = null, string colour = "0 0 0")
    {
        text = Clean(text);
        var used = bold ? _document.Bold : _document.Regular;
        var width = used.Font.Measure(text, size);
        if (widest is { } most && width > most) (size, width) = (size * most / width, most);
        var left = align switch { PdfAlign.Centre => x - (width / 2), PdfAlign.Right => x - width, _ => x };
        _content.Append(CultureInfo.InvariantCulture, $"BT {colour} rg /{(bold ? 'B' : 'R')} {PdfDocument.Number(size)} Tf 1 0 0 1 {PdfDocument.Number(left)} {PdfDocument.Number(Height - y)} Tm <{used.Encode(text)}> Tj ET\n");
    }

    /// <summary>Lines of text that break between words, and the y of the line behind them.</summary>
    public double Paragraph(double x, double y, string text, double size, double width, bool bold = false, PdfAlign align = PdfAlign.Left, string colour = "0 0 0")
    {
        var font = bold ? TrueTypeFont.Bold : TrueTypeFont.Regular;
        var line = "";
        foreach (var word in Clean(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && font.Measure(longer, size) > width)
            {
                Text(x, y, line, size, bold, align, width, colour);
                (line, y) = (word, y + (size * 1.35));
            }
            else
            {
                line = longer;
            }
        }
        Text(x, y, line, size, bold, align, width, colour);
        return y + (size * 1.35);
    }

    public void Line(double fromX, double fromY, double toX, double toY, double width = 0.5, string colour = "0 0 0") =>
        _content.Append(CultureInfo.InvariantCulture, $"{colour} RG {PdfDocument.Number(width)} w {PdfDocument.Number(fromX)} {PdfDocument.Number(Height - fromY)} m {PdfDocument.Number(toX)} {PdfDocument.Number(Height - toY)} l S\n");

    public void Frame(double x, double y, double width, double height, double line, string colour) =>
        _content.Append(CultureInfo.InvariantCulture, $"{colour} RG {PdfDocument.Number(line)} w {PdfDocument.Number(x)} {PdfDocument.Number(Height - y - height)} {PdfDocument.Number(width)} {PdfDocument.Number(height)} re S\n");

    /// <summary>A QR code without its quiet zone, which must stay empty around it.</summary>
    public void Code(double x, double y, double side, QrCode code)
    {
        var module = side / code.Size;
        _content.Append("0 0 0 rg\n");
        for (var row = 0; row < code.Size; row++)
        {
            for (var column = 0; column < code.Size; column++)
            {
                var from = column;
                while (column < code.Size && code.IsDark(row, column)) column++;
                if (column > from)
                    _content.Append(CultureInfo.InvariantCulture, $"{PdfDocument.Number(x + (from * module))} {PdfDocument.Number(Height - y - ((row + 1) * module))} {PdfDocument.Number((column - from) * module)} {PdfDocument.Number(module)} re\n");
            }
        }
        _content.Append("f\n");
    }

    // control characters and what turns the direction of writing would deceive a reader
    private static string Clean(string text) => string.Concat(text.Normalize(NormalizationForm.FormC).EnumerateRunes().Where(rune =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)));
}
