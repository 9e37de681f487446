using System.Text.Json;

namespace Podium.Tenancy;

/// <summary>A white-label client, university or exam centre.</summary>
public sealed record Tenant
{
    public required Guid Id { get; init; }

    public Guid? ParentId { get; init; }

    public required string Slug { get; init; }

    public required string Name { get; init; }

    public required string Status { get; init; }

    public required string Shard { get; init; }

    /// <summary>The first is the default.</summary>
    public required string[] Languages { get; init; }

    public required string TimeZone { get; init; }

    public required JsonElement Branding { get; init; }

    public required JsonElement Settings { get; init; }

    public required int Version { get; init; }

    public bool IsActive => Status == "active";

    /// <summary>A setting of the tenant, or its default.</summary>
    public T Setting<T>(string name, T otherwise)
    {
        if (Settings.ValueKind != JsonValueKind.Object || !Settings.TryGetProperty(name, out var value)) return otherwise;
        try
        {
            return value.Deserialize<T>(Podium.Platform.Api.Json.Options) ?? otherwise;
        }
        catch (JsonException)
        {
            // settings may be older than the rules about them
            return otherwise;
        }
    }

    /// <summary>The best of the tenant's languages for an Accept-Language header.</summary>
    public string LanguageFor(IEnumerable<string> accepted) =>
        accepted.Select(wanted => Languages.FirstOrDefault(spoken => Speaks(spoken, wanted))).FirstOrDefault(spoken => spoken is not null) ?? Languages[0];

    private static bool Speaks(string spoken, string wanted) =>
        wanted.Equals(spoken, StringComparison.OrdinalIgnoreCase) || wanted.StartsWith(spoken + "-", StringComparison.OrdinalIgnoreCase);
}
