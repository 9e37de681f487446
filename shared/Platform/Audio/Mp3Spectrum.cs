namespace Podium.Platform.Audio;

// The 576 lines of a granule and a channel, from the bits up to what the filters take: codes, sizes, and the two channels from what they share.
internal sealed class Mp3Spectrum(Mp3Layout layout)
{
    private const int LargestValue = 8191 + 15;

    private static readonly float[] Powers = [.. Enumerable.Range(0, LargestValue + 1).Select(value => (float)Math.Pow(value, 4 / 3.0))];
    private static readonly float Half = (float)Math.Sqrt(0.5);

    private readonly int[] _values = new int[Mp3Channel.Lines];
    private readonly float[] _ordered = new float[Mp3Channel.Lines];

    public float[] Lines { get; } = new float[Mp3Channel.Lines];

    /// <summary>Behind the last line that is not zero.</summary>
    public int Used { get; private set; }

    public void Clear()
    {
        Array.Clear(Lines);
        Used = 0;
    }

    /// <summary>Reads what there is up to the end; bits that say what cannot be leave zeros.</summary>
    public void Read(ref Bits bits, int end, Mp3Channel channel)
    {
        Array.Clear(_values);
        var at = ReadPairs(ref bits, end, channel);
        Used = ReadFours(ref bits, end, channel, at);
        Scale(channel);
    }

    private int ReadPairs(ref Bits bits, int end, Mp3Channel channel)
    {
        var at = 0;
        for (var region = 0; region < 3; region++)
        {
            var until = Math.Min(channel.PairedLines, region < 2 ? channel.Regions[region] : Mp3Channel.Lines);
            var (code, more) = Mp3Codes.Pairs(channel.PairsCodes[region]);
            if (code is null)
            {
                at = Math.Max(at, until);
                continue;
            }
            for (; at < until && bits.Position < end; at += 2)
            {
                var pair = code.Read(ref bits);
                _values[at] = Value(ref bits, pair >> 4, more);
                _values[at + 1] = Value(ref bits, pair & 15, more);
            }
        }
        return at;
    }

    private static int Value(ref Bits bits, int size, int more)
    {
        if (size == 15) size += (int)bits.Take(more);
        return size != 0 && bits.One() == 1 ? -size : size;
    }

    private int ReadFours(ref Bits bits, int end, Mp3Channel channel, int at)
    {
        var code = Mp3Codes.Fours[channel.FoursCode];
        while (at <= Mp3Channel.Lines - 4 && bits.Position < end)
        {
            var four = code.Read(ref bits);
            for (var i = 0; i < 4; i++) _values[at + i] = (four >> (3 - i) & 1) == 0 ? 0 : bits.One() == 1 ? -1 : 1;
            if (bits.Position > end)
            {
                // the last bits were padding and no code
                _values.AsSpan(at, 4).Clear();
                break;
            }
            at += 4;
        }
        while (at > 0 && _values[at - 1] == 0) at--;
        return at;
    }

    private void Scale(Mp3Channel channel)
    {
        Array.Clear(Lines);
        var step = channel.Coarse ? 1.0 : 0.5;
        var gain = (channel.Gain - 210) / 4.0;
        var longBands = !channel.IsShort ? Mp3Channel.LongBands : channel.Mixed ? layout.MixedBands : 0;
        for (var band = 0; band < longBands && layout.Long[band] < Used; band++)
        {
            var scale = channel.LongScales[band] + (channel.Emphasised ? Mp3Tables.Emphasis[band] : 0);
            Scale(layout.Long[band], layout.Long[band + 1], gain - step * scale);
        }
        if (!channel.IsShort) return;
        for (var band = channel.Mixed ? 3 : 0; band < Mp3Channel.ShortBands && layout.Short[band] * 3 < Used; band++)
        {
            var (from, width) = (layout.Short[band] * 3, layout.Short[band + 1] - layout.Short[band]);
            for (var window = 0; window < Mp3Channel.Windows; window++, from += width)
                Scale(from, from + width, gain - 2 * channel.WindowGains[window] - step * channel.ShortScales[band * 3 + window]);
        }
    }

    private void Scale(int from, int until, double exponent)
    {
        var factor = (float)Math.Pow(2, exponent);
        for (var i = from; i < until; i++)
        {
            var value = _values[i];
            Lines[i] = value < 0 ? -Powers[-value] * factor : Powers[value] * factor;
        }
    }

