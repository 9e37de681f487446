namespace Podium.Platform.Audio;

// What a granule of MPEG layer III says of one channel: how its 576 lines were written, and how large each band of them is. It stays for the next granule, which may say "as before".
internal sealed class Mp3Channel
{
    public const int Lines = 576;
    public const int LongBands = 22, ShortBands = 13, Windows = 3;

    public const int ShortBlocks = 2;

    public int Bits { get; private set; }

    /// <summary>How many lines are written as pairs, beginning with the first.</summary>
    public int PairedLines { get; private set; }

    public int Gain { get; private set; }

    /// <summary>0 long, 1 before short ones, 2 short, 3 after short ones.</summary>
    public int Block { get; private set; }

    /// <summary>Whether the lowest lines are long although the others are short.</summary>
    public bool Mixed { get; private set; }

    public bool IsShort => Block == ShortBlocks;

    public bool Emphasised { get; private set; }

    public bool Coarse { get; private set; }

    public int FoursCode { get; private set; }

    public int[] PairsCodes { get; } = new int[3];

    /// <summary>Where the second and the third code begin.</summary>
    public int[] Regions { get; } = new int[2];

    public int[] WindowGains { get; } = new int[Windows];

    /// <summary>Of long bands, and of short ones band by band and in each by window.</summary>
    public int[] LongScales { get; } = new int[LongBands];

    public int[] ShortScales { get; } = new int[ShortBands * Windows];

    /// <summary>The scale that means "no direction" where the second channel's scales are directions.</summary>
    public int[] LongLimits { get; } = new int[LongBands];

    public int[] ShortLimits { get; } = new int[ShortBands * Windows];

    /// <summary>Whether directions are coarser, in MPEG-2.</summary>
    public bool WideDirections { get; private set; }

    private int _scaleCode;

    public void ReadSide(ref Bits bits, Mp3Layout layout)
    {
        Bits = (int)bits.Take(12);
        PairedLines = Math.Min((int)bits.Take(9) * 2, Lines);
        Gain = (int)bits.Take(8);
        _scaleCode = (int)bits.Take(layout.IsFirstVersion ? 4 : 9);
        (Block, Mixed) = (0, false);
        Array.Clear(WindowGains);
        if (bits.One() == 1)
        {
            Block = (int)bits.Take(2);
            Mixed = bits.One() == 1 && IsShort;
            for (var i = 0; i < 2; i++) PairsCodes[i] = (int)bits.Take(5);
            for (var i = 0; i < Windows; i++) WindowGains[i] = (int)bits.Take(3);
            PairsCodes[2] = 0;
            Regions[0] = IsShort ? layout.Short[3] * Windows : layout.Long[8];
            Regions[1] = Lines;
        }
        else
        {
            for (var i = 0; i < 3; i++) PairsCodes[i] = (int)bits.Take(5);
            var first = (int)bits.Take(4) + 1;
            Regions[0] = layout.Long[first];
            Regions[1] = layout.Long[Math.Min(LongBands, first + (int)bits.Take(3) + 1)];
        }
        Emphasised = layout.IsFirstVersion && bits.One() == 1;
        Coarse = bits.One() == 1;
        FoursCode = bits.One();
    }

    /// <summary>The scales of MPEG-1. What was shared by the granule before is here already.</summary>
    public void ReadScales(ref Bits bits, uint shared)
    {
        var (lower, upper) = Mp3Tables.ScaleBits[_scaleCode];
        Array.Fill(LongLimits, 7);
        Array.Fill(ShortLimits, 7);
        if (!IsShort)
        {
            // four groups, of which each may be that of the granule before
            ReadOnlySpan<int> groups = [0, 6, 11, 16, 21];
            for (var group = 0; group < 4; group++)
            {
                if ((shared >> (3 - group) & 1) != 0) continue;
                for (var band = groups[group]; band < groups[group + 1]; band++) LongScales[band] = (int)bits.Take(group < 2 ? lower : upper);
            }
            LongScales[21] = 0;
            return;
        }
        if (Mixed)
        {
            for (var band = 0; band < 8; band++) LongScales[band] = (int)bits.Take(lower);
        }
        for (var band = Mixed ? 3 : 0; band < 12; band++)
        {
            for (var window = 0; window < Windows; window++) ShortScales[band * Windows + window] = (int)bits.Take(band < 6 ? lower : upper);
        }
        ShortScales.AsSpan(12 * Windows).Clear();
    }

    /// <summary>The scales of MPEG-2, where those of a second channel may be directions.</summary>
    public void ReadLowScales(ref Bits bits, bool areDirections)
    {
        var (kind, lengths) = Lengths(areDirections);
        Emphasised = kind == 2;
        WideDirections = (_scaleCode & 1) != 0;
        var counts = Mp3Tables.ScaleCounts[kind][!IsShort ? 0 : Mixed ? 2 : 1];
        // mixed blocks have six long bands, and then short ones from the third on
        var (band, longBands) = (0, !IsShort ? LongBands : Mixed ? 6 : 0);
        LongScales.AsSpan().Clear();
        ShortScales.AsSpan().Clear();
        for (var part = 0; part < 4; part++)
        {
            for (var i = 0; i < counts[part]; i++, band++)
            {
                var scale = (int)bits.Take(lengths[part]);
                var limit = lengths[part] == 0 ? int.MaxValue : (1 << lengths[part]) - 1;
                if (band < longBands) (LongScales[band], LongLimits[band]) = (scale, limit);
                else
                {
                    var at = band - longBands + (Mixed ? 3 * Windows : 0);
                    (ShortScales[at], ShortLimits[at]) = (scale, limit);
                }
            }
        }
    }

    private (int Kind, int[] Lengths) Lengths(bool areDirections)
    {
        var code = areDirections ? _scaleCode >> 1 : _scaleCode;
        return (areDirections, code) switch
        {
            (false, < 400) => (0, [(code >> 4) / 5, (code >> 4) % 5, code >> 2 & 3, code & 3]),
            (false, < 500) => (1, [(code - 400 >> 2) / 5, (code - 400 >> 2) % 5, code & 3, 0]),
            (false, _) => (2, [(code - 500) / 3, (code - 500) % 3, 0, 0]),
            (true, < 180) => (3, [code / 36, code % 36 / 6, code % 6, 0]),
            (true, < 244) => (4, [(code - 180) >> 4, (code - 180) >> 2 & 3, (code - 180) & 3, 0]),
            _ => (5, [(code - 244) / 3, (code - 244) % 3, 0, 0]),
        };
    }
}

// What frames of a version and a sample rate have in common.
internal sealed class Mp3Layout(int version, int rate)
{
    public bool IsFirstVersion { get; } = version == 1;

    public int Granules => IsFirstVersion ? 2 : 1;

    public int[] Long { get; } = Mp3Tables.Bands(rate).Long;

    public int[] Short { get; } = Mp3Tables.Bands(rate).Short;

    /// <summary>How many bands of mixed blocks are long.</summary>
    public int MixedBands => IsFirstVersion ? 8 : 6;
}
