namespace Podium.Platform.Audio;

// One channel's way from lines to samples: borders of subbands smoothed, each subband back into time, and all of them into one.
internal sealed class Mp3Filters
{
    private const int Subbands = 32, Slots = 18, History = 1024;

    private static readonly (float Keep, float Take)[] Smooth = [.. Mp3Tables.Alias.Select(share => ((float)(1 / Math.Sqrt(1 + share * share)), (float)(share / Math.Sqrt(1 + share * share))))];

    // of 36 outputs 18 mirror the others; these are the 9th to the 26th
    private static readonly float[] LongCosines = [.. from i in Enumerable.Range(9, 18) from k in Enumerable.Range(0, 18) select (float)Math.Cos(Math.PI / 72 * (2 * i + 19) * (2 * k + 1))];
    private static readonly float[] ShortCosines = [.. from i in Enumerable.Range(0, 12) from k in Enumerable.Range(0, 6) select (float)(Math.Cos(Math.PI / 24 * (2 * i + 7) * (2 * k + 1)) * Math.Sin(Math.PI / 12 * (i + 0.5)))];
    private static readonly float[][] LongWindows = [.. Enumerable.Range(0, 4).Select(MakeWindow)];

    // a cosine transform of 32: even outputs from sums of what mirrors each other, odd ones from differences
    private static readonly float[] Cosines = [.. from m in Enumerable.Range(0, 32) from k in Enumerable.Range(0, 16) select (float)Math.Cos(Math.PI / 64 * (2 * k + 1) * m)];

    private readonly float[] _overlap = new float[Mp3Channel.Lines];
    private readonly float[] _slots = new float[Mp3Channel.Lines];
    private readonly float[] _history = new float[History];
    private readonly float[] _folded = new float[36];
    private readonly float[] _sums = new float[Subbands];
    private int _newest;

    /// <summary>Adds a granule's 576 samples, made from the lines, to what is there.</summary>
    public void Add(Mp3Spectrum spectrum, Mp3Channel channel, Span<float> samples, float share)
    {
        var lines = spectrum.Lines.AsSpan();
        var used = (spectrum.Used + Slots - 1) / Slots;
        var borders = !channel.IsShort ? Subbands : channel.Mixed ? 2 : 1;
        for (var band = 1; band < Math.Min(borders, used + 1); band++) SmoothBorder(lines, band * Slots);
        // a border may leak into the subband above it
        used = Math.Min(Subbands, used + 1);
        for (var band = 0; band < Subbands; band++)
        {
            var overlap = _overlap.AsSpan(band * Slots, Slots);
            if (band >= used) Leave(overlap, band);
            else
            {
                var subband = lines.Slice(band * Slots, Slots);
                if (channel.IsShort && !(channel.Mixed && band < 2)) Fold(subband);
                else Unfold(subband, LongWindows[channel.IsShort ? 0 : channel.Block]);
                Overlap(overlap, band);
            }
        }
        for (var slot = 0; slot < Slots; slot++) Join(_slots.AsSpan(slot * Subbands, Subbands), samples.Slice(slot * Subbands, Subbands), share);
    }

    private static void SmoothBorder(Span<float> lines, int border)
    {
        for (var i = 0; i < Smooth.Length; i++)
        {
            var (below, above) = (lines[border - 1 - i], lines[border + i]);
            lines[border - 1 - i] = below * Smooth[i].Keep - above * Smooth[i].Take;
            lines[border + i] = above * Smooth[i].Keep + below * Smooth[i].Take;
        }
    }

    private void Leave(Span<float> overlap, int band)
    {
        for (var i = 0; i < Slots; i++) _slots[i * Subbands + band] = (band & i & 1) != 0 ? -overlap[i] : overlap[i];
        overlap.Clear();
    }

    private void Overlap(Span<float> overlap, int band)
    {
        for (var i = 0; i < Slots; i++)
        {
            var sample = _folded[i] + overlap[i];
            // every other sample of every other subband runs backwards
            _slots[i * Subbands + band] = (band & i & 1) != 0 ? -sample : sample;
            overlap[i] = _folded[Slots + i];
        }
    }

    private void Unfold(ReadOnlySpan<float> lines, float[] window)
    {
        for (var i = 0; i < 18; i++)
        {
            var sum = Dot(lines, LongCosines.AsSpan(i * 18, 18));
            var (at, mirror, sign) = i < 9 ? (9 + i, 8 - i, -1f) : (9 + i, 44 - i, 1f);
            _folded[at] = sum * window[at];
            _folded[mirror] = sign * sum * window[mirror];
        }
    }

    private void Fold(ReadOnlySpan<float> lines)
    {
        Array.Clear(_folded);
        for (var window = 0; window < 3; window++)
        {
            for (var i = 0; i < 12; i++)
            {
                var sum = 0f;
                for (var k = 0; k < 6; k++) sum += lines[k * 3 + window] * ShortCosines[i * 6 + k];
                _folded[6 + window * 6 + i] += sum;
            }
        }
    }

    // the polyphase filter: a transform into the history, and a window over sixteen stretches of it
    private void Join(ReadOnlySpan<float> subbands, Span<float> samples, float share)
    {
        for (var k = 0; k < 16; k++) (_sums[k], _sums[16 + k]) = (subbands[k] + subbands[31 - k], subbands[k] - subbands[31 - k]);
        _newest = _newest - 64 & (History - 1);
        var newest = _history.AsSpan(_newest, 64);
        newest[16] = 0;
        for (var m = 0; m < 32; m++)
        {
            var sum = Dot(_sums.AsSpan((m & 1) * 16, 16), Cosines.AsSpan(m * 16, 16));
            // of 64 outputs half mirror the others
            if (m == 0) newest[48] = -sum;
            else if (m < 16) newest[48 + m] = newest[48 - m] = -sum;
            else (newest[m - 16], newest[48 - m]) = (sum, -sum);
        }
        for (var i = 0; i < Subbands; i++)
        {
            var sum = 0f;
            for (var part = 0; part < 8; part++)
            {
                sum += _history[_newest + part * 128 + i & (History - 1)] * Mp3Tables.Window[part * 64 + i];
                sum += _history[_newest + part * 128 + 96 + i & (History - 1)] * Mp3Tables.Window[part * 64 + 32 + i];
            }
            samples[i] += sum * share;
        }
    }

    private static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sum = 0f;
        for (var i = 0; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }

    private static float[] MakeWindow(int block)
    {
        var window = new float[36];
        for (var i = 0; i < 36; i++)
        {
            var (slow, fast) = (Math.Sin(Math.PI / 36 * (i + 0.5)), Math.Sin(Math.PI / 12 * (i - (block == 1 ? 18 : 6) + 0.5)));
            window[i] = (float)((block, i) switch
            {
                (1, >= 18 and < 24) or (3, >= 12 and < 18) => 1,
                (1, >= 24 and < 30) or (3, >= 6 and < 12) => fast,
                (1, >= 30) or (3, < 6) => 0,
                _ => slow,
            });
        }
        return window;
    }
}
