using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Podium.Platform.Security;

/// <summary>Base64url as RFC 7515 writes it: no padding, no whitespace, and one text only for each value.</summary>
internal static class StrictBase64Url
{
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var written) == OperationStatus.Done)
        {
            Array.Resize(ref bytes, written);
            // the decoder forgives padding and whitespace; writing it again does not
            if (text.SequenceEqual(Base64Url.EncodeToString(bytes)))
                return true;
        }

        bytes = null;
        return false;
    }
}
