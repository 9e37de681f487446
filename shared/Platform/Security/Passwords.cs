using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Platform.Security;

/// <summary>What came of comparing a password with the stored one.</summary>
public enum PasswordCheck
{
    /// <summary>It is another password.</summary>
    Wrong,

    /// <summary>It is the password.</summary>
    Right,

    /// <summary>It is the password, and it should be hashed anew while it is at hand.</summary>
    RightButOutdated,
}

/// <summary>Hashes and checks passwords: PBKDF2-HMAC-SHA512 in a PHC string, over the NFKC form of the password.</summary>
public static class Passwords
{
    internal const int StandardIterations = 220_000;

    private const int MostIterations = 5_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const int LeastStoredHashBytes = 16;
    private const int MostStoredBytes = 64;
    // before normalisation, so that nobody has us normalise a book
    private const int MostCharacters = 4096;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Where a test counts the iterations of what it calls; nobody else sets it.</summary>
    internal static AsyncLocal<List<int>?> Work { get; } = new();

    /// <summary>The work factor of new hashes. A test may lower it for its process; no setting does.</summary>
    internal static int Iterations { get; set; } = StandardIterations;

    /// <summary>The string to store for a password.</summary>
    /// <exception cref="ArgumentException">The password is not Unicode text or absurdly long; <see cref="Fault"/> says so before.</exception>
    public static string Hash(string password) => Hash(password, Iterations);

    internal static string Hash(string password, int iterations)
    {
        var bytes = Prepare(password) ?? throw new ArgumentException("The password cannot be hashed.", nameof(password));
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Derive(bytes, salt, iterations, HashAlgorithmName.SHA512, HashBytes);
        return string.Create(CultureInfo.InvariantCulture, $"$pbkdf2-sha512$i={iterations}${Encode(salt)}${Encode(hash)}");
    }

    /// <summary>Compares a password with what <see cref="Hash(string)"/> stored, in constant time. A malformed stored value is never right.</summary>
    public static PasswordCheck Verify(string password, string stored) => Verify(password, stored, Iterations);

    internal static PasswordCheck Verify(string password, string stored, int iterations)
    {
        if (Parse(stored) is not { } old || Prepare(password) is not { } bytes)
        {
            Waste(password, iterations);
            return PasswordCheck.Wrong;
        }

        var hash = Derive(bytes, old.Salt, old.Iterations, old.Algorithm, old.Hash.Length);
        if (!CryptographicOperations.FixedTimeEquals(hash, old.Hash))
            return PasswordCheck.Wrong;
        var current = old.Algorithm == HashAlgorithmName.SHA512 && old.Iterations >= iterations && old.Salt.Length >= SaltBytes && old.Hash.Length >= HashBytes;
        return current ? PasswordCheck.Right : PasswordCheck.RightButOutdated;
    }

    /// <summary>Takes as long as <see cref="Verify(string, string)"/>, so that an unknown account answers no faster than a known one.</summary>
    public static void Waste(string password) => Waste(password, Iterations);

    internal static void Waste(string password, int iterations) =>
        Derive(Prepare(password) ?? [], new byte[SaltBytes], iterations, HashAlgorithmName.SHA512, HashBytes);

    // every derivation goes through here, so that a test can count what a sign-in costs
    private static byte[] Derive(byte[] password, byte[] salt, int iterations, HashAlgorithmName algorithm, int length)
    {
        Work.Value?.Add(iterations);
        return Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, algorithm, length);
    }

    /// <summary>Why a password is not acceptable, in a sentence for the person (whose e-mail address and names are <paramref name="personal"/>), or null.</summary>
    public static string? Fault(string password, IEnumerable<string> personal) => PasswordRules.Fault(Normalise(password), personal);

    private static byte[]? Prepare(string password) => Normalise(password) is { } text ? Utf8.GetBytes(text) : null;

    private static string? Normalise(string password)
    {
        if (password.Length > MostCharacters)
            return null;
        try
        {
            return password.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return null;   // half a surrogate pair
        }
    }

    private static StoredPassword? Parse(string? stored)
    {
        if (stored?.Split('$') is not ["", var name, var work, var saltText, var hashText])
            return null;
        HashAlgorithmName? algorithm = name switch
        {
            "pbkdf2-sha512" => HashAlgorithmName.SHA512,
            "pbkdf2-sha256" => HashAlgorithmName.SHA256,
            _ => null,
        };
        if (algorithm is null || !work.StartsWith("i=", StringComparison.Ordinal)
            || !int.TryParse(work.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < 1 or > MostIterations)
            return null;
        if (Decode(saltText) is not { Length: > 0 and <= MostStoredBytes } salt
            || Decode(hashText) is not { Length: >= LeastStoredHashBytes and <= MostStoredBytes } hash)
            return null;
        return new(algorithm.Value, iterations, salt, hash);
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        return Convert.TryFromBase64String(padded, bytes, out var written) && Encode(bytes[..written]) == text ? bytes[..written] : null;
    }

    private sealed record StoredPassword(HashAlgorithmName Algorithm, int Iterations, byte[] Salt, byte[] Hash);
}
