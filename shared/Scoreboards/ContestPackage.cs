using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Podium.Scoreboards;

/// <summary>The lines of a feed, from the feed itself or from a package (a zip) that holds one, or the endpoints' answers as files; and the scoreboard that its maker saw at the end.</summary>
internal sealed record ContestPackage(IReadOnlyList<string> Lines, JsonElement? Scoreboard)
{
    private const long MostBytes = 96L * 1024 * 1024;

    private static readonly string[] Types = ["contest", "state", "judgement-types", "languages", "problems", "groups", "organizations", "teams", "submissions", "judgements"];

    /// <summary>It is no feed and no package.</summary>
    public sealed class UnreadablePackageException(string reason, Exception? inner = null) : Exception(reason, inner);

    public static ContestPackage Of(byte[] file)
    {
        if (!(file.Length > 4 && file[0] == 'P' && file[1] == 'K')) return new(LinesOf(file), null);
        try
        {
            using var zip = new ZipArchive(new MemoryStream(file, writable: false));
            var room = MostBytes;
            byte[]? Read(string name)
            {
                // perhaps in a folder, as such archives often are
                if (zip.Entries.Where(entry => entry.Name == name).OrderBy(entry => entry.FullName.Length).FirstOrDefault() is not { } entry) return null;
                using var opened = entry.Open();
                using var read = new MemoryStream();
                var chunk = new byte[64 * 1024];
                // what an archive says of its sizes is not believed
                for (int count; (count = opened.Read(chunk)) > 0;)
                {
                    if ((room -= count) < 0) throw new UnreadablePackageException($"Unpacked, it has more than {MostBytes / 1024 / 1024} MB.");
                    read.Write(chunk, 0, count);
                }
                return read.ToArray();
            }
            var scoreboard = Read("scoreboard.json") is { } board ? Parse(board, "scoreboard.json") : (JsonElement?)null;
            if (Read("event-feed.ndjson") is { } feed) return new(LinesOf(feed), scoreboard);
            var lines = new List<string>();
            foreach (var type in Types)
            {
                if (Read($"{type}.json") is { } part) lines.Add(JsonSerializer.Serialize(new { type, id = (string?)null, data = Parse(part, $"{type}.json") }));
            }
            return lines.Count > 0 ? new(lines, scoreboard) : throw new UnreadablePackageException("There is neither event-feed.ndjson nor contest.json in it.");
        }
        catch (InvalidDataException fault)
        {
            throw new UnreadablePackageException("The archive is damaged.", fault);
        }
    }

    private static List<string> LinesOf(byte[] feed) => feed.LongLength > MostBytes
        ? throw new UnreadablePackageException($"It has more than {MostBytes / 1024 / 1024} MB.")
        : [.. Encoding.UTF8.GetString(feed).TrimStart('\uFEFF').Split('\n').Select(line => line.TrimEnd('\r'))];

    private static JsonElement Parse(byte[] json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(json);
        }
        catch (JsonException fault)
        {
            throw new UnreadablePackageException($"{name}, line {fault.LineNumber + 1}: it is not JSON.", fault);
        }
    }
}
