using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Podium.Platform.Security;

/// <summary>
/// Encrypts single fields for the database with AES-256-GCM. The context ("users.phone:tenant:id") is authenticated with the value,
/// so a value copied to another row or column does not open.
/// </summary>
public sealed partial class FieldCipher
{
    private const string Version = "v1";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MostDerived = 1000;

    // throws where the lenient one would quietly store U+FFFD instead of half a surrogate pair
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, byte[]> _keys;
    private readonly string _currentKey;
    private readonly byte[] _indexKey;
    private readonly ConcurrentDictionary<string, byte[]> _derived = new(StringComparer.Ordinal);

    /// <summary>Takes all keys that values may still be under, the id of the one for new values, and the key of the blind indexes, which stays.</summary>
    public FieldCipher(IReadOnlyDictionary<string, byte[]> keys, string currentKey, byte[] indexKey)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(indexKey);
        foreach (var (id, key) in keys)
        {
            if (!KeyId().IsMatch(id))
                throw new ArgumentException($"The key id '{id}' must be 1 to 32 lower-case letters, digits and dashes.", nameof(keys));
            if (key.Length != KeyBytes)
                throw new ArgumentException($"The key '{id}' must have {KeyBytes} bytes.", nameof(keys));
        }

        if (!keys.ContainsKey(currentKey))
            throw new ArgumentException($"The current key '{currentKey}' is not among the keys.", nameof(currentKey));
        if (indexKey.Length != KeyBytes)
            throw new ArgumentException($"The index key must have {KeyBytes} bytes.", nameof(indexKey));

        _keys = keys.ToDictionary(pair => pair.Key, pair => (byte[])pair.Value.Clone(), StringComparer.Ordinal);
        _currentKey = currentKey;
        _indexKey = (byte[])indexKey.Clone();
    }

    /// <summary>What every value under the current key begins with, so that a query finds the others.</summary>
    public string CurrentPrefix => $"{Version}.{_currentKey}.";

    /// <summary>The encrypted form of a text: <c>v1.keyId.base64url</c>, different each time.</summary>
    public string Encrypt(string plain, string context) => EncryptBytes(Utf8.GetBytes(plain), context);

    /// <summary>The encrypted form of bytes.</summary>
    public string EncryptBytes(byte[] plain, string context)
    {
        var box = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_keys[_currentKey], TagBytes);
        aes.Encrypt(box.AsSpan(0, NonceBytes), plain, box.AsSpan(NonceBytes, plain.Length), box.AsSpan(NonceBytes + plain.Length), Utf8.GetBytes(context));
        return $"{Version}.{_currentKey}.{Base64Url.EncodeToString(box)}";
    }

    /// <summary>The text of an encrypted value.</summary>
    /// <exception cref="CryptographicException">The key is unknown, or the value was altered or belongs elsewhere.</exception>
    public string Decrypt(string value, string context)
    {
        try
        {
            return Utf8.GetString(DecryptBytes(value, context));
        }
        catch (DecoderFallbackException)
        {
            throw new CryptographicException("The encrypted value holds bytes, not text.");
        }
    }

    /// <summary>The bytes of an encrypted value.</summary>
    /// <exception cref="CryptographicException">The key is unknown, or the value was altered or belongs elsewhere.</exception>
    public byte[] DecryptBytes(string value, string context)
    {
        if (!TrySplit(value, out var keyId, out var body) || !StrictBase64Url.TryDecode(body, out var box) || box.Length < NonceBytes + TagBytes)
            throw new CryptographicException("The value is not an encrypted field.");
        if (!_keys.TryGetValue(keyId, out var key))
            throw new CryptographicException($"The value was encrypted with the key '{keyId}', which is not here.");

        var plain = new byte[box.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, plain.Length), box.AsSpan(NonceBytes + plain.Length), plain, Utf8.GetBytes(context));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new CryptographicException("The encrypted value was altered, or belongs to another field or row.");
        }

        return plain;
    }

    /// <summary>Whether a value should be encrypted anew: it is under another key than the current one, or not encrypted at all.</summary>
    public bool NeedsRotation(string value) => !TrySplit(value, out var keyId, out _) || keyId != _currentKey;

    /// <summary>
    /// A keyed hash by which an encrypted field can be searched. Its context must name the column and tenant but not the row,
    /// and it survives the rotation of the encryption keys.
    /// </summary>
    public byte[] BlindIndex(string plain, string context)
    {
        // most hashes are of few contexts, and to derive a key costs twice what it is for
        if (!_derived.TryGetValue(context, out var key))
        {
            key = HKDF.DeriveKey(HashAlgorithmName.SHA256, _indexKey, KeyBytes, salt: [], info: Utf8.GetBytes("podium.blind-index.v1:" + context));
            if (_derived.Count >= MostDerived) _derived.Clear();
            _derived[context] = key;
        }
        return HMACSHA256.HashData(key, Utf8.GetBytes(plain));
    }

    private static bool TrySplit(string value, out string keyId, out string body)
    {
        var parts = value.Split('.');
        var split = parts.Length == 3 && parts[0] == Version && KeyId().IsMatch(parts[1]);
        (keyId, body) = split ? (parts[1], parts[2]) : ("", "");
        return split;
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,32}\z")]
    private static partial Regex KeyId();
}
