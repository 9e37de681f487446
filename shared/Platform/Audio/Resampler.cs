namespace Podium.Platform.Audio;

// Brings sound of any sample rate to the one that fingerprints are made of, up to so many samples: a lowpass filter (Hann's window on a sine's), evaluated only where a sample is wanted.
// It begins where the sound does: silence ahead of it is not kept.
internal sealed class Resampler
{
    public const int Rate = 5_000;

    private const int Phases = 128;

    // what lies between the highest note that is looked at and this comes out weaker, what lies above it not at all
    private const double Cutoff = 2_500;
    private const double Slope = 1_000;

    private const float Silence = 0.003f;

    private readonly long _rate;
    private readonly int _taps;
    private readonly float[] _kernel;
    private readonly float[] _recent;
    private readonly float[] _samples;
    private int _held;
    private long _start;
    private long _next;

    public Resampler(int rate, int most)
    {
        _rate = rate;
        _samples = new float[most];
        var half = (int)Math.Ceiling(1.6 * Math.Max(rate, Rate) / Slope);
        _taps = 2 * half;
        _kernel = MakeKernel(rate, half);
        _recent = new float[_taps + 16_384];
        // the first sample stands in the middle of the filter
        _held = half;
        _start = -half;
    }

    public ReadOnlyMemory<float> Samples => _samples.AsMemory(0, Count);

    public int Count { get; private set; }

    /// <summary>Samples that came out, silence ahead of them included.</summary>
    public long Passed => _next;

    public bool IsFull => Count == _samples.Length;

    public void Add(ReadOnlySpan<float> samples)
    {
        while (!samples.IsEmpty && !IsFull)
        {
            var part = samples[..Math.Min(samples.Length, _recent.Length - _held)];
            part.CopyTo(_recent.AsSpan(_held));
            _held += part.Length;
            samples = samples[part.Length..];
            Filter();
        }
    }

    private void Filter()
    {
        long first;
        for (; !IsFull; _next++)
        {
            var position = _next * _rate;
            var phase = (int)((position % Rate * Phases + Rate / 2) / Rate);
            first = position / Rate - _taps / 2 + 1 - _start;
            if (first + _taps > _held) break;
            Keep(Dot(_recent.AsSpan((int)first, _taps), _kernel.AsSpan(phase * _taps, _taps)));
        }
        first = Math.Clamp(_next * _rate / Rate - _taps / 2 + 1 - _start, 0, _held);
        _recent.AsSpan((int)first, _held - (int)first).CopyTo(_recent);
        _held -= (int)first;
        _start += first;
    }

    private void Keep(float sample)
    {
        if (Count > 0 || Math.Abs(sample) > Silence) _samples[Count++] = sample;
    }

    private static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sum = 0f;
        for (var i = 0; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }

    private static float[] MakeKernel(int rate, int half)
    {
        var kernel = new float[(Phases + 1) * 2 * half];
        var cutoff = Math.Min(Cutoff, rate * 0.475) / rate;
        for (var phase = 0; phase <= Phases; phase++)
        {
            for (var tap = 0; tap < 2 * half; tap++)
            {
                var at = tap - half + 1 - (double)phase / Phases;
                var sine = at == 0 ? 2 * cutoff : Math.Sin(2 * Math.PI * cutoff * at) / (Math.PI * at);
                kernel[phase * 2 * half + tap] = Math.Abs(at) >= half ? 0 : (float)(sine * (0.5 + 0.5 * Math.Cos(Math.PI * at / half)));
            }
        }
        return kernel;
    }
}
