namespace Podium.Platform.Pdf;

/// <summary>The outlines of glyphs, for who draws them as shapes.</summary>
public sealed partial class TrueTypeFont
{
    private const int DeepestParts = 5;

    private readonly record struct OutlinePoint(double X, double Y, bool OnCurve);

    /// <summary>
    /// The closed lines around a glyph, in units of the em and upwards from the baseline; its curves are parted into straight pieces.
    /// What lies to the right of all of them, by their direction, is ink.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<(double X, double Y)>> OutlineOf(int glyph, int piecesOfACurve = 4) =>
        [.. ContoursOf(glyph, 0).Select(contour => Flatten(contour, piecesOfACurve)).Where(line => line.Count > 2)];

    private List<OutlinePoint[]> ContoursOf(int glyph, int depth)
    {
        var contours = new List<OutlinePoint[]>();
        if (glyph < 0 || glyph >= _glyphCount || depth > DeepestParts) return contours;
        var (from, to) = (OffsetOf(glyph), OffsetOf(glyph + 1));
        if (from == to) return contours;
        var count = S16(from);
        if (count < 0) AddParts(from + 10, contours, depth);
        else ReadContours(from + 10, count, contours);
        return contours;
    }

    private void ReadContours(int at, int count, List<OutlinePoint[]> contours)
    {
        if (count == 0) return;
        var ends = Enumerable.Range(0, count).Select(contour => (int)U16(at + (2 * contour))).ToArray();
        at += 2 * count;
        at += 2 + U16(at);
        var flags = new byte[ends[^1] + 1];
        for (var point = 0; point < flags.Length;)
        {
            var flag = _file[at++];
            var repeats = (flag & 8) != 0 ? _file[at++] : 0;
            for (var again = 0; again <= repeats && point < flags.Length; again++) flags[point++] = flag;
        }
        var xs = Coordinates(ref at, flags, shortBit: 2, sameBit: 16);
        var ys = Coordinates(ref at, flags, shortBit: 4, sameBit: 32);
        var first = 0;
        foreach (var end in ends)
        {
            contours.Add([.. Enumerable.Range(first, end - first + 1).Select(point => new OutlinePoint(xs[point], ys[point], (flags[point] & 1) != 0))]);
            first = end + 1;
        }
    }

    private int[] Coordinates(ref int at, byte[] flags, int shortBit, int sameBit)
    {
        var (values, value) = (new int[flags.Length], 0);
        for (var point = 0; point < flags.Length; point++)
        {
            if ((flags[point] & shortBit) != 0) value += (flags[point] & sameBit) != 0 ? _file[at++] : -_file[at++];
            else if ((flags[point] & sameBit) == 0) (value, at) = (value + S16(at), at + 2);
            values[point] = value;
        }
        return values;
    }

    // a letter with its accent: each part moved, and some of them scaled
    private void AddParts(int at, List<OutlinePoint[]> contours, int depth)
    {
        for (var flags = 0x20; (flags & 0x20) != 0;)
        {
            flags = U16(at);
            var part = U16(at + 2);
            at += 4;
            var (dx, dy) = (flags & 1) != 0 ? (S16(at), S16(at + 2)) : ((sbyte)_file[at], (sbyte)_file[at + 1]);
            at += (flags & 1) != 0 ? 4 : 2;
            var (a, b, c, d) = (1.0, 0.0, 0.0, 1.0);
            if ((flags & 0x08) != 0) (a, d, at) = (Scale(at), Scale(at), at + 2);
            else if ((flags & 0x40) != 0) (a, d, at) = (Scale(at), Scale(at + 2), at + 4);
            else if ((flags & 0x80) != 0) (a, b, c, d, at) = (Scale(at), Scale(at + 2), Scale(at + 4), Scale(at + 6), at + 8);
            // parts that are fitted by points instead of moved are in no font of ours
            if ((flags & 2) == 0) (dx, dy) = (0, 0);
            contours.AddRange(ContoursOf(part, depth + 1).Select(contour => contour.Select(point => new OutlinePoint((a * point.X) + (c * point.Y) + dx, (b * point.X) + (d * point.Y) + dy, point.OnCurve)).ToArray()));
        }
    }

    private double Scale(int at) => S16(at) / 16384.0;

    // between two points off the line lies one on it, in the middle
    private static List<(double X, double Y)> Flatten(OutlinePoint[] contour, int pieces)
    {
        var line = new List<(double X, double Y)>();
        if (contour.Length < 2) return line;
        var begin = Array.FindIndex(contour, point => point.OnCurve);
        var start = begin < 0 ? Middle(contour[^1], contour[0]) : contour[begin];
        var current = start;
        line.Add((current.X, current.Y));
        OutlinePoint? control = null;
        for (var step = 1; step <= contour.Length; step++)
        {
            var next = begin < 0 ? contour[(step - 1) % contour.Length] : contour[(begin + step) % contour.Length];
            if (next.OnCurve)
            {
                To(next);
                continue;
            }
            if (control is { } before) To(Middle(before, next));
            control = next;
        }
        To(start);
        return line;

        void To(OutlinePoint end)
        {
            for (var piece = 1; piece < pieces && control is not null; piece++)
            {
                var t = (double)piece / pieces;
                line.Add((Curve(current.X, control.Value.X, end.X, t), Curve(current.Y, control.Value.Y, end.Y, t)));
            }
            line.Add((end.X, end.Y));
            (current, control) = (end, null);
        }
    }

    private static OutlinePoint Middle(OutlinePoint one, OutlinePoint other) => new((one.X + other.X) / 2, (one.Y + other.Y) / 2, true);

    private static double Curve(double from, double control, double to, double t) => ((1 - t) * (1 - t) * from) + (2 * (1 - t) * t * control) + (t * t * to);
}
