using Podium.Platform.Files;

namespace Podium.Platform.Audio;

/// <summary>MPEG-1, 2 and 2.5 layer III. A frame that cannot be decoded is silent, as in players; what stands between frames is stepped over.</summary>
internal sealed class Mp3Reader : SoundReader
{
    // how far back a frame's data may begin
    private const int Reservoir = 511;

    private readonly Content _content;
    private readonly Mp3Frame _first;
    private readonly Mp3Layout _layout;
    private readonly long _end;
    private readonly Mp3Channel[] _channels = [new(), new()];
    private readonly Mp3Spectrum[] _spectra;
    private readonly Mp3Filters[] _filters = [new(), new()];
    private readonly byte[] _data = new byte[Reservoir + Mp3Inspector.LongestFrame];
    private readonly float[] _samples = new float[2 * Mp3Channel.Lines];
    private int _kept;
    private long _forgiven;
    private long _offset;

    private Mp3Reader(Content content, Mp3Frame first, long offset, long end)
        : base(first.SampleRate)
    {
        (_content, _first, _offset, _end) = (content, first, offset, end);
        _forgiven = Math.Max(Mp3Inspector.ForgivenJunk, content.Length / 50);
        _layout = new Mp3Layout(first.Version, first.SampleRate);
        _spectra = [new Mp3Spectrum(_layout), new Mp3Spectrum(_layout)];
    }

    public static async ValueTask<Mp3Reader> OpenAsync(Content content)
    {
        var end = await Mp3Inspector.AudioEndAsync(content);
        var begin = await Mp3Inspector.SkipTagsAsync(content, 0);
        var (offset, first) = await Mp3Inspector.SyncAsync(content, begin, end, like: null, Mp3Inspector.ForgivenJunk) ?? throw Undecodable.Damaged();
        // a header for players is a frame of its own, without sound
        var isHeader = Mp3Inspector.Announced(first, await content.PeekAsync(offset, Mp3Inspector.LongestFrame)) is not null;
        return new Mp3Reader(content, first, isHeader ? offset + first.Length : offset, end);
    }

    public override async ValueTask<ReadOnlyMemory<float>> NextAsync()
    {
        while (_offset < _end)
        {
            if (Mp3Frame.Parse((await _content.PeekAsync(_offset, Mp3Frame.HeaderBytes)).Span) is { } frame && frame.IsLike(_first))
            {
                var bytes = await _content.PeekAsync(_offset, frame.Length);
                _offset += frame.Length;
                var samples = _samples.AsMemory(0, frame.Samples);
                samples.Span.Clear();
                Decode(bytes.Span, frame, samples.Span);
                return samples;
            }
            var after = await Mp3Inspector.SkipTagsAsync(_content, _offset);
            if (await Mp3Inspector.SyncAsync(_content, after, _end, _first, _forgiven) is not { } next) break;
            _forgiven -= next.Offset - after;
            _offset = next.Offset;
        }
        return default;
    }

    private void Decode(ReadOnlySpan<byte> bytes, Mp3Frame frame, Span<float> samples)
    {
        var channels = frame.Mono ? 1 : 2;
        var (isChecked, extension) = ((bytes[1] & 1) == 0, bytes[3] >> 6 == 1 ? bytes[3] >> 4 & 3 : 0);
        var side = Mp3Frame.HeaderBytes + (isChecked ? 2 : 0);
        var begin = side + frame.SideInformation;
        if (begin > bytes.Length)
        {
            Skip(channels, samples);
            return;
        }

        var head = new Bits(bytes, side * 8);
        var back = (int)head.Take(_layout.IsFirstVersion ? 9 : 8);
        head.Position += (_layout.IsFirstVersion, channels) switch { (true, 1) => 5, (true, _) => 3, (false, _) => channels };
        Span<uint> shared = stackalloc uint[2];
        for (var channel = 0; _layout.IsFirstVersion && channel < channels; channel++) shared[channel] = head.Take(4);

        bytes[begin..].CopyTo(_data.AsSpan(_kept));
        var length = _kept + bytes.Length - begin;
        var data = new Bits(_data.AsSpan(0, length), Math.Max(0, _kept - back) * 8);
        // what a first frame refers to may have been cut off with the ones before it
        var isWhole = back <= _kept;
        for (var granule = 0; granule < _layout.Granules; granule++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                _channels[channel].ReadSide(ref head, _layout);
                isWhole = isWhole && Read(ref data, channel, granule == 0 ? 0 : shared[channel], (extension & 1) != 0 && channel == 1);
                if (!isWhole) _spectra[channel].Clear();
            }
            if (isWhole && channels == 2 && extension != 0) Mp3Spectrum.Part(_spectra[0], _spectra[1], _channels[1], _layout, middle: (extension & 2) != 0, directions: (extension & 1) != 0);
            Play(channels, samples.Slice(granule * Mp3Channel.Lines, Mp3Channel.Lines));
        }

        _kept = Math.Min(Reservoir, length);
        _data.AsSpan(length - _kept, _kept).CopyTo(_data);
    }

    private bool Read(ref Bits data, int number, uint shared, bool areDirections)
    {
        var channel = _channels[number];
        var end = data.Position + channel.Bits;
        if (end > data.End) return false;
        if (_layout.IsFirstVersion) channel.ReadScales(ref data, shared);
        else channel.ReadLowScales(ref data, areDirections);
        _spectra[number].Read(ref data, end, channel);
        data.Position = end;
        return true;
    }

    private void Play(int channels, Span<float> samples)
    {
        for (var channel = 0; channel < channels; channel++)
        {
            _spectra[channel].Interleave(_channels[channel]);
            _filters[channel].Add(_spectra[channel], _channels[channel], samples, 1f / channels);
        }
        foreach (ref var sample in samples) sample = Math.Clamp(sample, -1f, 1f);
    }

    private void Skip(int channels, Span<float> samples)
    {
        for (var granule = 0; granule < _layout.Granules; granule++)
        {
            for (var channel = 0; channel < channels; channel++) _spectra[channel].Clear();
            Play(channels, samples.Slice(granule * Mp3Channel.Lines, Mp3Channel.Lines));
        }
    }
}
