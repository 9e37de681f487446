using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Podium.Platform.Pdf;

namespace Podium.Platform.Pictures;

/// <summary>A picture as SVG: real text, a title and a description for who does not see it, light or dark as the reader's screen is.</summary>
public static class SvgWriter
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static string Write(Drawing drawing)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{Number(drawing.Width)}} {{Number(drawing.Height)}}" width="{{Number(drawing.Width)}}" height="{{Number(drawing.Height)}}" role="img" aria-labelledby="title description" xml:lang="{{Text(drawing.Language)}}">
            <title id="title">{{Text(drawing.Title)}}</title>
            <desc id="description">{{Text(drawing.Description)}}</desc>
            <style>
            text { font-family: system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
            {{StyleOf(Palette.Light)}}
            @media (prefers-color-scheme: dark) {
            {{StyleOf(Palette.Dark)}}
            }
            </style>

            """);
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Number(drawing.Width)}\" height=\"{Number(drawing.Height)}\" class=\"fill-paper\"/>\n");
        foreach (var shape in drawing.Shapes) Append(svg, shape);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Append(StringBuilder svg, Drawing.Shape shape)
    {
        switch (shape)
        {
            case Drawing.Box box:
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Number(box.X)}\" y=\"{Number(box.Y)}\" width=\"{Number(box.Width)}\" height=\"{Number(box.Height)}\" class=\"fill-{NameOf(box.Paint)}\"/>\n");
                break;
            case Drawing.Line line:
                var dash = line.Dash > 0 ? $" stroke-dasharray=\"{Number(line.Dash)}\"" : "";
                svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{string.Join(' ', line.Points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))}\" fill=\"none\" stroke-width=\"{Number(line.Thickness)}\" stroke-linejoin=\"round\"{dash} class=\"line-{NameOf(line.Paint)}\"/>\n");
                break;
            case Drawing.Label label:
                var anchor = label.Align switch { PdfAlign.Centre => " text-anchor=\"middle\"", PdfAlign.Right => " text-anchor=\"end\"", _ => "" };
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Number(label.X)}\" y=\"{Number(label.Y)}\" font-size=\"{Number(label.Size)}\"{anchor}{(label.Bold ? " font-weight=\"600\"" : "")} class=\"fill-{NameOf(label.Paint)}\">{Text(label.Text)}</text>\n");
                break;
        }
    }

    private static string StyleOf(Palette palette) => string.Join(
        '\n', Enum.GetValues<Paint>().Select(paint => $".fill-{NameOf(paint)} {{ fill: {palette[paint]}; }} .line-{NameOf(paint)} {{ stroke: {palette[paint]}; }}"));

    private static string NameOf(Paint paint) => paint.ToString().ToLowerInvariant();

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    // what XML does not allow is no character of a text
    private static string Text(string text) => Encoder.Encode(string.Concat(text.EnumerateRunes().Select(rune => rune.Value is < 0x20 or 0xFFFE or 0xFFFF ? " " : rune.ToString())));
}
