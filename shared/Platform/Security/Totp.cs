using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Platform.Security;

/// <summary>Time-based one-time passwords (RFC 6238) as every authenticator app makes them: SHA-1, six digits, thirty seconds.</summary>
public static class Totp
{
    private const int StepSeconds = 30;
    private const int Digits = 6;
    private const int DriftSteps = 1;
    private const int SecretBytes = 20;

    /// <summary>A new shared secret.</summary>
    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretBytes);

    /// <summary>What the QR code for an authenticator app says.</summary>
    public static string Uri(string issuer, string account, byte[] secret)
    {
        // a colon divides the two in the label, so neither may hold one
        var by = System.Uri.EscapeDataString(issuer.Replace(':', ' '));
        var who = System.Uri.EscapeDataString(account.Replace(':', ' '));
        return $"otpauth://totp/{by}:{who}?secret={Base32.Encode(secret)}&issuer={by}&algorithm=SHA1&digits={Digits}&period={StepSeconds}";
    }

    /// <summary>The step whose code this is, one to either side of now and later than the last one used; null if it is none.</summary>
    public static long? Match(byte[] secret, string code, DateTimeOffset now, long? lastUsedStep) =>
        Match(secret, code, now, lastUsedStep, Digits, HashAlgorithmName.SHA1);

    internal static long? Match(byte[] secret, string code, DateTimeOffset now, long? lastUsedStep, int digits, HashAlgorithmName hash)
    {
        if (code.Length != digits || !code.All(char.IsAsciiDigit))
            return null;

        var given = Encoding.ASCII.GetBytes(code);
        var current = StepAt(now);
        long? matched = null;
        for (var step = Math.Max(0, current - DriftSteps); step <= current + DriftSteps; step++)
        {
            // no early end: of two steps with the same code the later one counts, or it could be used again
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(CodeAt(secret, step, digits, hash))))
                matched = step;
        }

        return matched > (lastUsedStep ?? -1) ? matched : null;
    }

    internal static long StepAt(DateTimeOffset now) => (long)Math.Floor(now.ToUnixTimeSeconds() / (double)StepSeconds);

    internal static string CodeAt(byte[] secret, long step, int digits, HashAlgorithmName hash)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var mac = CryptographicOperations.HmacData(hash, secret, counter);
        var truncated = BinaryPrimitives.ReadUInt32BigEndian(mac.AsSpan(mac[^1] & 0xf)) & 0x7fffffff;
        return (truncated % (long)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }
}
