using System.Text.Json;
using Podium.Platform.Api;

namespace Podium.Platform.Live;

/// <summary>One thing that watchers are told, as it goes over the line.</summary>
public sealed record LiveEvent
{
    private LiveEvent(string name, string? id, string data, bool isState)
    {
        // a line break would end the field and begin another
        if (name.AsSpan().ContainsAny('\r', '\n') || id.AsSpan().ContainsAny('\r', '\n', '\0')) throw new ArgumentException("A name and an id are one line.");
        (Name, Id, Data, IsState) = (name, id, data, isState);
    }

    public string Name { get; }

    /// <summary>Its place in the source; the client sends the last one back as Last-Event-ID.</summary>
    public string? Id { get; }

    /// <summary>One line of JSON.</summary>
    public string Data { get; }

    public bool IsState { get; }

    /// <summary>
    /// How things stand. It takes the place of what was said before under this name: whoever comes is told it at once, whoever is slow hears only the newest,
    /// and nobody hears it twice. With an id (a version), who names it as Last-Event-ID is not told it again.
    /// </summary>
    public static LiveEvent State<T>(string name, T data, string? id = null) => new(name, id, JsonSerializer.Serialize(data, Json.Options), isState: true);

    /// <summary>One of a row: everybody who is there hears each, once, and whoever comes back with a Last-Event-ID hears those that came after.</summary>
    public static LiveEvent Entry<T>(string name, string id, T data) => new(name, id, JsonSerializer.Serialize(data, Json.Options), isState: false);
}
