namespace Podium.Platform.Audio;

// One channel of a FLAC frame: a constant, the samples themselves, or a prediction and what it missed by.
internal sealed class FlacSubframe
{
    private const int MostOrder = 32;

    // so far that no sample of 33 bits overflows a prediction with 32 coefficients of 15 bits
    private const long Farthest = 1L << 40;

    private static readonly int[][] Fixed = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

    private readonly int[] _coefficients = new int[MostOrder];

    /// <summary>False where the bits end before the subframe does.</summary>
    public bool Decode(ref Bits bits, Span<long> samples, int depth)
    {
        if (bits.One() != 0) throw Undecodable.Damaged();
        var kind = (int)bits.Take(6);
        var wasted = bits.One() == 0 ? 0 : bits.Zeros() + 1;
        if (bits.IsOverrun) return false;
        if (wasted >= depth) throw Undecodable.Damaged();
        depth -= wasted;
        var isWhole = kind switch
        {
            0 => Constant(ref bits, samples, depth),
            1 => Verbatim(ref bits, samples, depth),
            >= 8 and <= 12 => Predicted(ref bits, samples, depth, kind - 8, isFixed: true),
            >= 32 => Predicted(ref bits, samples, depth, kind - 31, isFixed: false),
            _ => throw Undecodable.Damaged(),
        };
        if (wasted > 0)
        {
            for (var i = 0; i < samples.Length; i++) samples[i] <<= wasted;
        }
        return isWhole;
    }

    private static bool Constant(ref Bits bits, Span<long> samples, int depth)
    {
        samples.Fill(bits.Signed(depth));
        return !bits.IsOverrun;
    }

    private static bool Verbatim(ref Bits bits, Span<long> samples, int depth)
    {
        if (bits.Position + (long)samples.Length * depth > bits.End) return false;
        for (var i = 0; i < samples.Length; i++) samples[i] = bits.Signed(depth);
        return true;
    }

    private bool Predicted(ref Bits bits, Span<long> samples, int depth, int order, bool isFixed)
    {
        if (order > samples.Length) throw Undecodable.Damaged();
        for (var i = 0; i < order; i++) samples[i] = bits.Signed(depth);
        var shift = 0;
        if (isFixed) Fixed[order].CopyTo(_coefficients, 0);
        else
        {
            var precision = (int)bits.Take(4) + 1;
            shift = (int)bits.Signed(5);
            if (bits.IsOverrun) return false;
            if (precision == 16 || shift < 0) throw Undecodable.Damaged();
            for (var i = 0; i < order; i++) _coefficients[i] = (int)bits.Signed(precision);
        }
        if (!Residual(ref bits, samples, order)) return false;
        Restore(samples, order, shift);
        return true;
    }

    private void Restore(Span<long> samples, int order, int shift)
    {
        var coefficients = _coefficients.AsSpan(0, order);
        for (var i = order; i < samples.Length; i++)
        {
            var sum = 0L;
            for (var j = 0; j < coefficients.Length; j++) sum += coefficients[j] * samples[i - 1 - j];
            var sample = samples[i] + (sum >> shift);
            if (sample is > Farthest or < -Farthest) throw Undecodable.Damaged();
            samples[i] = sample;
        }
    }

    // Rice codes with a parameter for each partition, or whole numbers where that escaped
    private static bool Residual(ref Bits bits, Span<long> samples, int order)
    {
        var method = bits.Take(2);
        var partitions = 1 << (int)bits.Take(4);
        if (bits.IsOverrun) return false;
        if (method > 1 || samples.Length % partitions != 0 || samples.Length / partitions < order) throw Undecodable.Damaged();
        var (width, escape) = method == 0 ? (4, 15u) : (5, 31u);
        var (at, length) = (order, samples.Length / partitions);
        for (var partition = 1; partition <= partitions; partition++)
        {
            var end = partition * length;
            var parameter = bits.Take(width);
            if (parameter == escape)
            {
                var plain = (int)bits.Take(5);
                for (; at < end; at++) samples[at] = bits.Signed(plain);
            }
            else
            {
                for (; at < end && !bits.IsOverrun; at++)
                {
                    var folded = (long)bits.Zeros() << (int)parameter | bits.Take((int)parameter);
                    samples[at] = folded >> 1 ^ -(folded & 1);
                }
            }
            if (bits.IsOverrun) return false;
        }
        return true;
    }
}
