using System.Text.Json;
using Podium.Platform.Pictures;

namespace Podium.Boards;

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
