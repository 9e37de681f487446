namespace Podium.Platform.Pictures;

/// <summary>The colours of pictures by day and by night. Text can be read on the paper, shapes told from it (WCAG 2.2: 4.5 and 3), and the four colours of shapes also by who does not see red or green.</summary>
public sealed record Palette(IReadOnlyDictionary<Paint, Colour> Colours)
{
    public static readonly Palette Light = Of("#ffffff", "#1a1f26", "#56606b", "#d5dae0", "#0b5fa5", "#b34700", "#00735c", "#8f3f71");

    public static readonly Palette Dark = Of("#10141a", "#f0f3f6", "#a9b4c0", "#39424d", "#6cb6ff", "#ffa657", "#56d4b0", "#e0a3d8");

    public Colour this[Paint paint] => Colours[paint];

    private static Palette Of(params string[] colours) => new(Enum.GetValues<Paint>().Zip(colours).ToDictionary(pair => pair.First, pair => Colour.Of(pair.Second)!.Value));
}
