using System.Text.Json;
using Podium.Platform.Problems;

namespace Podium.Tenancy;

/// <summary>The form of a tenant's settings. What front-ends keep there beside those that we know is theirs.</summary>
public static class TenantSettings
{
    private static readonly (string Name, string Form, Func<JsonElement, bool> IsRight)[] Known =
    [
        ("siteUrl", "It is text.", value => value.ValueKind == JsonValueKind.String),
        ("signInRedirects", "It is a list of texts.", value => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)),
        ("reviewChallenges", "It is true or false.", IsBoolean),
        ("encryptPracticeCode", "It is true or false.", IsBoolean),
    ];

    /// <summary>What is wrong with settings that somebody wants to save.</summary>
    public static IReadOnlyList<Fault> FaultsOf(JsonElement? wanted)
    {
        if (wanted is not { } settings) return [];
        if (settings.ValueKind != JsonValueKind.Object) return [new Fault("/settings", "type", "They are an object.")];
        return
        [
            .. Known.Where(known => settings.TryGetProperty(known.Name, out var value) && value.ValueKind != JsonValueKind.Null && !known.IsRight(value)).Select(known => new Fault($"/settings/{known.Name}", "type", known.Form)),
            .. ConsentPurpose.FaultsOf(settings),
        ];
    }

    private static bool IsBoolean(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;
}