    /// <summary>Left and right from their middle and their difference, and from one sound with directions.</summary>
    public static void Part(Mp3Spectrum left, Mp3Spectrum right, Mp3Channel second, Mp3Layout layout, bool middle, bool directions)
    {
        if (!directions)
        {
            if (middle) Middle(left, right, 0, Mp3Channel.Lines);
        }
        else
        {
            PartShort(left, right, second, layout, middle, out var isShortEmpty);
            var longBands = !second.IsShort ? Mp3Channel.LongBands : second.Mixed ? layout.MixedBands : 0;
            for (var band = longBands - 1; band >= 0; band--)
            {
                var (from, until) = (layout.Long[band], layout.Long[band + 1]);
                isShortEmpty &= right.IsEmpty(from, until);
                // the highest band has none of its own
                var own = Math.Min(band, 20);
                Direct(left, right, from, until, isShortEmpty && second.LongScales[own] != second.LongLimits[own] ? second.LongScales[own] : -1, second, layout, middle);
            }
        }
        left.Used = right.Used = Math.Max(left.Used, right.Used);
    }

    // each window for itself, from the highest band down to where the second channel has something of its own
    private static void PartShort(Mp3Spectrum left, Mp3Spectrum right, Mp3Channel second, Mp3Layout layout, bool middle, out bool isEmpty)
    {
        isEmpty = true;
        if (!second.IsShort) return;
        for (var window = 0; window < Mp3Channel.Windows; window++)
        {
            var isWindowEmpty = true;
            for (var band = Mp3Channel.ShortBands - 1; band >= (second.Mixed ? 3 : 0); band--)
            {
                var width = layout.Short[band + 1] - layout.Short[band];
                var from = layout.Short[band] * 3 + window * width;
                isWindowEmpty &= right.IsEmpty(from, from + width);
                var own = Math.Min(band, 11) * 3 + window;
                Direct(left, right, from, from + width, isWindowEmpty && second.ShortScales[own] != second.ShortLimits[own] ? second.ShortScales[own] : -1, second, layout, middle);
            }
            isEmpty &= isWindowEmpty;
        }
    }

    private static void Direct(Mp3Spectrum left, Mp3Spectrum right, int from, int until, int direction, Mp3Channel second, Mp3Layout layout, bool middle)
    {
        if (direction < 0)
        {
            if (middle) Middle(left, right, from, until);
            return;
        }
        var (toLeft, toRight) = layout.IsFirstVersion ? Shares(direction) : LowShares(direction, second.WideDirections);
        for (var i = from; i < until; i++) (left.Lines[i], right.Lines[i]) = (left.Lines[i] * toLeft, left.Lines[i] * toRight);
    }

    private static (float Left, float Right) Shares(int direction)
    {
        if (direction >= 6) return (1, 0);
        var ratio = Math.Tan(direction * Math.PI / 12);
        return ((float)(ratio / (1 + ratio)), (float)(1 / (1 + ratio)));
    }

    private static (float Left, float Right) LowShares(int direction, bool wide)
    {
        var less = (float)Math.Pow(2, -(direction + 1 >> 1) * (wide ? 0.5 : 0.25));
        return (direction & 1) == 1 ? (less, 1) : (1, less);
    }

    private static void Middle(Mp3Spectrum left, Mp3Spectrum right, int from, int until)
    {
        for (var i = from; i < until; i++)
        {
            var (middle, side) = (left.Lines[i], right.Lines[i]);
            (left.Lines[i], right.Lines[i]) = ((middle + side) * Half, (middle - side) * Half);
        }
    }

    private bool IsEmpty(int from, int until) => !Lines.AsSpan(from, until - from).ContainsAnyExcept(0f);

    /// <summary>Lines of three short windows beside each other, as the filters take them.</summary>
    public void Interleave(Mp3Channel channel)
    {
        if (!channel.IsShort) return;
        for (var band = channel.Mixed ? 3 : 0; band < Mp3Channel.ShortBands; band++)
        {
            var (from, width) = (layout.Short[band] * 3, layout.Short[band + 1] - layout.Short[band]);
            for (var i = 0; i < width; i++)
            {
                for (var window = 0; window < Mp3Channel.Windows; window++) _ordered[from + i * 3 + window] = Lines[from + window * width + i];
            }
        }
        var first = channel.Mixed ? layout.Short[3] * 3 : 0;
        _ordered.AsSpan(first).CopyTo(Lines.AsSpan(first));
        Used = Used > first ? Math.Min(Mp3Channel.Lines, Behind()) : Used;
    }

    private int Behind() => Lines.AsSpan().LastIndexOfAnyExcept(0f) + 1;
}
