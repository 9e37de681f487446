using System.Text;

namespace Podium.Emulator.Mail;

/// <summary>Cuts a multipart body at its boundary.</summary>
internal static class Multipart
{
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> body, string boundary)
    {
        var octets = body.Span;
        var delimiter = Encoding.UTF8.GetBytes("--" + boundary);
        var parts = new List<ReadOnlyMemory<byte>>();
        var start = -1;
        for (var at = 0; at < octets.Length;)
        {
            var end = octets[at..].IndexOf((byte)'\n');
            var next = end < 0 ? octets.Length : at + end + 1;
            var line = octets[at..next].TrimEnd(" \t\r\n"u8);
            var last = line.EndsWith("--"u8) && line[..^2].SequenceEqual(delimiter);
            if (last || line.SequenceEqual(delimiter))
            {
                if (start >= 0) parts.Add(body[start..BeforeLineEnd(octets, start, at)]);
                if (last) return parts;
                start = next;
            }
            at = next;
        }
        if (start >= 0) parts.Add(body[start..]); // cut off on the way
        return parts;
    }

    // the line end before a boundary belongs to the boundary
    private static int BeforeLineEnd(ReadOnlySpan<byte> octets, int start, int end)
    {
        if (end > start && octets[end - 1] == '\n') end--;
        if (end > start && octets[end - 1] == '\r') end--;
        return end;
    }
}
