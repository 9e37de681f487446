using System.Security.Cryptography;
using System.Text;

namespace Podium.Boards;

/// <summary>The boards' one script and one style sheet, as they stand in this folder; their addresses change with what they hold.</summary>
public static class BoardAssets
{
    public static readonly string Script = Read("board.js");

    public static readonly string Style = Read("board.css");

    internal static readonly string ScriptPath = $"/board/assets/board.js?v={VersionOf(Script)}";

    internal static readonly string StylePath = $"/board/assets/board.css?v={VersionOf(Style)}";

    internal const string BrandPath = "/board/assets/brand.css";

    /// <summary>The same for the same text.</summary>
    public static string VersionOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 10));

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(BoardAssets).Assembly.GetManifestResourceStream($"BoardAssets/{name}")!);
        return reader.ReadToEnd();
    }
}
