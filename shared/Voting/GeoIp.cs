using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Podium.Platform.Http;

namespace Podium.Voting;

/// <summary>Where an address is, by the file that the setting GeoIp__File names; nowhere without one.</summary>
public sealed partial class GeoIp(IConfiguration configuration, TimeProvider clock, ILogger<GeoIp> log)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly string? _path = configuration["GeoIp:File"] is { Length: > 0 } path ? path : null;
    private readonly Lock _once = new();
    private GeoFile? _file;
    private DateTime _writtenAt;
    private DateTimeOffset _lookAgain = DateTimeOffset.MinValue;

    /// <summary>A country by its two letters, and what is known beyond it, in English.</summary>
    public sealed record Place(string Country, string? Region, string? City)
    {
        /// <summary>Where about that is, in degrees; absent where the file does not say.</summary>
        public (double Latitude, double Longitude)? At { get; init; }
    }

    public Place? Find(IPAddress? address)
    {
        if (_path is null || address is null || Current() is not { } file) return null;
        try
        {
            return Of(file.Find(address));
        }
        catch (InvalidDataException error)
        {
            LogDamaged(log, error, _path);
            return null;
        }
    }

    internal static Place? Of(object? found)
    {
        var country = Text(found, "country", "iso_code") ?? Text(found, "registered_country", "iso_code");
        if (country is not { Length: 2 } || !country.All(char.IsAsciiLetterUpper)) return null;
        var region = Under(found, "subdivisions") is List<object?> { Count: > 0 } parts ? Text(parts[0], "names", "en") : null;
        return new Place(country, Shorten(region), Shorten(Text(Under(found, "city"), "names", "en"))) { At = Coordinates(Under(found, "location")) };
    }

    // a file may be replaced while the app runs; a voter must not wait for a damaged one
    private GeoFile? Current()
    {
        lock (_once)
        {
            if (clock.GetUtcNow() < _lookAgain) return _file;
            _lookAgain = clock.GetUtcNow() + LookEvery;
            try
            {
                var writtenAt = File.GetLastWriteTimeUtc(_path!);
                if (_file is null || writtenAt != _writtenAt) (_file, _writtenAt) = (new GeoFile(File.ReadAllBytes(_path!)), writtenAt);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                LogDamaged(log, error, _path!);
            }
            return _file;
        }
    }

    private static string? Text(object? found, string name, string part) => Under(Under(found, name), part) as string;

    private static object? Under(object? found, string name) => (found as Dictionary<string, object?>)?.GetValueOrDefault(name);

    private static (double, double)? Coordinates(object? location) =>
        Under(location, "latitude") is double latitude and >= -90 and <= 90 && Under(location, "longitude") is double longitude and >= -180 and <= 180 ? (latitude, longitude) : null;

    private static string? Shorten(string? text) => text is { Length: > 100 } ? text[..100] : text;

    [LoggerMessage(803, LogLevel.Error, "The file '{Path}' cannot be read for places of addresses.")]
    private static partial void LogDamaged(ILogger logger, Exception error, string path);
}
