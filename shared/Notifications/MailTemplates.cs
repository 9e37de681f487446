using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;
using Podium.Platform.Api;

namespace Podium.Notifications;

/// <summary>The texts of mails, by language. A language that we do not write falls back to English.</summary>
public static partial class MailTemplates
{
    public static readonly IReadOnlyList<string> Languages = ["en", "fr", "kk", "ru"];

    private static readonly FrozenDictionary<string, FrozenDictionary<string, Template>> ByLanguage =
        Languages.ToFrozenDictionary(language => language, Load, StringComparer.OrdinalIgnoreCase);

    /// <summary>A subject and a text with placeholders such as {{name}}.</summary>
    public sealed record Template(string Subject, string Text);

    /// <summary>The names of all templates.</summary>
    public static IReadOnlyCollection<string> Names => ByLanguage["en"].Keys;

    /// <summary>The template in a language, in its parent language (pt for pt-BR), or in English; null where there is none of this name.</summary>
    public static Template? Find(string name, string language)
    {
        foreach (var spoken in new[] { language, language.Split('-')[0], "en" })
        {
            if (ByLanguage.TryGetValue(spoken, out var templates) && templates.TryGetValue(name, out var template)) return template;
        }
        return null;
    }

    /// <summary>Fills the placeholders. One that has no value is a fault of the template.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        Placeholder().Replace(text, match => values.TryGetValue(match.Groups[1].Value, out var value)
            ? value
            : throw new InvalidOperationException($"The template names {{{{{match.Groups[1].Value}}}}}, which has no value."));

    /// <summary>The names of a template's placeholders.</summary>
    public static IReadOnlySet<string> PlaceholdersOf(Template template) =>
        Placeholder().Matches(template.Subject + template.Text).Select(match => match.Groups[1].Value).ToHashSet();

    private static FrozenDictionary<string, Template> Load(string language)
    {
        using var stream = typeof(MailTemplates).Assembly.GetManifestResourceStream($"Templates/{language}.json")
            ?? throw new InvalidOperationException($"The templates of '{language}' are missing.");
        return JsonSerializer.Deserialize<Dictionary<string, Template>>(stream, Json.Options)!.ToFrozenDictionary();
    }

    [GeneratedRegex(@"\{\{([a-z]+)\}\}")]
    private static partial Regex Placeholder();
}
