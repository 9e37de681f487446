using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class PasswordsTests
{
    private const int Few = 10;

    [Theory]
    // PBKDF2-HMAC-SHA512, as published for the inputs of RFC 6070
    [InlineData("sha512", "password", "salt", 1, "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce")]
    [InlineData("sha512", "password", "salt", 2, "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53cf76cab2868a39b9f7840edce4fef5a82be67335c77a6068e04112754f27ccf4e")]
    [InlineData("sha512", "password", "salt", 4096, "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5")]
    [InlineData("sha512", "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, "8c0511f4c6e597c6ac6315d8f0362e225f3c501495ba23b868c005174dc4ee71115b59f9e60cd9532fa33e0f75aefe30225c583a186cd82bd4daea9724a3d3b8")]
    // PBKDF2-HMAC-SHA256: RFC 7914, section 11, and again RFC 6070's inputs
    [InlineData("sha256", "passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")]
    [InlineData("sha256", "password", "salt", 4096, "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a")]
    public void Published_vectors_verify_and_are_outdated(string algorithm, string password, string salt, int iterations, string hash)
    {
        var bytes = Convert.FromHexString(hash);
        var stored = Stored(algorithm, iterations, Encoding.ASCII.GetBytes(salt), bytes);
        Assert.Equal(PasswordCheck.RightButOutdated, Passwords.Verify(password, stored, Passwords.StandardIterations));
        // the first block of a longer hash is the hash of that length
        Assert.Equal(PasswordCheck.RightButOutdated, Passwords.Verify(password, Stored(algorithm, iterations, Encoding.ASCII.GetBytes(salt), bytes[..32]), Passwords.StandardIterations));
        Assert.Equal(PasswordCheck.Wrong, Passwords.Verify(password + "!", stored, Few));
        bytes[^1] ^= 1;
        Assert.Equal(PasswordCheck.Wrong, Passwords.Verify(password, Stored(algorithm, iterations, Encoding.ASCII.GetBytes(salt), bytes), Few));
    }

    [Fact]
    public void A_hash_is_a_PHC_string_with_the_standard_work_and_a_new_salt()
    {
        Assert.Equal(220_000, Passwords.StandardIterations);
        Assert.Matches("^\\$pbkdf2-sha512\\$i=220000\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}$", Passwords.Hash("correct horse", Passwords.StandardIterations));
        Assert.StartsWith($"$pbkdf2-sha512$i={Passwords.Iterations}$", Passwords.Hash("correct horse"), StringComparison.Ordinal);
        Assert.NotEqual(Passwords.Hash("correct horse", Few), Passwords.Hash("correct horse", Few));
    }

    [Fact]
    public void The_password_is_right_and_every_other_wrong()
    {
        var stored = Passwords.Hash("correct horse", Few);
        Assert.Equal(PasswordCheck.Right, Passwords.Verify("correct horse", stored, Few));
        Assert.Equal(PasswordCheck.RightButOutdated, Passwords.Verify("correct horse", stored, Few + 1));
        Assert.Equal(PasswordCheck.Right, Passwords.Verify("correct horse", stored, Few - 1));
        foreach (var other in (string[])["", "Correct horse", "correct horse ", "correct  horse", "correct hors", "\ud800", new string('x', 5000)])
            Assert.Equal(PasswordCheck.Wrong, Passwords.Verify(other, stored, Few));
    }

    [Fact]
    public void However_a_keyboard_composes_a_letter_the_password_is_the_same()
    {
        var stored = Passwords.Hash("Pässe für ﬁnale", Few);
        Assert.Equal(PasswordCheck.Right, Passwords.Verify("Pa\u0308sse fu\u0308r finale", stored, Few));
        Assert.Equal(PasswordCheck.Wrong, Passwords.Verify("Passe fur finale", stored, Few));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$")]
    [InlineData("$$$$")]
    [InlineData("password")]
    [InlineData("$2b$12$KIXQ4e1q2w3e4r5t6y7u8uO8p9a0s1d2f3g4h5j6k7l8z9x0c1v2b")]
    [InlineData("$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha1$i=10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=10$c2FsdHNhbHRzYWx0c2FsdA$")]
    [InlineData("$pbkdf2-sha512$i=10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA")]
    [InlineData("$pbkdf2-sha512$i=10$$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=0$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=-1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i= 10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=5000001$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=2147483647$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]   // would take an hour
    [InlineData("$pbkdf2-sha512$i=99999999999$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$n=10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=10$c2FsdHNhbHRzYWx0c2FsdA==$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=10$c2FsdHNhbHRzYWx0c2FsdB$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=10$c2Fsd HNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=10$****$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$pbkdf2-sha512$i=10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA$")]
    [InlineData("x$pbkdf2-sha512$i=10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    [InlineData("$PBKDF2-SHA512$i=10$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")]
    public void A_malformed_stored_value_is_wrong_and_nothing_worse(string stored)
    {
        Assert.Equal(PasswordCheck.Wrong, Passwords.Verify("correct horse", stored, Few));
        Assert.Equal(PasswordCheck.Wrong, Passwords.Verify("", stored, Few));
    }

    [Fact]
    public void The_right_hash_written_in_any_other_way_is_wrong()
    {
        byte[] salt = [.. Enumerable.Repeat((byte)1, 16)];
        var hash = Rfc2898DeriveBytes.Pbkdf2("correct horse", salt, Few, HashAlgorithmName.SHA512, 32);
        var stored = Stored("sha512", Few, salt, hash);
        Assert.Equal(PasswordCheck.Right, Passwords.Verify("correct horse", stored, Few));

        var parts = stored.Split('$');
        string[] others =
        [
            stored + "=", stored + "$", stored + "\n", " " + stored, stored[1..], stored.Replace("sha512", "SHA512", StringComparison.Ordinal), stored.Replace("sha512", "sha256", StringComparison.Ordinal),
            stored.Replace("i=", "i=+", StringComparison.Ordinal), stored.Replace("i=", "i= ", StringComparison.Ordinal), stored.Replace("i=", "I=", StringComparison.Ordinal), stored.Replace("i=10", "i=1e1", StringComparison.Ordinal),
            stored.Replace("i=", "", StringComparison.Ordinal), $"${parts[1]}${parts[2]}${parts[3]}==${parts[4]}", $"${parts[1]}${parts[2]}${parts[3][..^1]}{(char)(parts[3][^1] + 1)}${parts[4]}",
            $"${parts[1]}${parts[2]}${parts[3].Insert(4, " ")}${parts[4]}", $"${parts[1]}${parts[2]}${parts[3]}${parts[4].Insert(4, "\n")}", $"${parts[1]}${parts[2]}${parts[4]}${parts[3]}",
            Stored("sha512", Few, salt, hash[..15]), Stored("sha512", Few, salt, []),
        ];
        Assert.All(others, other => Assert.Equal(PasswordCheck.Wrong, Passwords.Verify("correct horse", other, Few)));
        Assert.Equal(PasswordCheck.RightButOutdated, Passwords.Verify("correct horse", Stored("sha512", Few, salt, hash[..16]), Few));
    }

    [Fact]
    public void A_stored_value_cut_anywhere_is_wrong()
    {
        var stored = Passwords.Hash("correct horse", Few);
        // a shorter hash of at least 16 bytes is a prefix of the right one: weaker, not wrong
        var least = stored.LastIndexOf('$') + 1 + 22;
        for (var length = 0; length < least; length++)
            Assert.Equal(PasswordCheck.Wrong, Passwords.Verify("correct horse", stored[..length], Few));
    }

    [Fact]
    public void An_unknown_account_costs_what_a_known_one_costs()
    {
        const int Some = 20_000;
        var stored = Passwords.Hash("correct horse", Some);
        Action[] ways = [() => Passwords.Verify("another horse", stored, Some), () => Passwords.Waste("another horse", Some), () => Passwords.Verify("another horse", "", Some)];
        var fastest = new double[] { double.MaxValue, double.MaxValue, double.MaxValue };
        // in turns, and the best of each: what else the machine does falls on all of them
        for (var turn = 0; turn < 10; turn++)
        {
            for (var way = 0; way < ways.Length; way++)
            {
                var started = Stopwatch.GetTimestamp();
                ways[way]();
                fastest[way] = Math.Min(fastest[way], Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        Assert.All(fastest, time => Assert.InRange(time / fastest[0], 0.4, 2.5));
        Passwords.Waste("\ud800");
    }

    [Fact]
    public void What_cannot_be_hashed_is_said_before_and_refused()
    {
        foreach (var password in (string[])["lonely \ud83d surrogate", new string('x', 5000)])
        {
            Assert.NotNull(Passwords.Fault(password, []));
            Assert.Throws<ArgumentException>(() => Passwords.Hash(password));
        }
    }

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("vK7#pq2!Lm")]
    [InlineData("das ist ein langer Satz")]
    [InlineData("😀🎉🚀🌍🎸🍕🏆🥇🎯🎲")]
    [InlineData("83749201-love-29384756")]
    [InlineData("пароль из слов")]
    [InlineData("an Ann a day")]
    public void A_password_nobody_guesses_is_acceptable(string password) =>
        Assert.Null(Passwords.Fault(password, ["lee@example.org", "Ann Lee", "", "  "]));

    [Theory]
    [InlineData("", "at least 10")]
    [InlineData("vK7#pq2!L", "at least 10")]
    [InlineData("😀🎉🚀🌍🎸🍕🏆🥇🎯", "at least 10")]
    [InlineData("aaaaaaaaaaaa", "repeated")]
    [InlineData("AaAaAaAaAaAa", "repeated")]
    [InlineData("😀😀😀😀😀😀😀😀😀😀😀", "repeated")]
    [InlineData("1212121212", "repeated")]
    [InlineData("abc1abc1abc1", "repeated")]
    [InlineData("1234567890", "sequence")]
    [InlineData("0987654321", "sequence")]
    [InlineData("5678901234567", "sequence")]
    [InlineData("abcdefghijkl", "sequence")]
    [InlineData("zyxwvutsrqp", "sequence")]
    [InlineData("абвгдежзий", "sequence")]
    [InlineData("QwertyUiop", "sequence")]
    [InlineData("poiuytrewq", "sequence")]
    [InlineData("qwertzuiopasdf", "sequence")]
    [InlineData("1q2w3e4r5t6y", "sequence")]
    [InlineData("1QAZ2wsx3edc", "sequence")]
    [InlineData("Administrator", "first that anybody")]
    [InlineData("Password2024!", "first that anybody")]
    [InlineData("2024-Sommer!", "first that anybody")]
    [InlineData("P@ssw0rd123", "first that anybody")]
    [InlineData("ｐａｓｓｗｏｒｄ１２３", "first that anybody")]
    [InlineData("changemenow!", "first that anybody")]
    [InlineData("zaq12wsx99", "first that anybody")]
    public void A_password_everybody_guesses_is_not(string password, string reason) =>
        Assert.Contains(reason, Passwords.Fault(password, []), StringComparison.Ordinal);

    [Theory]
    [InlineData("xx-anna.schmidt-42")]
    [InlineData("AnnaSchmidt-42")]
    [InlineData("my name: SCHMIDT")]
    [InlineData("42 annas 42 cats")]
    [InlineData("die Müller Bande")]
    [InlineData("die Mu\u0308ller Bande")]
    [InlineData("hello leeng there")]
    public void A_password_with_the_persons_name_or_address_is_not(string password) =>
        Assert.Contains("your name", Passwords.Fault(password, ["Anna.Schmidt@example.org", "Anna Müller", "Lee Ng"]), StringComparison.Ordinal);

    [Fact]
    public void A_password_has_256_characters_at_most()
    {
        var text = string.Concat(Enumerable.Range(0, 64).Select(at => at.ToString("x4", CultureInfo.InvariantCulture)));
        Assert.Null(Passwords.Fault(text, []));
        Assert.Contains("at most 256", Passwords.Fault(text + "x", []), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_common_password_is_refused_one_way_or_another()
    {
        Assert.InRange(CommonPasswords.All.Count, 200, 400);
        Assert.All(CommonPasswords.All, common =>
        {
            Assert.Equal(common.Normalize(NormalizationForm.FormKC).ToLowerInvariant(), common);
            Assert.NotNull(Passwords.Fault(common.Length >= 10 ? common : common + new string('1', Math.Min(8, 10 - common.Length)) + "!!", []));
        });
    }

    private static string Stored(string algorithm, int iterations, byte[] salt, byte[] hash) =>
        $"$pbkdf2-{algorithm}$i={iterations}${Convert.ToBase64String(salt).TrimEnd('=')}${Convert.ToBase64String(hash).TrimEnd('=')}";
}
