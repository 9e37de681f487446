using System.Buffers.Binary;
using Podium.Platform.Audio;
using Podium.Platform.Files;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Platform.Audio;

/// <summary>What our decoders make of recordings, beside what ffmpeg makes of them.</summary>
public sealed class DecoderTests
{
    // a bit of 16
    private const double Bit = 1 / 32768.0;

    [Theory]
    [InlineData("joint.mp3", 44_100)] // MPEG-1, joint stereo with drums: short blocks, middle and side, a bit reservoir
    [InlineData("wide.mp3", 48_000)] // MPEG-1, two channels, with a checksum on each frame
    [InlineData("single.mp3", 32_000)] // MPEG-1, one channel, variable bit rate
    [InlineData("low.mp3", 22_050)] // MPEG-2, joint stereo
    [InlineData("lowest.mp3", 8_000)] // MPEG-2.5, one channel
    [InlineData("directions.mp3", 44_100)] // MPEG-1 with intensity stereo
    [InlineData("mixed.mp3", 44_100)] // MPEG-1 with mixed blocks
    public async Task An_MP3_sounds_as_elsewhere(string name, int rate)
    {
        var (ours, samples) = await Fixture.DecodeAsync(Fixture.Read(name), FileKind.Mp3);
        var (most, mean, compared) = Fixture.Compare(samples, Path.ChangeExtension(name, "samples"));
        Assert.Equal(rate, ours);
        Assert.InRange(compared, 100, int.MaxValue);
        Assert.True(most < 0.5 * Bit && mean < 0.05 * Bit, $"{most / Bit} bits at most, {mean / Bit} in the mean, of {compared}");
    }

    [Theory]
    [InlineData("short.flac")] // 16 bits: constant, fixed and predicted subframes, left/side, side/right and middle/side
    [InlineData("deep.flac")] // 24 bits of which 8 are wasted
    [InlineData("full.flac")] // 32 bits
    [InlineData("many.flac")] // 8 bits, 5 channels
    [InlineData("noise.flac")] // subframes that are no smaller than what they are made from
    public async Task A_FLAC_is_exactly_what_it_was_made_from(string name)
    {
        var (_, samples) = await Fixture.DecodeAsync(Fixture.Read(name), FileKind.Flac);
        var (most, _, compared) = Fixture.Compare(samples, Path.ChangeExtension(name, "samples"));
        Assert.InRange(compared, 10, int.MaxValue);
        Assert.True(most < 1e-6, $"{most}");
    }

    // what encoders hardly ever choose: residuals as they are, of several widths, and none at all
    [Theory]
    [InlineData(6)]
    [InlineData(0)]
    public async Task A_FLAC_may_escape_from_its_codes(int width)
    {
        var random = new Random(width);
        var residuals = Enumerable.Range(0, 31).Select(_ => width == 0 ? 0 : random.Next(-(1 << (width - 1)), 1 << (width - 1))).ToArray();
        // one channel of 16 bits, 32 samples, of which each is predicted to be the one before
        var header = Bytes.Join([0xff, 0xf8, 0x69, 0x08, 0, 31]);
        var text = "0" + "001001" + "0" + Binary(100, 16) + "00" + "0000" + "1111" + Binary(width, 5) + string.Concat(residuals.Select(residual => Binary(residual, width)));
        var body = text.PadRight((text.Length + 7) / 8 * 8, '0').Chunk(8).Select(bits => Convert.ToByte(new string(bits), 2)).ToArray();
        byte[] frame = [.. header, Bytes.Crc8(header), .. body];
        byte[] file =
        [
            .. Bytes.Latin("fLaC"), 0x80, 0, 0, 34, .. Bytes.Big16(32), .. Bytes.Big16(32), .. new byte[6], .. Bytes.Big64(44100L << 44 | 15L << 36 | 32), .. new byte[16], .. frame, .. Bytes.Big16(Crc16(frame)),
        ];
        var wanted = residuals.Aggregate(new List<int> { 100 }, (samples, residual) => [.. samples, samples[^1] + residual]);
        Assert.Equal(wanted, (await Fixture.DecodeAsync(file, FileKind.Flac)).Samples.Select(sample => (int)Math.Round(sample * 32768)));
        await Assert.ThrowsAsync<Undecodable>(() => Fixture.DecodeAsync(file.With(file.Length - 1, (byte)(file[^1] ^ 1)), FileKind.Flac));
    }

