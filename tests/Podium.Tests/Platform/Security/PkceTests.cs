using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class PkceTests
{
    [Fact]
    public void The_challenge_of_RFC_7636_comes_out() =>
        Assert.Equal("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Pkce.ChallengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));

    [Fact]
    public void A_new_verifier_is_one()
    {
        Assert.Matches("^[A-Za-z0-9_-]{43}$", Pkce.NewVerifier());
        Assert.NotEqual(Pkce.NewVerifier(), Pkce.NewVerifier());
        Assert.Matches("^[A-Za-z0-9_-]{43}$", Pkce.ChallengeOf(Pkce.NewVerifier()));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX+")]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXé")]
    public void What_is_no_verifier_is_refused(string verifier) => Assert.Throws<ArgumentException>(() => Pkce.ChallengeOf(verifier));
}
