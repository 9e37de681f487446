using System.Text.Json;
using System.Text.RegularExpressions;
using Podium.Platform.Problems;

namespace Podium.Tenancy;

/// <summary>Something that a tenant asks people to agree to, in words of a version: the setting <c>consents</c>.</summary>
public sealed partial record ConsentPurpose(string Purpose, string Version, bool Required, string? Url)
{
    /// <summary>What a tenant asks for, in its order. What is no such thing is left out: settings may be older than the rules about them.</summary>
    public static IReadOnlyList<ConsentPurpose> Of(Tenant tenant) => Read(tenant.Settings, []);

    /// <summary>What is wrong with the setting, where it is in settings that somebody wants to save.</summary>
    public static IReadOnlyList<Fault> FaultsOf(JsonElement settings)
    {
        var faults = new List<Fault>();
        Read(settings, faults);
        return faults;
    }

    private static List<ConsentPurpose> Read(JsonElement settings, List<Fault> faults)
    {
        var read = new List<ConsentPurpose>();
        if (settings.ValueKind != JsonValueKind.Object || !settings.TryGetProperty("consents", out var given)) return read;
        if (given.ValueKind != JsonValueKind.Array)
        {
            faults.Add(new Fault("/settings/consents", "type", "It is a list of { purpose, version, required, url }."));
            return read;
        }
        var at = 0;
        foreach (var one in given.EnumerateArray())
        {
            var pointer = $"/settings/consents/{at++}";
            if (Of(one) is not { } purpose) faults.Add(new Fault(pointer, "form", "It has a purpose of small letters, digits and hyphens, a version of 1 to 50 characters, and may have required (true or false) and url (https)."));
            else if (read.Exists(other => other.Purpose == purpose.Purpose)) faults.Add(new Fault(pointer, "repeated", "This purpose stands there already."));
            else read.Add(purpose);
        }
        return read;
    }

    private static ConsentPurpose? Of(JsonElement one)
    {
        if (one.ValueKind != JsonValueKind.Object) return null;
        var (purpose, version, url) = (TextOf(one, "purpose"), TextOf(one, "version"), TextOf(one, "url"));
        var required = one.TryGetProperty("required", out var flag) ? flag.ValueKind : JsonValueKind.False;
        return purpose is not null && Form().IsMatch(purpose) && version is { Length: > 0 and <= 50 } && required is JsonValueKind.True or JsonValueKind.False
            && (url is null || url.StartsWith("https://", StringComparison.Ordinal))
            ? new ConsentPurpose(purpose!, version!, required == JsonValueKind.True, url)
            : null;
    }

    private static string? TextOf(JsonElement one, string name) => one.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,49}\z")]
    private static partial Regex Form();
}
