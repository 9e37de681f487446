namespace Podium.Platform.Audio;

// A fast Fourier transform of a power of two, in place. The two parts may be two real signals: Energies tells them apart.
internal sealed class Fourier
{
    private readonly int _length;
    private readonly int[] _order;
    private readonly float[] _cosines;
    private readonly float[] _sines;

    public Fourier(int length)
    {
        _length = length;
        _order = new int[length];
        for (var i = 1; i < length; i++) _order[i] = _order[i >> 1] >> 1 | ((i & 1) == 0 ? 0 : length >> 1);
        _cosines = [.. Enumerable.Range(0, length / 2).Select(i => (float)Math.Cos(2 * Math.PI * i / length))];
        _sines = [.. Enumerable.Range(0, length / 2).Select(i => (float)-Math.Sin(2 * Math.PI * i / length))];
    }

    public void Run(Span<float> real, Span<float> imaginary)
    {
        for (var i = 0; i < _length; i++)
        {
            var j = _order[i];
            if (j <= i) continue;
            (real[i], real[j]) = (real[j], real[i]);
            (imaginary[i], imaginary[j]) = (imaginary[j], imaginary[i]);
        }
        for (var half = 1; half < _length; half *= 2)
        {
            var step = _length / (2 * half);
            for (var block = 0; block < _length; block += 2 * half)
            {
                for (var i = 0; i < half; i++)
                {
                    var (low, high) = (block + i, block + i + half);
                    var (cosine, sine) = (_cosines[i * step], _sines[i * step]);
                    var (x, y) = (real[high] * cosine - imaginary[high] * sine, real[high] * sine + imaginary[high] * cosine);
                    (real[high], imaginary[high]) = (real[low] - x, imaginary[low] - y);
                    real[low] += x;
                    imaginary[low] += y;
                }
            }
        }
    }

    /// <summary>The energies at a frequency of the two real signals that were transformed as one.</summary>
    public (float First, float Second) Energies(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, int at)
    {
        var mirror = _length - at;
        var (sum, difference) = (real[at] + real[mirror], real[at] - real[mirror]);
        var (more, less) = (imaginary[at] + imaginary[mirror], imaginary[at] - imaginary[mirror]);
        return (0.25f * (sum * sum + less * less), 0.25f * (more * more + difference * difference));
    }
}
