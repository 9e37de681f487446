using Podium.Platform.Pdf;

namespace Podium.Platform.Pictures;

/// <summary>What something is painted with; which colour that is, the palette says.</summary>
public enum Paint
{
    Paper,
    Ink,
    Muted,
    Grid,
    First,
    Second,
    Third,
    Fourth,
}

/// <summary>A picture as shapes, in units from its upper left corner; it can be written as SVG and as PNG.</summary>
public sealed class Drawing(double width, double height, string title, string description, string language)
{
    public double Width { get; } = width;

    public double Height { get; } = height;

    /// <summary>What the picture is, for who does not see it.</summary>
    public string Title { get; } = title;

    /// <summary>What it shows, in words and numbers.</summary>
    public string Description { get; } = description;

    public string Language { get; } = language;

    public IReadOnlyList<Shape> Shapes => _shapes;

    private readonly List<Shape> _shapes = [];

    public abstract record Shape(Paint Paint);

    public sealed record Box(double X, double Y, double Width, double Height, Paint Paint) : Shape(Paint);

    /// <param name="Dash">How long its pieces are, and the gaps between them; zero where it is whole.</param>
    public sealed record Line(IReadOnlyList<(double X, double Y)> Points, double Thickness, Paint Paint, double Dash) : Shape(Paint);

    /// <summary>A line of text with its baseline at y.</summary>
    public sealed record Label(double X, double Y, string Text, double Size, Paint Paint, bool Bold, PdfAlign Align) : Shape(Paint);

    public void AddBox(double x, double y, double width, double height, Paint paint) => _shapes.Add(new Box(x, y, width, height, paint));

    public void AddLine(IReadOnlyList<(double X, double Y)> points, double thickness, Paint paint, double dash = 0) => _shapes.Add(new Line(points, thickness, paint, dash));

    /// <summary>A text that is wider than it may be is cut.</summary>
    public void AddText(double x, double y, string text, double size, Paint paint = Paint.Ink, bool bold = false, PdfAlign align = PdfAlign.Left, double? widest = null) =>
        _shapes.Add(new Label(x, y, widest is { } most ? Cut(text, size, bold, most) : text, size, paint, bold, align));

    /// <summary>How wide a text is; a browser's own font is seldom wider.</summary>
    public static double Measure(string text, double size, bool bold = false) => (bold ? TrueTypeFont.Bold : TrueTypeFont.Regular).Measure(text, size);

    private static string Cut(string text, double size, bool bold, double most)
    {
        if (Measure(text, size, bold) <= most) return text;
        var letters = System.Globalization.StringInfo.ParseCombiningCharacters(text);
        for (var kept = letters.Length - 1; kept > 0; kept--)
        {
            if (Measure(text[..letters[kept]] + "…", size, bold) <= most) return text[..letters[kept]].TrimEnd() + "…";
        }
        return "…";
    }
}
