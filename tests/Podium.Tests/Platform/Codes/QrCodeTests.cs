using System.Text;
using Podium.Platform.Codes;

namespace Podium.Tests.Platform.Codes;

public sealed class QrCodeTests
{
    // ISO/IEC 18004, annex I: the symbol of version 1-M for "01234567"
    [Fact]
    public void The_standards_own_example_has_its_codewords()
    {
        var data = QrCode.DataOf("01234567", 1, QrLevel.Medium);
        Assert.Equal("10200C566180EC11EC11EC11EC11EC11", Convert.ToHexString(data));
        Assert.Equal("A524D4C1ED36C7872C55", Convert.ToHexString(ReedSolomon.Correction(data, 10)));
    }

    // the example that Thonky's tutorial works through, version 1-M
    [Fact]
    public void Hello_world_has_its_codewords()
    {
        var data = QrCode.DataOf("HELLO WORLD", 1, QrLevel.Medium);
        Assert.Equal([32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17], data);
        Assert.Equal([196, 35, 39, 119, 235, 215, 231, 226, 93, 23], ReedSolomon.Correction(data, 10));
    }

    // ISO/IEC 18004, annexes C and D: their worked examples, and the first row of each table
    [Fact]
    public void Format_and_version_are_coded_as_the_standard_shows()
    {
        Assert.Equal(0b100000011001110, QrCode.FormatBits(QrLevel.Medium, 5));
        Assert.Equal(0x77C4, QrCode.FormatBits(QrLevel.Low, 0));
        Assert.Equal(0x5412, QrCode.FormatBits(QrLevel.Medium, 0));
        Assert.Equal(0b000111110010010100, QrCode.VersionBits(7));
        Assert.Equal(0x085BC, QrCode.VersionBits(8));
    }

    // table 7: how many bytes each version holds
    [Theory]
    [InlineData(QrLevel.Low, new[] { 17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858 })]
    [InlineData(QrLevel.Medium, new[] { 14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666 })]
    [InlineData(QrLevel.Quartile, new[] { 11, 20, 32, 46, 60, 74, 86, 108, 130, 151, 177, 203, 241, 258, 292, 322, 364, 394, 442, 482 })]
    [InlineData(QrLevel.High, new[] { 7, 14, 24, 34, 44, 58, 64, 84, 98, 119, 137, 155, 177, 194, 220, 250, 280, 310, 338, 382 })]
    public void Every_version_holds_what_the_standard_says(QrLevel level, int[] bytes)
    {
        Assert.Equal(bytes, Enumerable.Range(1, 20).Select(version => QrCode.DataCodewords(version, level) - (version < 10 ? 2 : 3)));
        foreach (var version in new[] { 1, 6, 7, 9, 10, 20 })
        {
            Assert.Equal(version, QrCode.Of(new string('a', bytes[version - 1]), level).Version);
            if (version < 20) Assert.Equal(version + 1, QrCode.Of(new string('a', bytes[version - 1] + 1), level).Version);
        }
        Assert.Throws<ArgumentException>(() => QrCode.Of(new string('a', bytes[^1] + 1), level));
    }

    [Theory]
    [InlineData("https://results.example.org/api/certificates/verification#gce/K7TQ-9MZX-2HFD", QrLevel.Medium)]
    [InlineData("Éboué, Сулейменова, Қызылорда", QrLevel.Quartile)]
    [InlineData("01234567", QrLevel.High)]
    [InlineData("HTTPS://EXAMPLE.ORG/A-1", QrLevel.Low)]
    [InlineData("A long text that needs a version of ten at least, so that its blocks are of two lengths and its version is written beside its finders: 0123456789 0123456789 0123456789 0123456789 0123456789", QrLevel.Medium)]
    public void What_was_written_is_read(string text, QrLevel level)
    {
        var code = QrCode.Of(text, level);
        Assert.Equal(text, Read(code));
        // three finders with light around them, and a timing pattern between
        foreach (var (row, column) in new[] { (0, 0), (0, code.Size - 7), (code.Size - 7, 0) })
            Assert.Equal("1111111,1000001,1011101,1011101,1011101,1000001,1111111", string.Join(',', Enumerable.Range(row, 7).Select(line => string.Concat(Enumerable.Range(column, 7).Select(place => code.IsDark(line, place) ? '1' : '0')))));
        Assert.All(Enumerable.Range(8, code.Size - 16), place => Assert.Equal((place % 2 == 0, place % 2 == 0), (code.IsDark(6, place), code.IsDark(place, 6))));
    }

