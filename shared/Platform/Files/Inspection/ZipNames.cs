using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Podium.Platform.Files;

// Where a name would lead when the archive is unpacked, on any system.
internal static class ZipNames
{
    private const int LongestShown = 80;

    /// <summary>The name, read as UTF-8, or byte by byte where an old program wrote it; null if it claims UTF-8 and is not.</summary>
    public static string? Read(ReadOnlySpan<byte> bytes, bool claimsUtf8)
    {
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        return claimsUtf8 ? null : Encoding.Latin1.GetString(bytes);
    }

    /// <summary>Why a name is dangerous, or null.</summary>
    public static string? Danger(string name)
    {
        if (name.Length == 0) return "has no name";
        if (name.AsSpan().ContainsAnyInRange('\0', '\x1f') || name.Contains('\x7f', StringComparison.Ordinal)) return "has control characters in its name";
        if (name.Contains('\\', StringComparison.Ordinal)) return "has a backslash in its name";
        if (name[0] == '/') return "has an absolute path";
        if (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0])) return "names a drive";
        foreach (var part in name.AsSpan().Split('/'))
            if (name.AsSpan(part) is "..") return "leads out of the archive";
        return null;
    }

    /// <summary>The same for names that some system would take for one file.</summary>
    public static UInt128 Key(string name) => Digest(Encoding.UTF8.GetBytes(name.TrimEnd('/').Normalize(NormalizationForm.FormC).ToUpperInvariant()));

    public static UInt128 Digest(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    /// <summary>The name as it may stand in a message.</summary>
    public static string Shown(string name)
    {
        var text = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if (text.Length >= LongestShown) return text.Append('…').ToString();
            text.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format ? new Rune('?') : rune);
        }
        return text.ToString();
    }
}
