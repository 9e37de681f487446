using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Podium.Platform.Api;

namespace Podium.Boards;

/// <summary>The words of boards in one language.</summary>
public sealed class BoardWords
{
    public static readonly IReadOnlyList<string> Languages = ["en", "fr", "kk", "ru"];

    private static readonly FrozenDictionary<string, BoardWords> ByLanguage = Languages.ToFrozenDictionary(language => language, language => new BoardWords(language), StringComparer.OrdinalIgnoreCase);

    private readonly FrozenDictionary<string, string> _words;

    private BoardWords(string language)
    {
        Language = language;
        Culture = CultureInfo.GetCultureInfo(language);
        using var stream = typeof(BoardWords).Assembly.GetManifestResourceStream($"BoardWords/{language}.json") ?? throw new InvalidOperationException($"The boards' words in '{language}' are missing.");
        _words = JsonSerializer.Deserialize<Dictionary<string, string>>(stream, Json.Options)!.ToFrozenDictionary();
    }

    public string Language { get; }

    public CultureInfo Culture { get; }

    public IEnumerable<string> Keys => _words.Keys;

    public string this[string key] => _words[key];

    /// <summary>Words with their <c>{0}</c>, <c>{1}</c> … filled.</summary>
    public string Say(string key, params object[] values) => string.Format(Culture, _words[key], values);

    /// <summary>In a language that is asked for by name, else the first that is accepted, else the tenant's own, else English.</summary>
    public static BoardWords For(string? wanted, IEnumerable<string> accepted, IEnumerable<string> spoken) =>
        (wanted is null ? [] : new[] { wanted }).Concat(accepted).Concat(spoken).Select(Find).FirstOrDefault(words => words is not null) ?? ByLanguage["en"];

    private static BoardWords? Find(string language) => ByLanguage.GetValueOrDefault(language.Split('-')[0]);
}