    // a reader of its own: format, mask, zigzag, blocks; what it reads must be a codeword, that is, zero at every root of the generator
    private static string Read(QrCode code)
    {
        var format = Enumerable.Range(0, 15).Sum(bit => code.IsDark(bit switch { < 6 => bit, 6 => 7, 7 or 8 => 8, _ => 8 }, bit switch { < 8 => 8, 8 => 7, _ => 14 - bit }) ? 1 << bit : 0) ^ 0x5412;
        var (level, mask) = ((format >> 13) switch { 1 => QrLevel.Low, 0 => QrLevel.Medium, 3 => QrLevel.Quartile, _ => QrLevel.High }, format >> 10 & 7);
        Assert.Equal((code.Level, code.Mask), (level, mask));
        var bits = code.Path().Select(place => code.IsDark(place.Row, place.Column) ^ QrCode.Masks(mask, place.Row, place.Column)).ToList();
        var words = Enumerable.Range(0, bits.Count / 8).Select(word => (byte)Enumerable.Range(0, 8).Sum(bit => bits[(8 * word) + bit] ? 0x80 >> bit : 0)).ToArray();
        var (count, correction, total) = (QrCode.BlockCount(code.Version, level), QrCode.CorrectionOf(code.Version, level), QrCode.DataCodewords(code.Version, level));
        Assert.Equal(total + (count * correction), words.Length);
        var blocks = Enumerable.Range(0, count).Select(_ => new List<byte>()).ToArray();
        var at = 0;
        for (var place = 0; place <= total / count; place++)
        {
            for (var block = 0; block < count; block++)
            {
                if (place < (total / count) + (block >= count - (total % count) ? 1 : 0)) blocks[block].Add(words[at++]);
            }
        }
        var data = blocks.SelectMany(block => block).ToArray();
        for (var place = 0; place < correction; place++)
        {
            for (var block = 0; block < count; block++) blocks[block].Add(words[at++]);
        }
        foreach (var block in blocks)
        {
            for (var root = 0; root < correction; root++)
                Assert.Equal(0, block.Aggregate((byte)0, (value, word) => (byte)(ReedSolomon.Multiply(value, ReedSolomon.Power(root)) ^ word)));
        }
        return Decode(data, code.Version);
    }

    private static string Decode(byte[] data, int version)
    {
        var at = 0;
        int Take(int count)
        {
            var value = 0;
            for (; count > 0; count--, at++) value = (value << 1) | (data[at / 8] >> (7 - (at % 8)) & 1);
            return value;
        }
        const string Symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        var text = new StringBuilder();
        switch (Take(4))
        {
            case 1:
                for (var left = Take(version < 10 ? 10 : 12); left > 0; left -= 3) text.Append(Take(left >= 3 ? 10 : left == 2 ? 7 : 4).ToString(left >= 3 ? "000" : left == 2 ? "00" : "0", System.Globalization.CultureInfo.InvariantCulture));
                return text.ToString();
            case 2:
                for (var left = Take(version < 10 ? 9 : 11); left > 0; left -= 2)
                {
                    var pair = Take(left >= 2 ? 11 : 6);
                    if (left >= 2) text.Append(Symbols[pair / 45]);
                    text.Append(Symbols[pair % 45]);
                }
                return text.ToString();
            default:
                return Encoding.UTF8.GetString([.. Enumerable.Range(0, Take(version < 10 ? 8 : 16)).Select(_ => (byte)Take(8))]);
        }
    }
}
