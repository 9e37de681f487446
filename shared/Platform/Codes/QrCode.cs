using System.Text;

namespace Podium.Platform.Codes;

/// <summary>How much of a symbol may be lost: about 7, 15, 25 or 30 per cent.</summary>
public enum QrLevel
{
    Low,
    Medium,
    Quartile,
    High,
}

/// <summary>
/// A QR code (ISO/IEC 18004, model 2, versions 1 to 20): digits, the 45 alphanumeric symbols or bytes in the smallest symbol that takes them, under the mask that the standard's penalties prefer.
/// </summary>
public sealed class QrCode
{
    private const int LastVersion = 20;
    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

    // error correction codewords in each block, and the number of blocks, by level and version (tables 7 and 9)
    private static readonly int[][] Correction =
    [
        [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28],
        [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26],
        [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30],
        [17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28],
    ];

    private static readonly int[][] Blocks =
    [
        [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8],
        [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16],
        [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20],
        [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25],
    ];

    private readonly bool[,] _dark;
    private readonly bool[,] _fixed;

    private QrCode(int version, QrLevel level)
    {
        (Version, Level, Size) = (version, level, (4 * version) + 17);
        (_dark, _fixed) = (new bool[Size, Size], new bool[Size, Size]);
    }

    public int Version { get; }

    public QrLevel Level { get; }

    public int Mask { get; private set; }

    /// <summary>Modules on a side, without the quiet zone of four that must surround it.</summary>
    public int Size { get; }

    public bool IsDark(int row, int column) => _dark[row, column];

    /// <exception cref="ArgumentException">The text is too long for version 20.</exception>
    public static QrCode Of(string text, QrLevel level = QrLevel.Medium)
    {
        var mode = ModeOf(text);
        var bytes = Encoding.UTF8.GetBytes(text);
        var version = Enumerable.Range(1, LastVersion).FirstOrDefault(version => BitsOf(mode, text, bytes, version) <= 8 * DataCodewords(version, level));
        if (version == 0) throw new ArgumentException($"{bytes.Length} bytes are too many for one symbol.", nameof(text));
        var code = new QrCode(version, level);
        code.DrawFunctions();
        code.DrawCodewords(Interleave(DataOf(mode, text, bytes, version, level), version, level));
        code.ChooseMask();
        return code;
    }

    /// <summary>How many data codewords a symbol holds.</summary>
    internal static int DataCodewords(int version, QrLevel level) => (RawModules(version) / 8) - (Correction[(int)level][version - 1] * Blocks[(int)level][version - 1]);

    internal static int BlockCount(int version, QrLevel level) => Blocks[(int)level][version - 1];

    internal static int CorrectionOf(int version, QrLevel level) => Correction[(int)level][version - 1];

    /// <summary>The data codewords of a text: mode, count, data, terminator and padding.</summary>
    internal static byte[] DataOf(string text, int version, QrLevel level) => DataOf(ModeOf(text), text, Encoding.UTF8.GetBytes(text), version, level);

    /// <summary>Whether a module belongs to a pattern, and not to the data.</summary>
    internal bool IsFixed(int row, int column) => _fixed[row, column];

    internal static bool Masks(int mask, int row, int column) => mask switch
    {
        0 => (row + column) % 2 == 0,
        1 => row % 2 == 0,
        2 => column % 3 == 0,
        3 => (row + column) % 3 == 0,
        4 => ((row / 2) + (column / 3)) % 2 == 0,
        5 => (row * column % 2) + (row * column % 3) == 0,
        6 => ((row * column % 2) + (row * column % 3)) % 2 == 0,
        _ => (((row + column) % 2) + (row * column % 3)) % 2 == 0,
    };

    /// <summary>The fifteen bits that name level and mask, with their error correction and mask.</summary>
    internal static int FormatBits(QrLevel level, int mask)
    {
        var data = (level switch { QrLevel.Low => 1, QrLevel.Medium => 0, QrLevel.Quartile => 3, _ => 2 } << 3) | mask;
        return ((data << 10) | Remainder(data << 10, 0b10100110111, 10)) ^ 0b101010000010010;
    }

    /// <summary>The eighteen bits that name the version from 7 on.</summary>
    internal static int VersionBits(int version) => (version << 12) | Remainder(version << 12, 0b1111100100101, 12);

    private static int Remainder(int value, int generator, int degree)
    {
        for (var bit = 31; bit >= degree; bit--)
        {
            if ((value >> bit & 1) == 1) value ^= generator << (bit - degree);
        }
        return value;
    }

