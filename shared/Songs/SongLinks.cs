using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Podium.Songs;

/// <summary>Links to recordings on YouTube and SoundCloud, known by their form alone: nothing is fetched.</summary>
public static partial class SongLinks
{
    /// <summary>The link as the service itself writes it, without what says where it was found; null where it is none.</summary>
    public static string? Normal(string? link)
    {
        // a pattern's end lets a line break pass
        if (link is null || link.AsSpan().ContainsAny('\r', '\n')) return null;
        if (YouTube().Match(link) is { Success: true } video) return $"https://www.youtube.com/watch?v={(video.Groups["id"].Success ? video.Groups["id"].Value : video.Groups["short"].Value)}";
        return SoundCloud().Match(link) is { Success: true } track ? $"https://soundcloud.com/{track.Groups["artist"].Value.ToLowerInvariant()}/{track.Groups["track"].Value.ToLowerInvariant()}" : null;
    }

    [GeneratedRegex(@"^https://(?:(?:www\.|m\.|music\.)?youtube\.com/(?:watch\?(?:[\w%=-]+&)*v=(?<id>[\w-]{11})(?:&[\w%=&.-]*)?|shorts/(?<id>[\w-]{11})(?:\?[\w%=&.-]*)?)|youtu\.be/(?<short>[\w-]{11})(?:\?[\w%=&.-]*)?)$", RegexOptions.ECMAScript | RegexOptions.IgnoreCase)]
    private static partial Regex YouTube();

    [GeneratedRegex(@"^https://(?:www\.|m\.)?soundcloud\.com/(?<artist>[a-z0-9_-]{1,100})/(?<track>[a-z0-9_-]{1,200})(?:\?[\w%=&.-]*)?$", RegexOptions.ECMAScript | RegexOptions.IgnoreCase)]
    private static partial Regex SoundCloud();
}

/// <summary>A link that <see cref="SongLinks"/> knows.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SongLinkAttribute : ValidationAttribute
{
    public SongLinkAttribute() => ErrorMessage = "A link to one recording on YouTube or SoundCloud, beginning with https://.";

    public override bool IsValid(object? value) => value is not string link || SongLinks.Normal(link) is not null;
}
