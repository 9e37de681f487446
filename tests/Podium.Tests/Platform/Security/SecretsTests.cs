using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class SecretsTests
{
    [Fact]
    public void Tokens_are_base64url_of_as_many_bytes_as_asked_for()
    {
        Assert.Matches("^[A-Za-z0-9_-]{43}$", Secrets.NewToken());
        Assert.Matches("^[A-Za-z0-9_-]{22}$", Secrets.NewToken(16));
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => Secrets.NewToken()).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => Secrets.NewToken(8));
    }

    [Fact]
    public void A_token_is_kept_as_its_SHA_256() =>
        Assert.Equal("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", Convert.ToHexString(Secrets.HashOf("abc")));

    [Fact]
    public void Recovery_codes_are_three_groups_without_look_alikes()
    {
        var codes = Enumerable.Range(0, 1000).Select(_ => Secrets.NewRecoveryCode()).ToArray();

        Assert.All(codes, code => Assert.Matches("^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){2}$", code));
        Assert.Equal(1000, codes.Distinct().Count());
        Assert.Equal(32, codes.SelectMany(code => code.Replace("-", "", StringComparison.Ordinal)).Distinct().Count());
        Assert.All(codes, code => Assert.Equal(code, Secrets.NormaliseRecoveryCode(code)));
    }

    [Theory]
    [InlineData("K7TQ-9MZX-2HFD", "k7tq-9mzx-2hfd")]
    [InlineData(" k7tq 9mzx\t2hfd\n", "k7tq-9mzx-2hfd")]
    [InlineData("k7tq9mzx2hfd", "k7tq-9mzx-2hfd")]
    [InlineData("k7tq–9mzx—2hfd", "k7tq-9mzx-2hfd")]
    [InlineData("O0iI-lL11-oooo", "0011-1111-0000")]
    [InlineData("", "")]
    [InlineData("k7", "k7")]
    [InlineData("k7tq-9mzx-2hfd-x", "k7tq-9mzx-2hfd-x")]
    public void A_recovery_code_is_read_as_people_write_it(string written, string code) => Assert.Equal(code, Secrets.NormaliseRecoveryCode(written));

    [Fact]
    public void One_time_codes_are_digits()
    {
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Matches("^[0-9]{6}$", Secrets.NewCode(6)));
        Assert.Equal(10, Enumerable.Range(0, 100).SelectMany(_ => Secrets.NewCode(8)).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => Secrets.NewCode(3));
    }
}
