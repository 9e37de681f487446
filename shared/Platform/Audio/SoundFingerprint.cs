using System.Buffers.Binary;
using System.Numerics;

namespace Podium.Platform.Audio;

/// <summary>
/// How a recording sounds, in 32 bits for each 12.8 ms, after Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System" (2002): whether the energy falls or rises from one band of
/// frequencies to the next, compared with a moment before. Formats, bit rates, sample rates and volumes change few of the bits; another recording agrees in half of them, as coins do.
/// </summary>
public sealed class SoundFingerprint
{
    /// <summary>Moments between those that are kept for comparisons. The recording that is compared has all of them, so that any alignment is found.</summary>
    public const int Stride = 4;

    /// <summary>Moments a second.</summary>
    public const double Rate = (double)Resampler.Rate / Hop;

    /// <summary>Bits that differ, of all that are compared: from here on two recordings are not the same.</summary>
    public const double Threshold = 0.25;

    private const int Bands = 33;
    private const int Frame = 2048;
    private const int Hop = 64;
    private const double Lowest = 300, Highest = 2_000;

    // how long before a moment the one is that it is compared with
    private const int Lag = 8;

    // moments so much weaker than the loudest are silent; their bits would be noise
    private const float Faint = 1e-5f;

    private const int Landmarks = 96;

    private static readonly Fourier Transform = new(Frame);
    private static readonly float[] Window = [.. Enumerable.Range(0, Frame).Select(i => (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / Frame)))];
    private static readonly int[] Borders = [.. Enumerable.Range(0, Bands + 1).Select(i => (int)Math.Round(Lowest * Math.Pow(Highest / Lowest, (double)i / Bands) * Frame / Resampler.Rate))];

    private readonly uint[] _moments;
    private readonly float[] _firmness;

    private SoundFingerprint(uint[] moments, float[] firmness) => (_moments, _firmness) = (moments, firmness);

    /// <summary>All moments. Zero is one that is not compared.</summary>
    public ReadOnlySpan<uint> Moments => _moments;

    /// <summary>How many moments were not silent.</summary>
    public int Heard => _moments.Length - _moments.Count(moment => moment == 0);

    internal static SoundFingerprint Of(ReadOnlySpan<float> samples)
    {
        var frames = Math.Max(0, (samples.Length - Frame) / Hop + 1);
        var energies = new float[frames * Bands];
        Span<float> real = stackalloc float[Frame], imaginary = stackalloc float[Frame];
        for (var frame = 0; frame < frames; frame += 2)
        {
            var second = Math.Min(frame + 1, frames - 1);
            for (var i = 0; i < Frame; i++) (real[i], imaginary[i]) = (samples[frame * Hop + i] * Window[i], samples[second * Hop + i] * Window[i]);
            Transform.Run(real, imaginary);
            for (var band = 0; band < Bands; band++)
            {
                var (first, next) = (0f, 0f);
                for (var at = Borders[band]; at < Borders[band + 1]; at++)
                {
                    var (one, other) = Transform.Energies(real, imaginary, at);
                    (first, next) = (first + one, next + other);
                }
                energies[second * Bands + band] = next;
                energies[frame * Bands + band] = first;
            }
        }
        return Of(energies, frames);
    }

    private static SoundFingerprint Of(float[] energies, int frames)
    {
        var sums = new float[frames];
        for (var frame = 0; frame < frames; frame++) sums[frame] = Sum(energies.AsSpan(frame * Bands, Bands));
        var faint = frames == 0 ? 0 : sums.Max() * Faint;
        var (moments, firmness) = (new uint[Math.Max(0, frames - Lag)], new float[Math.Max(0, frames - Lag)]);
        for (var at = 0; at < moments.Length; at++)
        {
            if (sums[at] <= faint || sums[at + Lag] <= faint) continue;
            (moments[at], firmness[at]) = Compare(energies.AsSpan(at * Bands, Bands), energies.AsSpan((at + Lag) * Bands, Bands));
        }
        return new SoundFingerprint(moments, firmness);
    }

    // the bits, and how far the one that is nearest to turning over is from it
    private static (uint Bits, float Firmness) Compare(ReadOnlySpan<float> before, ReadOnlySpan<float> now)
    {
        var (bits, firmness) = (0u, float.MaxValue);
        for (var band = 0; band < Bands - 1; band++)
        {
            var difference = now[band] - now[band + 1] - before[band] + before[band + 1];
            bits = bits << 1 | (difference > 0 ? 1u : 0);
            firmness = Math.Min(firmness, Math.Abs(difference) / (now[band] + now[band + 1] + before[band] + before[band + 1] + float.Epsilon));
        }
        return (bits, firmness);
    }

    private static float Sum(ReadOnlySpan<float> values)
    {
        var sum = 0f;
        foreach (var value in values) sum += value;
        return sum;
    }

    /// <summary>What is kept: every fourth moment, in bytes.</summary>
    public byte[] Pack()
    {
        var packed = new byte[(_moments.Length + Stride - 1) / Stride * sizeof(uint)];
        for (var i = 0; i * sizeof(uint) < packed.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(packed.AsSpan(i * sizeof(uint)), _moments[i * Stride]);
        return packed;
    }

    /// <summary>The moments by which a recording is looked up: of equal parts of it the firmest each, which other encodings leave as they are.</summary>
    public IReadOnlyList<(uint Moment, int At)> Marks()
    {
        var marks = new List<(uint, int)>();
        for (var part = 0; part < Landmarks; part++)
        {
            var (from, until) = ((int)((long)part * _moments.Length / Landmarks), (int)((long)(part + 1) * _moments.Length / Landmarks));
            var best = -1;
            for (var at = from; at < until; at++)
            {
                if (_moments[at] != 0 && (best < 0 || _firmness[at] > _firmness[best])) best = at;
            }
            if (best >= 0) marks.Add((_moments[best], best));
        }
        return marks;
    }

    /// <summary>The moments to look for among others' marks: all, but once where the same one lasts.</summary>
    public IReadOnlyList<(uint Moment, int At)> Wanted()
    {
        var wanted = new List<(uint, int)>();
        for (var at = 0; at < _moments.Length; at++)
        {
            if (_moments[at] != 0 && (at == 0 || _moments[at] != _moments[at - 1])) wanted.Add((_moments[at], at));
        }
        return wanted;
    }

    /// <summary>1 where no bit differs, 0 where half of them do, which is chance.</summary>
    public static decimal Likeness(double distance) => Math.Round(Math.Max(0, 1 - 2 * (decimal)distance), 2);

    /// <summary>The share of bits that differ from what is kept of another recording, which began so many moments after this one; null where too little of them lies side by side.</summary>
    public double? Distance(ReadOnlySpan<byte> packed, int after)
    {
        var (differing, compared) = (0L, 0);
        for (var i = 0; i * sizeof(uint) < packed.Length; i++)
        {
            var at = i * Stride + after;
            if (at < 0) continue;
            if (at >= _moments.Length) break;
            var (mine, theirs) = (_moments[at], BinaryPrimitives.ReadUInt32LittleEndian(packed[(i * sizeof(uint))..]));
            if (mine == 0 || theirs == 0) continue;
            differing += BitOperations.PopCount(mine ^ theirs);
            compared++;
        }
        var shorter = Math.Min(_moments.Length / Stride, packed.Length / sizeof(uint));
        return compared * 2 < shorter || compared == 0 ? null : differing / (32.0 * compared);
    }
}
