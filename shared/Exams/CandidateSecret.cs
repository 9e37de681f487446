using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Exams;

/// <summary>
/// What opens a candidate's result besides the number: sixty random bits, of which a keyed hash is kept. Sixty bits need no slow hash: without our key nobody can try them
/// against the table, and with the app in between they are tried a few times a minute. A slow hash would cost the day of results its rate instead.
/// </summary>
public sealed class CandidateSecret(FieldCipher cipher, Cache cache)
{
    // one derivation for the life of the process; every session has its own part in what is hashed
    private readonly byte[] _key = cipher.BlindIndex("exam candidates' secrets", "exam_candidates.secret");

    public static string New() => Podium.Platform.Security.Secrets.NewRecoveryCode();

    /// <summary>Whatever the case, blanks, dashes and look-alikes are that somebody typed.</summary>
    public byte[] HashOf(Guid tenantId, Guid sessionId, string number, string secret) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{tenantId:N}{sessionId:N}{number}\n{Podium.Platform.Security.Secrets.NormaliseRecoveryCode(secret)}"));

    /// <summary>Lets every instance forget what it remembers of a session's lookups.</summary>
    public Task ForgetAsync(Session session, Guid sessionId) => cache.InvalidateAsync(session, KeyOf(sessionId) + "*");

    internal static string KeyOf(Guid sessionId) => $"exam:session:{sessionId:N}";
}