    private static string Binary(int value, int width) => string.Concat(Enumerable.Range(0, width).Select(bit => (value >> (width - 1 - bit)) & 1));

    private static int Crc16(byte[] bytes)
    {
        var crc = 0;
        foreach (var octet in bytes)
        {
            crc ^= octet << 8;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x8005) & 0xffff : crc << 1;
        }
        return crc;
    }

    [Fact]
    public async Task Tags_and_the_header_of_an_encoder_are_no_sound()
    {
        var plain = await Fixture.DecodeAsync(Fixture.Read("joint.mp3"), FileKind.Mp3);
        var (_, tagged) = await Fixture.DecodeAsync([.. Sounds.Id3(300), .. Sounds.Xing(0), .. Fixture.Read("joint.mp3"), .. Bytes.Latin("TAG"), .. new byte[125]], FileKind.Mp3);
        Assert.Equal(plain.Samples, tagged);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(1, 16)]
    [InlineData(1, 24)]
    [InlineData(1, 32)]
    [InlineData(3, 32)]
    [InlineData(3, 64)]
    [InlineData(0xfffe, 24)]
    public async Task A_WAV_of_any_depth_has_the_same_samples(int tag, int bits)
    {
        var wanted = Enumerable.Range(0, 1000).Select(i => (float)Math.Sin(i * 0.1) * 0.9f).ToArray();
        var (_, samples) = await Fixture.DecodeAsync(Wav(tag, bits, wanted), FileKind.Wav);
        // the second channel is half of the first
        Assert.All(wanted.Zip(samples), pair => Assert.Equal(pair.First * 0.75, pair.Second, bits == 8 ? 0.02 : 0.0001));
        Assert.Equal(wanted.Length, samples.Length);
    }

    [Fact]
    public async Task Real_numbers_that_are_none_are_silent()
    {
        var wav = Wav(3, 32, [0.5f, float.NaN, float.PositiveInfinity, 100f]);
        var (_, samples) = await Fixture.DecodeAsync(wav, FileKind.Wav);
        Assert.Equal((float[])[0.375f, 0, 0, 1], samples);
    }

    private static byte[] Wav(int tag, int bits, float[] samples)
    {
        var (width, data) = (bits / 8, new byte[samples.Length * 2 * (bits / 8)]);
        for (var i = 0; i < samples.Length * 2; i++)
        {
            var sample = samples[i / 2] / (i % 2 + 1);
            var at = data.AsSpan(i * width);
            switch (bits)
            {
                case 8: at[0] = (byte)(128 + 127 * sample); break;
                case 16: BinaryPrimitives.WriteInt16LittleEndian(at, (short)(32767 * sample)); break;
                case 24: Bytes.Little32((int)(8388607 * sample))[..3].CopyTo(at); break;
                case 32 when tag == 3: BinaryPrimitives.WriteSingleLittleEndian(at, sample); break;
                case 32: BinaryPrimitives.WriteInt32LittleEndian(at, (int)(2147483000 * (double)sample)); break;
                default: BinaryPrimitives.WriteDoubleLittleEndian(at, sample); break;
            }
        }
        byte[] format = [.. Bytes.Little16(tag), .. Bytes.Little16(2), .. Bytes.Little32(8000), .. Bytes.Little32(8000 * 2 * width), .. Bytes.Little16(2 * width), .. Bytes.Little16(bits)];
        if (tag == 0xfffe) format = [.. format, .. Bytes.Little16(22), .. Bytes.Little16(bits), .. Bytes.Little32(3), .. Bytes.Little16(1), .. Convert.FromHexString("000000001000800000AA00389B71")];
        return Bytes.Join(Bytes.Latin("RIFF"), Bytes.Little32(20 + format.Length + data.Length), Bytes.Latin("WAVEfmt "), Bytes.Little32(format.Length), format, Bytes.Latin("data"), Bytes.Little32(data.Length), data);
    }
}
