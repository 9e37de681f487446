using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class FieldCipherTests
{
    private const string Context = "users.phone:tenant:id";

    private static readonly byte[] First = Enumerable.Repeat((byte)1, 32).ToArray();
    private static readonly byte[] Second = Enumerable.Repeat((byte)2, 32).ToArray();
    private static readonly byte[] IndexKey = Enumerable.Repeat((byte)3, 32).ToArray();

    private readonly FieldCipher _cipher = new(new Dictionary<string, byte[]> { ["2026-a"] = First }, "2026-a", IndexKey);

    [Theory]
    [InlineData("")]
    [InlineData("+49 30 123456")]
    [InlineData("ünï😀\0")]
    public void A_text_survives(string plain)
    {
        var value = _cipher.Encrypt(plain, Context);

        Assert.Matches("^v1\\.2026-a\\.[A-Za-z0-9_-]+$", value);
        Assert.Equal(plain, _cipher.Decrypt(value, Context));
        Assert.NotEqual(value, _cipher.Encrypt(plain, Context));
        Assert.Equal(12 + Encoding.UTF8.GetByteCount(plain) + 16, Base64Url.DecodeFromChars(value.Split('.')[2]).Length);
    }

    [Fact]
    public void Bytes_survive_and_are_not_taken_for_text()
    {
        byte[] plain = [0, 0xff, 0xfe, 0x80];
        var value = _cipher.EncryptBytes(plain, Context);

        Assert.Equal(plain, _cipher.DecryptBytes(value, Context));
        Assert.Throws<CryptographicException>(() => _cipher.Decrypt(value, Context));
    }

    [Fact]
    public void The_value_is_AES_GCM_as_anybody_would_write_it()
    {
        var box = Base64Url.DecodeFromChars(_cipher.Encrypt("text", Context).Split('.')[2]);
        using var aes = new AesGcm(First, 16);
        var plain = new byte[4];
        aes.Decrypt(box.AsSpan(0, 12), box.AsSpan(12, 4), box.AsSpan(16), plain, Encoding.UTF8.GetBytes(Context));

        Assert.Equal("text"u8.ToArray(), plain);
    }

    [Theory]
    [InlineData("")]
    [InlineData("users.phone:tenant:other")]
    [InlineData("users.email:tenant:id")]
    [InlineData("users.phone:tenant:id ")]
    [InlineData("Users.phone:tenant:id")]
    public void A_value_does_not_open_in_another_place(string context)
    {
        var refusal = Assert.Throws<CryptographicException>(() => _cipher.Decrypt(_cipher.Encrypt("text", Context), context));
        Assert.Equal("The encrypted value was altered, or belongs to another field or row.", refusal.Message);
    }

    [Fact]
    public void A_value_altered_in_any_bit_does_not_open()
    {
        var parts = _cipher.Encrypt("text", Context).Split('.');
        var box = Base64Url.DecodeFromChars(parts[2]);
        for (var bit = 0; bit < box.Length * 8; bit++)
        {
            var altered = (byte[])box.Clone();
            altered[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.ThrowsAny<CryptographicException>(() => _cipher.Decrypt($"v1.2026-a.{Forger.Part(altered)}", Context));
        }
    }

    [Fact]
    public void What_is_no_encrypted_value_is_refused_with_a_reason()
    {
        var value = _cipher.Encrypt("text", Context);
        string[] bad = ["", "text", ".", "..", "v1..", "v1.2026-a.", "v2" + value[2..], "V1" + value[2..], value + "=", value + " ", " " + value, value + ".x", value[..30], "v1.2026_a." + value[10..], "v1." + new string('a', 33) + value[9..], value.Replace(".2026-a.", ".2026-A.", StringComparison.Ordinal)];

        Assert.All(bad, text => Assert.Equal("The value is not an encrypted field.", Assert.Throws<CryptographicException>(() => _cipher.Decrypt(text, Context)).Message));
    }

    [Fact]
    public void An_old_key_opens_and_asks_for_rotation_and_a_removed_one_is_named()
    {
        var old = _cipher.Encrypt("text", Context);
        var rotated = new FieldCipher(new Dictionary<string, byte[]> { ["2026-a"] = First, ["2026-b"] = Second }, "2026-b", IndexKey);
        Assert.Equal("text", rotated.Decrypt(old, Context));
        Assert.True(rotated.NeedsRotation(old));
        Assert.False(_cipher.NeedsRotation(old));
        Assert.True(_cipher.NeedsRotation("plain text from before"));

        var renewed = rotated.Encrypt(rotated.Decrypt(old, Context), Context);
        Assert.StartsWith("v1.2026-b.", renewed, StringComparison.Ordinal);
        Assert.False(rotated.NeedsRotation(renewed));

        var refusal = Assert.Throws<CryptographicException>(() => _cipher.Decrypt(renewed, Context));
        Assert.Equal("The value was encrypted with the key '2026-b', which is not here.", refusal.Message);
    }

    [Fact]
    public void A_key_under_another_keys_name_does_not_open()
    {
        var other = new FieldCipher(new Dictionary<string, byte[]> { ["2026-a"] = Second }, "2026-a", IndexKey);
        Assert.ThrowsAny<CryptographicException>(() => other.Decrypt(_cipher.Encrypt("text", Context), Context));
    }

    [Fact]
    public void A_blind_index_is_stable_and_tells_values_contexts_and_index_keys_apart()
    {
        var rotated = new FieldCipher(new Dictionary<string, byte[]> { ["2026-b"] = Second }, "2026-b", IndexKey);
        var otherKey = new FieldCipher(new Dictionary<string, byte[]> { ["2026-a"] = First }, "2026-a", Second);
        var index = _cipher.BlindIndex("anna@example.org", "users.email:tenant");

        Assert.Equal(32, index.Length);
        Assert.Equal(index, _cipher.BlindIndex("anna@example.org", "users.email:tenant"));
        Assert.Equal(index, rotated.BlindIndex("anna@example.org", "users.email:tenant"));
        Assert.NotEqual(index, _cipher.BlindIndex("Anna@example.org", "users.email:tenant"));
        Assert.NotEqual(index, _cipher.BlindIndex("anna@example.org", "users.email:other"));
        Assert.NotEqual(index, otherKey.BlindIndex("anna@example.org", "users.email:tenant"));
        Assert.NotEqual(_cipher.BlindIndex("b", "a"), _cipher.BlindIndex("", "ab"));
        // stored in databases: it must never come out differently
        Assert.Equal("D296CBA92471A84E64490F77AB0011AD032A0C3FC328E65C61D3DE4E7A816B65", Convert.ToHexString(index));
    }

    [Fact]
    public void Keys_changed_after_they_were_given_change_nothing()
    {
        var key = (byte[])First.Clone();
        var cipher = new FieldCipher(new Dictionary<string, byte[]> { ["a"] = key }, "a", IndexKey);
        var value = cipher.Encrypt("text", Context);
        key[0] ^= 1;

        Assert.Equal("text", cipher.Decrypt(value, Context));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("a.b")]
    [InlineData("a_b")]
    [InlineData("a\n")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_key_id_outside_its_alphabet_is_refused(string id) =>
        Assert.Throws<ArgumentException>(() => new FieldCipher(new Dictionary<string, byte[]> { [id] = First }, id, IndexKey));

    [Fact]
    public void Keys_of_another_length_and_a_missing_current_key_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new FieldCipher(new Dictionary<string, byte[]> { ["a"] = new byte[16] }, "a", IndexKey));
        Assert.Throws<ArgumentException>(() => new FieldCipher(new Dictionary<string, byte[]> { ["a"] = First }, "b", IndexKey));
        Assert.Throws<ArgumentException>(() => new FieldCipher(new Dictionary<string, byte[]> { ["a"] = First }, "a", []));
    }

    [Fact]
    public void Text_that_is_no_Unicode_is_refused_rather_than_stored_changed() =>
        Assert.ThrowsAny<ArgumentException>(() => _cipher.Encrypt("\ud800", Context));

    [Fact]
    public void One_cipher_serves_many_threads_at_once() => Parallel.For(0, 200, round =>
        Assert.Equal($"{round}", _cipher.Decrypt(_cipher.Encrypt($"{round}", $"{Context}{round}"), $"{Context}{round}")));
}
