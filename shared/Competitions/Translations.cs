using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Competitions;

/// <summary>What something is called in another language.</summary>
public sealed record Translation
{
    [StringLength(200, MinimumLength = 1), Example("Жасанды интеллект кубогы")]
    public required string Name { get; init; }

    [StringLength(20000), Example("Үш айналымнан тұратын байқау.")]
    public string Description { get; init; } = "";
}

/// <summary>Texts in several of a tenant's languages.</summary>
internal static class Translations
{
    /// <summary>Languages that the tenant does not speak.</summary>
    public static IEnumerable<Fault> FaultsOf(Tenant tenant, IEnumerable<string>? languages, string pointer) =>
        (languages ?? []).Where(language => !tenant.Languages.Contains(language))
            .Select(language => new Fault($"{pointer}/{language}", "unknown", $"The tenant speaks {string.Join(", ", tenant.Languages)}."));

    /// <summary>The text in a language, or otherwise.</summary>
    public static string In(JsonElement texts, string language, string otherwise) =>
        texts.TryGetProperty(language, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : otherwise;

    public static Translation? Of(JsonElement translations, string language) =>
        translations.TryGetProperty(language, out var found) ? found.Deserialize<Translation>(Json.Options) : null;
}
