using System.Text;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class Base32Tests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY======")]
    [InlineData("fo", "MZXQ====")]
    [InlineData("foo", "MZXW6===")]
    [InlineData("foob", "MZXW6YQ=")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI======")]
    public void The_vectors_of_RFC_4648_go_both_ways(string plain, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(plain);
        Assert.Equal(text, Base32.Encode(bytes, padded: true));
        Assert.Equal(text.TrimEnd('='), Base32.Encode(bytes));
        foreach (var form in (string[])[text, text.TrimEnd('='), text.ToLowerInvariant()])
        {
            Assert.True(Base32.TryDecode(form, out var decoded));
            Assert.Equal(bytes, decoded);
        }
    }

    [Theory]
    [InlineData("M")]
    [InlineData("MZX")]
    [InlineData("MZXW6Y")]
    [InlineData("MY=")]
    [InlineData("MY=====")]
    [InlineData("MY=======")]
    [InlineData("MZXW6YTB========")]
    [InlineData("========")]
    [InlineData("M=Y=====")]
    [InlineData("MZ======")]     // stray trailing bits
    [InlineData("MZXR====")]
    [InlineData("M1")]
    [InlineData("M0")]
    [InlineData("M8")]
    [InlineData("M Y")]
    [InlineData("MY\n")]
    [InlineData("MÄ")]
    [InlineData("Mı")]
    public void What_is_not_base_32_is_refused(string text)
    {
        Assert.False(Base32.TryDecode(text, out var bytes));
        Assert.Null(bytes);
    }

    [Fact]
    public void Any_bytes_survive()
    {
        var random = new Random(32);
        for (var length = 0; length < 100; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.True(Base32.TryDecode(Base32.Encode(bytes), out var decoded));
            Assert.Equal(bytes, decoded);
        }
    }
}
