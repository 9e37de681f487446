namespace Podium.Platform.Pictures;

/// <summary>
/// Pixels that shapes are painted on, with smooth edges: each edge adds to the cells it crosses how much of them lies to its right, and a sum along the row makes coverage of that.
/// </summary>
internal sealed class Raster
{
    private readonly byte[] _pixels;
    private readonly double[] _cover;

    public Raster(int width, int height, Colour paper)
    {
        (Width, Height) = (width, height);
        (_pixels, _cover) = (new byte[width * height * 3], new double[(width + 2) * height]);
        for (var at = 0; at < _pixels.Length; at += 3) (_pixels[at], _pixels[at + 1], _pixels[at + 2]) = (paper.Red, paper.Green, paper.Blue);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Three bytes for each pixel, row by row.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>Fills what closed lines surround.</summary>
    public void Fill(IEnumerable<IReadOnlyList<(double X, double Y)>> contours, Colour colour)
    {
        var (top, bottom) = (Height, 0);
        foreach (var contour in contours)
        {
            for (var point = 0; point < contour.Count; point++)
            {
                var (from, to) = (contour[point], contour[(point + 1) % contour.Count]);
                Edge(from.X, from.Y, to.X, to.Y);
                top = Math.Min(top, (int)Math.Floor(Math.Min(from.Y, to.Y)));
                bottom = Math.Max(bottom, (int)Math.Ceiling(Math.Max(from.Y, to.Y)));
            }
        }
        Paint(Math.Max(0, top), Math.Min(Height, bottom), colour);
    }

    private void Edge(double x0, double y0, double x1, double y1)
    {
        if (y0 == y1) return;
        var direction = y0 < y1 ? 1 : -1;
        if (y0 > y1) (x0, y0, x1, y1) = (x1, y1, x0, y0);
        var slope = (x1 - x0) / (y1 - y0);
        if (y0 < 0) (x0, y0) = (x0 - (y0 * slope), 0);
        for (var row = (int)y0; row < Math.Min(Height, Math.Ceiling(y1)); row++)
        {
            var (top, bottom) = (Math.Max(y0, row), Math.Min(y1, row + 1));
            if (bottom <= top) continue;
            var (left, right) = (x0 + ((top - y0) * slope), x0 + ((bottom - y0) * slope));
            if (left > right) (left, right) = (right, left);
            Row(row, Math.Clamp(left, 0, Width), Math.Clamp(right, 0, Width), (bottom - top) * direction);
        }
    }

    // a piece of an edge within a row: what each cell it crosses has to its right, and the whole of it for all behind
    private void Row(int row, double left, double right, double height)
    {
        var at = row * (Width + 2);
        var (first, last) = ((int)left, (int)right);
        if (first == last)
        {
            var share = 1 - (((left + right) / 2) - first);
            _cover[at + first] += height * share;
            _cover[at + first + 1] += height * (1 - share);
            return;
        }
        var perUnit = height / (right - left);
        var before = 0.0;
        for (var cell = first; cell <= last; cell++)
        {
            var (begin, end) = (Math.Max(left, cell), Math.Min(right, cell + 1));
            // what this piece leaves to its right within the cell, and what pieces before it do
            var covered = before + (perUnit * (end - begin) * (cell + 1 - ((begin + end) / 2)));
            var passed = before + (perUnit * (end - begin));
            _cover[at + cell] += covered - before;
            _cover[at + cell + 1] += passed - covered;
            before = passed;
        }
    }

    private void Paint(int top, int bottom, Colour colour)
    {
        for (var row = top; row < bottom; row++)
        {
            var (at, sum) = (row * (Width + 2), 0.0);
            for (var column = 0; column < Width; column++)
            {
                sum += _cover[at + column];
                var part = Math.Min(1, Math.Abs(sum));
                if (part < 1.0 / 512) continue;
                var pixel = ((row * Width) + column) * 3;
                _pixels[pixel] = Mix(_pixels[pixel], colour.Red, part);
                _pixels[pixel + 1] = Mix(_pixels[pixel + 1], colour.Green, part);
                _pixels[pixel + 2] = Mix(_pixels[pixel + 2], colour.Blue, part);
            }
            _cover.AsSpan(at, Width + 2).Clear();
        }
    }

    private static byte Mix(byte under, byte over, double part) => (byte)Math.Round(under + ((over - under) * part));
}
