using System.Globalization;
using System.Text.Json;

namespace Podium.Boards;

/// <summary>A colour as a screen shows it.</summary>
public readonly record struct Colour(byte Red, byte Green, byte Blue)
{
    public static readonly Colour White = new(255, 255, 255), Black = new(0, 0, 0);

    /// <summary>Reads <c>#rgb</c> or <c>#rrggbb</c>; null for anything else.</summary>
    public static Colour? Of(string? text)
    {
        if (text is not ['#', .. var digits] || digits.Length is not (3 or 6) || !digits.All(char.IsAsciiHexDigit)) return null;
        if (digits.Length == 3) digits = string.Concat(digits.Select(digit => $"{digit}{digit}"));
        return new Colour(Byte(digits, 0), Byte(digits, 2), Byte(digits, 4));
    }

    /// <summary>Relative luminance by WCAG 2.2.</summary>
    public double Luminance => (0.2126 * Linear(Red)) + (0.7152 * Linear(Green)) + (0.0722 * Linear(Blue));

    /// <summary>Contrast by WCAG 2.2, from 1 to 21.</summary>
    public double ContrastTo(Colour other) => (Math.Max(Luminance, other.Luminance) + 0.05) / (Math.Min(Luminance, other.Luminance) + 0.05);

    /// <summary>A part of the way to another colour.</summary>
    public Colour Towards(Colour other, double part) => new(Mixed(Red, other.Red, part), Mixed(Green, other.Green, part), Mixed(Blue, other.Blue, part));

    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

    private static byte Byte(string digits, int at) => byte.Parse(digits.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static byte Mixed(byte from, byte to, double part) => (byte)Math.Round(from + ((to - from) * part));

    private static double Linear(byte value) => value / 255.0 is var part && part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
}

/// <summary>A tenant's own colour on its boards: used where it can be read, and moved towards black or white until it can.</summary>
public static class BrandColours
{
    /// <summary>What text needs at least (WCAG 2.2, AA).</summary>
    public const double Enough = 4.5;

    /// <summary>The papers of <c>board.css</c>.</summary>
    public static readonly Colour LightPaper = new(0xff, 0xff, 0xff), DarkPaper = new(0x10, 0x14, 0x1a);

    private static readonly Colour Otherwise = new(0x1a, 0x4f, 0x8b);

    /// <summary>The tenant's <c>branding.colour</c>, or ours.</summary>
    public static Colour Of(JsonElement branding) =>
        branding.ValueKind == JsonValueKind.Object && branding.TryGetProperty("colour", out var colour) && colour.ValueKind == JsonValueKind.String && Colour.Of(colour.GetString()) is { } own ? own : Otherwise;

    /// <summary>What can be read on a ground: black or white, one of which always can.</summary>
    public static Colour On(Colour ground) => ground.ContrastTo(Colour.White) >= Enough ? Colour.White : Colour.Black;

    /// <summary>The colour, or the nearest to it in a straight line that can be read on the paper.</summary>
    public static Colour ReadableOn(Colour colour, Colour paper)
    {
        var end = On(paper);
        for (var part = 0.0; part < 1; part += 0.02)
        {
            if (colour.Towards(end, part) is var mixed && mixed.ContrastTo(paper) >= Enough) return mixed;
        }
        return end;
    }

    /// <summary>A style sheet of nothing but colours.</summary>
    public static string StyleOf(JsonElement branding)
    {
        var colour = Of(branding);
        return $$"""
            :root { --brand: {{colour}}; --on-brand: {{On(colour)}}; --accent: {{ReadableOn(colour, LightPaper)}}; }
            @media (prefers-color-scheme: dark) { :root { --accent: {{ReadableOn(colour, DarkPaper)}}; } }

            """;
    }
}
