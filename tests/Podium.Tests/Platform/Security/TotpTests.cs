using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class TotpTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(2, "359152")]
    [InlineData(3, "969429")]
    [InlineData(4, "338314")]
    [InlineData(5, "254676")]
    [InlineData(6, "287922")]
    [InlineData(7, "162583")]
    [InlineData(8, "399871")]
    [InlineData(9, "520489")]
    public void The_codes_of_RFC_4226_come_out(long counter, string code) =>
        Assert.Equal(code, Totp.CodeAt(Secret, counter, 6, HashAlgorithmName.SHA1));

    [Theory]
    [InlineData(59, "94287082", "46119246", "90693936")]
    [InlineData(1111111109, "07081804", "68084774", "25091201")]
    [InlineData(1111111111, "14050471", "67062674", "99943326")]
    [InlineData(1234567890, "89005924", "91819424", "93441116")]
    [InlineData(2000000000, "69279037", "90698825", "38618901")]
    [InlineData(20000000000, "65353130", "77737706", "47863826")]
    public void The_codes_of_RFC_6238_match(long seconds, string sha1, string sha256, string sha512)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(seconds);
        Assert.Equal(seconds / 30, Totp.Match(Secret, sha1, now, null, 8, HashAlgorithmName.SHA1));
        Assert.Equal(seconds / 30, Totp.Match(SecretOf(32), sha256, now, null, 8, HashAlgorithmName.SHA256));
        Assert.Equal(seconds / 30, Totp.Match(SecretOf(64), sha512, now, null, 8, HashAlgorithmName.SHA512));
        // six digits are the last six of eight
        Assert.Equal(seconds / 30, Totp.Match(Secret, sha1[2..], now, null));
        Assert.Null(Totp.Match(Secret, sha1, now, null));
    }

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_code_is_good_one_step_to_either_side(int drift, bool good)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_015);
        var step = Totp.StepAt(now) + drift;
        Assert.Equal(good ? step : null, Totp.Match(Secret, CodeAt(step), now, null));
    }

    [Fact]
    public void A_code_is_good_once_and_older_ones_not_after_it()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_015);
        var step = Totp.StepAt(now);

        Assert.Equal(step, Totp.Match(Secret, CodeAt(step), now, step - 1));
        Assert.Null(Totp.Match(Secret, CodeAt(step), now, step));
        Assert.Null(Totp.Match(Secret, CodeAt(step - 1), now, step));
        Assert.Equal(step + 1, Totp.Match(Secret, CodeAt(step + 1), now, step));
    }

    [Fact]
    public void At_the_beginning_of_time_no_step_is_before_the_first()
    {
        Assert.Equal(0, Totp.Match(Secret, "755224", DateTimeOffset.UnixEpoch, null));
        Assert.Null(Totp.Match(Secret, "755224", DateTimeOffset.UnixEpoch, 0));
        Assert.Equal(0, Totp.Match(Secret, "755224", DateTimeOffset.UnixEpoch.AddSeconds(-1), null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("75522")]
    [InlineData("7552244")]
    [InlineData("755 224")]
    [InlineData(" 755224")]
    [InlineData("-55224")]
    [InlineData("７５５２２４")]
    [InlineData("75522a")]
    [InlineData("755225")]
    public void What_is_not_the_code_does_not_match(string code) => Assert.Null(Totp.Match(Secret, code, DateTimeOffset.UnixEpoch, null));

    [Fact]
    public void The_URI_is_what_authenticator_apps_read()
    {
        Assert.Equal(
            "otpauth://totp/Podium%20%26%20Co:anna%2Btest%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Podium%20%26%20Co&algorithm=SHA1&digits=6&period=30",
            Totp.Uri("Podium & Co", "anna+test@example.org", Secret));
        Assert.StartsWith("otpauth://totp/A%20B:c%20d%2F%3F?secret=", Totp.Uri("A:B", "c:d/?", Secret), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_twenty_bytes_and_new_each_time()
    {
        Assert.Equal(20, Totp.NewSecret().Length);
        Assert.NotEqual(Totp.NewSecret(), Totp.NewSecret());
    }

    private static string CodeAt(long step) => Totp.CodeAt(Secret, step, 6, HashAlgorithmName.SHA1);

    private static byte[] SecretOf(int bytes) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, bytes).Select(at => (at % 10).ToString(CultureInfo.InvariantCulture))));
}
