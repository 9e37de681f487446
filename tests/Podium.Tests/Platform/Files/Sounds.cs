using static Podium.Tests.Platform.Files.Bytes;

namespace Podium.Tests.Platform.Files;

// Recordings with headers as they are written, and silence or nonsense for sound.
internal static class Sounds
{
    /// <summary>Frames of 417 bytes, each 1152 samples at 44100 Hz.</summary>
    public static byte[] Mp3(int frames, bool tag = true) => Join(
        tag ? Id3(20) : [],
        Join([.. Enumerable.Repeat(Mp3Frame(), frames)]));

    public static byte[] Id3(int size) => Join(Latin("ID3"), [4, 0, 0, 0, 0, (byte)(size >> 7), (byte)(size & 0x7f)], new byte[size]);

    public static byte[] Mp3Frame() => Join([0xff, 0xfb, 0x90, 0x40], new byte[413]);

    public static byte[] Xing(int frames)
    {
        var frame = Mp3Frame();
        Join(Latin("Xing"), Big32(1), Big32(frames)).CopyTo(frame, 4 + 32);
        return frame;
    }

    public static byte[] Wav(int bytes, int rate = 8000, long? announced = null)
    {
        var body = Join(
            Latin("WAVE"), Latin("fmt "), Little32(16), Little16(1), Little16(1), Little32(rate), Little32(rate * 2), Little16(2), Little16(16),
            Latin("LIST"), Little32(4), Latin("INFO"),
            Latin("data"), Little32(announced ?? bytes), new byte[bytes]);
        return Join(Latin("RIFF"), Little32(body.Length), body);
    }

    public static byte[] Rf64(int bytes)
    {
        var body = Join(
            Latin("fmt "), Little32(16), Little16(1), Little16(2), Little32(8000), Little32(32000), Little16(4), Little16(16),
            Latin("data"), Little32(uint.MaxValue), new byte[bytes]);
        return Join(Latin("RF64"), Little32(uint.MaxValue), Latin("WAVE"), Latin("ds64"), Little32(28),
            Little64(4 + 36 + body.Length), Little64(bytes), Little64(bytes / 4), Little32(0), body);
    }

    /// <summary>Blocks of 4096 samples at 44100 Hz, 20 bytes of nonsense in each.</summary>
    public static byte[] Flac(int blocks, long? samples = null) => Join(
        Latin("fLaC"),
        [0x00, 0, 0, 34], Big16(4096), Big16(4096), new byte[6], Big64(44100L << 44 | 1L << 41 | 15L << 36 | (samples ?? blocks * 4096L)), new byte[16],
        [0x84, 0, 0, 8], new byte[8],
        Join([.. Enumerable.Range(0, blocks).Select(FlacFrame)]));

    private static byte[] FlacFrame(int number)
    {
        // 4096 samples, 44100 Hz, stereo, 16 bits
        var header = Join([0xff, 0xf8, 0xc9, 0x18], number < 0x80 ? [(byte)number] : [(byte)(0xc0 | number >> 6), (byte)(0x80 | number & 0x3f)]);
        return Join(header, [Crc8(header)], Latin("....................")[..20]);
    }

    public static byte[] Vorbis(long samples = 88200) => Join(
        Page(2, 0, 7, 0, Join(Latin("\x01vorbis"), Little32(0), [2], Little32(44100), new byte[14])),
        Page(0, 0, 7, 1, Latin("\x03vorbis comments and so on")),
        Page(0, samples / 2, 7, 2, new byte[300]),
        Page(4, samples, 7, 3, new byte[40]));

    public static byte[] Opus(long samples = 48000 * 3) => Join(
        Page(2, 0, 9, 0, Join(Latin("OpusHead"), [1, 2], Little16(312), Little32(48000), Little16(0), [0])),
        Page(0, 0, 9, 1, Latin("OpusTags")),
        Page(4, samples + 312, 9, 2, new byte[100]));

    public static byte[] Page(byte flags, long granule, int serial, int sequence, byte[] body)
    {
        var segments = Enumerable.Repeat((byte)255, body.Length / 255).Append((byte)(body.Length % 255)).ToArray();
        var page = Join(Latin("OggS"), [0, flags], Little64(granule), Little32(serial), Little32(sequence), new byte[4], [(byte)segments.Length], segments, body);
        return page.With(22, Little32(OggCrc(page)));
    }
}
