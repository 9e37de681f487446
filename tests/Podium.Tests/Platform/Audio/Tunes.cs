using System.Buffers.Binary;
using System.Text;

namespace Podium.Tests.Platform.Audio;

/// <summary>
/// Music for tests and measurements, made here: a lead voice with vibrato and breath, chords, a bass, drums and an echo, all of them by a seed. The same arrangement under another seed is another song by the same
/// band: same tempo, chords and drums, another melody.
/// </summary>
internal sealed class Tunes(int seed, int arrangement, int rate = 44_100)
{
    private static readonly int[][] Progressions = [[0, 5, 3, 4], [0, 3, 4, 3], [5, 3, 0, 4], [0, 4, 5, 3], [0, 2, 3, 4], [5, 4, 3, 4]];
    private static readonly int[] Major = [0, 2, 4, 5, 7, 9, 11], Minor = [0, 2, 3, 5, 7, 8, 10];

    public int Rate => rate;

    public Tunes(int seed)
        : this(seed, seed)
    {
    }

    /// <summary>Left and right.</summary>
    public (float[] Left, float[] Right) Play(double seconds)
    {
        var length = (int)(seconds * rate);
        var (left, right) = (new float[length], new float[length]);
        var (band, melody) = (new Random(arrangement * 7919 + 17), new Random(seed * 104_729 + 71));
        var beat = 60.0 / band.Next(84, 140);
        var scale = band.Next(2) == 0 ? Major : Minor;
        var root = 40 + band.Next(12);
        var progression = Progressions[band.Next(Progressions.Length)];
        var bright = 0.3 + 0.5 * band.NextDouble();
        var note = 7;
        for (var at = 0; at * beat < seconds; at++)
        {
            var begin = at * beat;
            var (chord, inBar, bar) = (progression[at / 4 % 4], at % 4, at / 4);
            if (inBar == 0)
            {
                for (var third = 0; third < 3; third++) Voice(left, right, begin, beat * 4, Pitch(root + 12, scale, chord + 2 * third), 0.05, bright * 0.6, 0.2 * third - 0.2, attack: 0.08, vibrato: 0, decay: 0.4);
            }
            if (inBar is 0 or 2 || band.Next(3) == 0) Voice(left, right, begin, beat, Pitch(root - 12, scale, chord), 0.16, 0.5, 0, attack: 0.01, vibrato: 0, decay: 2);
            Drum(left, right, begin, inBar % 2 == 0 ? 60 : 190, inBar % 2 == 0 ? 0.25 : 0.12, band);
            if (bar % 8 != 7) Drum(left, right, begin + beat / 2, 0, 0.05, band);
            // the melody goes its own way, and rests
            for (var part = 0.0; part < 1;)
            {
                var share = melody.Next(4) switch { 0 => 0.5, 1 => 0.25, _ => 1.0 };
                if (melody.Next(6) > 0)
                {
                    note = Math.Clamp(note + melody.Next(-3, 4), 2, 14);
                    Voice(left, right, begin + part * beat, beat * share * 0.95, Pitch(root + 12, scale, note), 0.17, bright, 0.1, attack: 0.02, vibrato: 0.006, decay: 0.8);
                }
                part += share;
            }
        }
        Echo(left, right);
        return (left, right);
    }

    private static double Pitch(int root, int[] scale, int step) => 440 * Math.Pow(2, (root + 12 * (step / 7) + scale[step % 7] - 69) / 12.0);

    private void Voice(float[] left, float[] right, double begin, double seconds, double frequency, double loudness, double bright, double side, double attack, double vibrato, double decay)
    {
        var (first, count) = ((int)(begin * rate), (int)((seconds + 0.05) * rate));
        var phase = 0.0;
        for (var i = 0; i < count && first + i < left.Length; i++)
        {
            var time = (double)i / rate;
            phase += 2 * Math.PI * frequency * (1 + vibrato * Math.Sin(2 * Math.PI * 5.3 * time)) / rate;
            var shape = Math.Min(1, time / attack) * Math.Exp(-decay * time) * Math.Clamp((seconds + 0.05 - time) / 0.05, 0, 1);
            var (sine, cosine) = Math.SinCos(phase);
            // harmonics by their recurrence, each weaker than the one before
            var (sample, weight, last, now) = (0.0, 1.0, 0.0, sine);
            for (var harmonic = 1; harmonic <= 8 && harmonic * frequency < rate * 0.45; harmonic++)
            {
                sample += weight * now;
                weight *= bright;
                (last, now) = (now, 2 * cosine * now - last);
            }
            var value = sample * shape * loudness;
            left[first + i] += (float)(value * (1 - side));
            right[first + i] += (float)(value * (1 + side));
        }
    }

    private void Drum(float[] left, float[] right, double begin, double frequency, double loudness, Random random)
    {
        var (first, count) = ((int)(begin * rate), (int)(0.2 * rate));
        // always as many random numbers, so that a song's drums do not depend on its end
        var noise = new Random(random.Next());
        for (var i = 0; i < count && first + i < left.Length; i++)
        {
            var time = (double)i / rate;
            var value = frequency > 0 ? Math.Sin(2 * Math.PI * frequency * time * (1 - time)) * Math.Exp(-18 * time) + 0.4 * (noise.NextDouble() - 0.5) * Math.Exp(-40 * time) : (noise.NextDouble() - 0.5) * Math.Exp(-60 * time);
            left[first + i] += (float)(value * loudness);
            right[first + i] += (float)(value * loudness);
        }
    }

    private void Echo(float[] left, float[] right)
    {
        var (one, other) = ((int)(0.113 * rate), (int)(0.171 * rate));
        for (var i = other; i < left.Length; i++)
        {
            left[i] += 0.3f * right[i - one];
            right[i] += 0.25f * left[i - other];
        }
        var loudest = Math.Max(left.Max(Math.Abs), right.Max(Math.Abs));
        for (var i = 0; i < left.Length; i++) (left[i], right[i]) = (left[i] * 0.8f / loudest, right[i] * 0.8f / loudest);
    }

    /// <summary>As a WAV of 16 bits and two channels.</summary>
    public byte[] Wav(double seconds, double volume = 1)
    {
        var (left, right) = Play(seconds);
        var wav = new byte[44 + 4 * left.Length];
        Encoding.ASCII.GetBytes("RIFF").CopyTo(wav, 0);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        Encoding.ASCII.GetBytes("WAVEfmt ").CopyTo(wav, 8);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 2);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), rate * 4);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 4);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        Encoding.ASCII.GetBytes("data").CopyTo(wav, 36);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), 4 * left.Length);
        for (var i = 0; i < left.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + 4 * i), (short)Math.Round(left[i] * volume * 32767));
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(46 + 4 * i), (short)Math.Round(right[i] * volume * 32767));
        }
        return wav;
    }
}
