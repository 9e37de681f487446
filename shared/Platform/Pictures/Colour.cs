using System.Globalization;

namespace Podium.Platform.Pictures;

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
