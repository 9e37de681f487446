using System.Net;
using Podium.Platform.Http;
using Podium.Voting;

namespace Podium.Tests.Platform;

/// <summary>Files that say where addresses are.</summary>
public sealed class GeoFileTests
{
    [Theory, InlineData(24), InlineData(28), InlineData(32)]
    public void Addresses_are_found_by_the_network_that_holds_them(int recordBits)
    {
        var file = new GeoFile(GeoFileWriter.Write(
            recordBits,
            ("203.0.113.0/25", GeoFileWriter.City("KZ", "Almaty Region", "Алматы")),
            ("203.0.113.128/25", GeoFileWriter.City("FR")),
            ("2001:db8::/32", GeoFileWriter.City("US", new string('x', 60), "Chicago"))));

        Assert.Equal(new GeoIp.Place("KZ", "Almaty Region", "Алматы"), GeoIp.Of(file.Find(IPAddress.Parse("203.0.113.7"))));
        Assert.Equal(new GeoIp.Place("KZ", "Almaty Region", "Алматы"), GeoIp.Of(file.Find(IPAddress.Parse("::ffff:203.0.113.127"))));
        Assert.Equal(new GeoIp.Place("FR", null, null), GeoIp.Of(file.Find(IPAddress.Parse("203.0.113.128"))));
        Assert.Equal(new GeoIp.Place("US", new string('x', 60), "Chicago"), GeoIp.Of(file.Find(IPAddress.Parse("2001:db8:1::1"))));
        Assert.Null(file.Find(IPAddress.Parse("198.51.100.1")));
        Assert.Null(file.Find(IPAddress.Parse("2001:db9::1")));
        Assert.Equal(2023, file.BuiltAt.Year);
    }

    [Fact]
    public void A_damaged_file_is_refused_and_never_reads_beyond_itself()
    {
        var sound = GeoFileWriter.Write(28, ("203.0.113.0/24", GeoFileWriter.City("KZ", "Almaty Region", "Almaty")), ("2001:db8::/32", GeoFileWriter.City("US")));
        var random = new Random(4);
        var refused = 0;
        Assert.Throws<InvalidDataException>(() => new GeoFile([]));
        Assert.Throws<InvalidDataException>(() => new GeoFile(sound[..^60]));
        for (var round = 0; round < 3000; round++)
        {
            var bad = sound.ToArray();
            for (var i = 0; i < 3; i++) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                _ = GeoIp.Of(new GeoFile(bad).Find(IPAddress.Parse("203.0.113.9")));
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 100, 2990);
    }

    [Fact]
    public void A_value_that_points_at_itself_is_refused()
    {
        var bytes = GeoFileWriter.Write(24, ("203.0.113.0/24", new Dictionary<string, object> { ["aa"] = "bb" }));
        // the text bb becomes a pointer to the map that holds it
        var at = bytes.AsSpan().IndexOf("bb"u8) - 1;
        (bytes[at], bytes[at + 1]) = (0x20, 0);
        Assert.Throws<InvalidDataException>(() => new GeoFile(bytes).Find(IPAddress.Parse("203.0.113.9")));
    }
}