    private static int ModeOf(string text) => text.Length > 0 && text.All(char.IsAsciiDigit) ? 1 : text.All(symbol => Alphanumeric.Contains(symbol)) ? 2 : 4;

    private static int CountBits(int mode, int version) => (mode, version < 10) switch { (1, true) => 10, (1, _) => 12, (2, true) => 9, (2, _) => 11, (_, true) => 8, _ => 16 };

    private static int BitsOf(int mode, string text, byte[] bytes, int version) => 4 + CountBits(mode, version) + mode switch
    {
        1 => (text.Length / 3 * 10) + (text.Length % 3) switch { 0 => 0, 1 => 4, _ => 7 },
        2 => (text.Length / 2 * 11) + (text.Length % 2 * 6),
        _ => 8 * bytes.Length,
    };

    private static byte[] DataOf(int mode, string text, byte[] bytes, int version, QrLevel level)
    {
        var (data, bits) = (new byte[DataCodewords(version, level)], 0);
        void Put(int value, int count)
        {
            for (var bit = count - 1; bit >= 0; bit--, bits++)
            {
                if ((value >> bit & 1) == 1) data[bits / 8] |= (byte)(0x80 >> (bits % 8));
            }
        }
        Put(mode, 4);
        Put(mode == 4 ? bytes.Length : text.Length, CountBits(mode, version));
        switch (mode)
        {
            case 1:
                foreach (var digits in text.Chunk(3)) Put(int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture), (3 * digits.Length) + 1);
                break;
            case 2:
                foreach (var pair in text.Chunk(2)) Put(pair.Aggregate(0, (sum, symbol) => (45 * sum) + Alphanumeric.IndexOf(symbol, StringComparison.Ordinal)), pair.Length == 2 ? 11 : 6);
                break;
            default:
                foreach (var one in bytes) Put(one, 8);
                break;
        }
        bits = Math.Min(bits + 4, 8 * data.Length);
        var place = (bits + 7) / 8;
        for (byte padding = 0xEC; place < data.Length; padding ^= 0xEC ^ 0x11) data[place++] = padding;
        return data;
    }

    // blocks, the longer ones last, are woven codeword by codeword; then their error correction in the same way
    private static byte[] Interleave(byte[] data, int version, QrLevel level)
    {
        var (count, correction) = (BlockCount(version, level), CorrectionOf(version, level));
        var (shortest, longer) = (data.Length / count, data.Length % count);
        var blocks = new List<(byte[] Data, byte[] Correction)>();
        for (var (block, from) = (0, 0); block < count; block++)
        {
            var length = shortest + (block >= count - longer ? 1 : 0);
            var part = data[from..(from + length)];
            blocks.Add((part, ReedSolomon.Correction(part, correction)));
            from += length;
        }
        return
        [
            .. Enumerable.Range(0, shortest + 1).SelectMany(place => blocks.Where(block => place < block.Data.Length).Select(block => block.Data[place])),
            .. Enumerable.Range(0, correction).SelectMany(place => blocks.Select(block => block.Correction[place])),
        ];
    }

    private static int RawModules(int version)
    {
        var alignments = version == 1 ? 0 : (version / 7) + 2;
        var modules = (((16 * version) + 128) * version) + 64 - (version == 1 ? 0 : (((25 * alignments) - 10) * alignments) - 55);
        return version < 7 ? modules : modules - 36;
    }

    private static int[] AlignmentCentres(int version)
    {
        if (version == 1) return [];
        var count = (version / 7) + 2;
        var step = ((version * 4) + (count * 2) + 1) / ((count * 2) - 2) * 2;
        return [6, .. Enumerable.Range(0, count - 1).Select(place => (4 * version) + 10 - (place * step)).Reverse()];
    }

    private void Set(int row, int column, bool dark) => (_dark[row, column], _fixed[row, column]) = (dark, true);

    private void DrawFunctions()
    {
        for (var place = 0; place < Size; place++)
        {
            Set(6, place, place % 2 == 0);
            Set(place, 6, place % 2 == 0);
        }
        foreach (var (row, column) in new[] { (3, 3), (3, Size - 4), (Size - 4, 3) }) DrawFinder(row, column);
        var centres = AlignmentCentres(Version);
        foreach (var row in centres)
        {
            foreach (var column in centres)
            {
                if ((row, column) is (6, 6) || (row == 6 && column == Size - 7) || (row == Size - 7 && column == 6)) continue;
                for (var down = -2; down <= 2; down++)
                {
                    for (var right = -2; right <= 2; right++) Set(row + down, column + right, Math.Max(Math.Abs(down), Math.Abs(right)) != 1);
                }
            }
        }
        DrawFormat(0);
        for (var bit = 0; Version >= 7 && bit < 18; bit++)
        {
            var dark = (VersionBits(Version) >> bit & 1) == 1;
            Set(bit / 3, Size - 11 + (bit % 3), dark);
            Set(Size - 11 + (bit % 3), bit / 3, dark);
        }
    }

    private void DrawFinder(int row, int column)
    {
        for (var down = -4; down <= 4; down++)
        {
            for (var right = -4; right <= 4; right++)
            {
                if (row + down >= 0 && row + down < Size && column + right >= 0 && column + right < Size)
                    Set(row + down, column + right, Math.Max(Math.Abs(down), Math.Abs(right)) is not (2 or 4));
            }
        }
    }

    private void DrawFormat(int mask)
    {
        var bits = FormatBits(Level, mask);
        for (var bit = 0; bit < 15; bit++)
        {
            var dark = (bits >> bit & 1) == 1;
            var (row, column) = bit switch { < 6 => (bit, 8), 6 => (7, 8), 7 => (8, 8), 8 => (8, 7), _ => (8, 14 - bit) };
            Set(row, column, dark);
            if (bit < 8) Set(8, Size - 1 - bit, dark);
            else Set(Size - 15 + bit, 8, dark);
        }
        Set(Size - 8, 8, true);
    }

    /// <summary>The data's modules in the order in which they are filled: two columns at a time, from the right, up and down.</summary>
    internal IEnumerable<(int Row, int Column)> Path()
    {
        for (var right = Size - 1; right >= 1; right -= 2)
        {
            if (right == 6) right = 5;
            var upward = ((right + 1) & 2) == 0;
            for (var step = 0; step < Size; step++)
            {
                for (var side = 0; side < 2; side++)
                {
                    var (row, column) = (upward ? Size - 1 - step : step, right - side);
                    if (!_fixed[row, column]) yield return (row, column);
                }
            }
        }
    }

    private void DrawCodewords(byte[] codewords)
    {
        var bit = 0;
        foreach (var (row, column) in Path())
        {
            // what is left over stays light
            if (bit < 8 * codewords.Length) _dark[row, column] = (codewords[bit / 8] >> (7 - (bit % 8)) & 1) == 1;
            bit++;
        }
    }

    private void ChooseMask()
    {
        var (best, least) = (0, int.MaxValue);
        for (var mask = 0; mask < 8; mask++)
        {
            Flip(mask);
            DrawFormat(mask);
            if (Penalty() is var penalty && penalty < least) (best, least) = (mask, penalty);
            Flip(mask);
        }
        Mask = best;
        Flip(best);
        DrawFormat(best);
    }

    private void Flip(int mask)
    {
        for (var row = 0; row < Size; row++)
        {
            for (var column = 0; column < Size; column++) _dark[row, column] ^= !_fixed[row, column] && Masks(mask, row, column);
        }
    }

    private int Penalty()
    {
        var (penalty, dark) = (0, 0);
        for (var line = 0; line < Size; line++)
        {
            penalty += PenaltyOf(place => _dark[line, place]) + PenaltyOf(place => _dark[place, line]);
            for (var place = 0; place < Size; place++)
            {
                if (_dark[line, place]) dark++;
                if (line > 0 && place > 0 && _dark[line, place] == _dark[line - 1, place] && _dark[line, place] == _dark[line, place - 1] && _dark[line, place] == _dark[line - 1, place - 1])
                    penalty += 3;
            }
        }
        return penalty + (10 * (Math.Abs((20 * dark) - (10 * Size * Size)) / (Size * Size)));
    }

    // runs of one colour, and what looks like a finder with light beside it
    private int PenaltyOf(Func<int, bool> line)
    {
        var (penalty, run, window) = (0, 0, 0);
        for (var place = 0; place < Size; place++)
        {
            run = place > 0 && line(place) == line(place - 1) ? run + 1 : 1;
            if (run == 5) penalty += 3;
            else if (run > 5) penalty++;
            window = ((window << 1) | (line(place) ? 1 : 0)) & 0x7FF;
            if (place >= 10 && window is 0b10111010000 or 0b00001011101) penalty += 40;
        }
        return penalty;
    }
}
