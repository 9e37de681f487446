using System.Text;
using System.Text.Json;

namespace Podium.Platform.Files;

// Whether a text that begins as JSON is JSON to its end.
internal sealed class JsonShape
{
    private const int LongestToken = 1 << 18;
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private byte[] _bytes = [];
    private int _length;
    private JsonReaderState _state = new(Options);
    private bool? _begun;

    /// <summary>What is wrong with a text that began as JSON.</summary>
    public string? Fault { get; private set; }

    public void Feed(ReadOnlySpan<char> part)
    {
        _begun ??= part.TrimStart() is ['{' or '[', ..];
        if (_begun == false || Fault is not null) return;
        if (_bytes.Length == 0) _bytes = new byte[1 << 17];
        while (!part.IsEmpty && Fault is null)
        {
            if (_bytes.Length - _length < 1 << 10) Grow();
            if (Fault is not null) return;
            _encoder.Convert(part, _bytes.AsSpan(_length), flush: false, out var used, out var made, out _);
            _length += made;
            part = part[used..];
            Read(final: false);
        }
    }

    public bool Complete()
    {
        if (_begun != true || Fault is not null) return false;
        Read(final: true);
        return Fault is null;
    }

    private void Read(bool final)
    {
        try
        {
            var reader = new Utf8JsonReader(_bytes.AsSpan(0, _length), final, _state);
            while (reader.Read())
            {
            }
            var used = (int)reader.BytesConsumed;
            _state = reader.CurrentState;
            _bytes.AsSpan(used, _length - used).CopyTo(_bytes);
            _length -= used;
        }
        catch (JsonException error)
        {
            Fault = $"The JSON is not valid at line {error.LineNumber + 1}.";
        }
    }

    private void Grow()
    {
        if (_bytes.Length >= LongestToken) Fault = "The JSON has a value that is too long to check.";
        else Array.Resize(ref _bytes, _bytes.Length * 2);
    }
}
