using System.Net;
using Podium.Voting.Fraud;

namespace Podium.Benchmarks;

/// <summary>
/// A week of votes as they might come, each labelled: honest ones of households, phone networks, schools and people who hide behind a VPN; and four kinds of attack.
/// Made from a seed, so that a run can be repeated.
/// </summary>
internal sealed class VoteCrowd
{
    public const int Songs = 60;

    /// <summary>A vote, where it comes from, and what it truly is: "" is honest.</summary>
    internal sealed record Cast(DateTimeOffset At, int Voter, int Song, IPAddress Address, string? Device, string Agent, int Captcha, int Place, string Attack)
    {
        public string Kind { get; init; } = "";
    }

    // an address of its own or shared, and how its voters are called in the report
    private sealed record Person(int Number, IPAddress Address, IPAddress Away, string? Device, string Agent, int Place, string Kind);

    public static readonly (double Latitude, double Longitude)[] Places = [(43.24, 76.89), (51.17, 71.43), (41.88, -87.63), (40.71, -74.01), (48.86, 2.35), (55.75, 37.62), (1.35, 103.82), (52.52, 13.4)];

    private readonly Random _random;
    private readonly DateTimeOffset _begins;
    private readonly List<Cast> _casts = [];
    private int _voters;

    private VoteCrowd(int seed, DateTimeOffset begins) => (_random, _begins) = (new Random(seed), begins);

    public static IReadOnlyList<Cast> Make(int seed, DateTimeOffset begins, int honest, int dishonest)
    {
        var crowd = new VoteCrowd(seed, begins);
        crowd.Honest(honest);
        crowd.Farm(dishonest * 3 / 10);
        crowd.Proxies(dishonest * 3 / 10);
        crowd.Reuse(dishonest / 4);
        crowd.Drip(dishonest - (dishonest * 3 / 10 * 2) - (dishonest / 4));
        return [.. crowd._casts.OrderBy(cast => cast.At).ThenBy(cast => cast.Voter)];
    }

    public static FraudVote VoteOf(long entry, Cast cast) => new()
    {
        EntryId = entry,
        CastAt = cast.At,
        Voter = cast.Voter,
        Option = cast.Song + 1,
        Address = HashOf(AtTheDoor.AddressOf(cast.Address)),
        Network = HashOf(AtTheDoor.NetworkOf(cast.Address)),
        Device = cast.Device is null ? null : HashOf(cast.Device),
        Agent = (int)HashOf(cast.Agent),
        IsScripted = AtTheDoor.IsScripted(cast.Agent),
        Captcha = cast.Captcha,
        Place = cast.Place,
    };

    private void Honest(int votes)
    {
        var people = People(votes / 3);
        while (_casts.Count < votes)
        {
            var person = people[_random.Next(people.Count)];
            // a school votes in a break, all together
            var at = person.Kind == "school" ? _begins.AddDays(_random.Next(5)).AddHours(10).AddMinutes((person.Address.GetAddressBytes()[3] % 60) + (_random.NextDouble() * 25)) : Evening(_random.Next(7));
            var away = _random.Next(60) == 0;
            _casts.Add(new Cast(at, person.Number, Liked(), away ? person.Away : person.Address, person.Device, person.Agent, HonestScore(), away ? _random.Next(Places.Length) : person.Place, "") { Kind = person.Kind });
        }
    }

    private List<Person> People(int count)
    {
        var people = new List<Person>();
        while (people.Count < count)
        {
            var (kind, together) = _random.Next(100) switch { < 70 => ("household", 1 + _random.Next(4)), < 88 => ("phone network", 20 + _random.Next(60)), < 92 => ("school", 20 + _random.Next(40)), _ => ("vpn", 3 + _random.Next(10)) };
            var (address, place, shared) = (AnyAddress(), _random.Next(Places.Length), $"device {_random.Next()}");
            for (var i = 0; i < together && people.Count < count; i++)
            {
                // a tablet that a family shares, and browsers that hide
                var device = _random.Next(100) switch { < 3 => null, < 8 when kind == "household" => shared, _ => $"device {_random.NextInt64()}" };
                people.Add(new Person(++_voters, address, AnyAddress(), device, HonestAgent(), place, kind));
            }
        }
        return people;
    }

    // one building, three addresses, twenty phones, two afternoons
    private void Farm(int votes)
    {
        var addresses = Enumerable.Range(1, 3).Select(number => IPAddress.Parse($"45.9.20.{number * 20}")).ToArray();
        for (var i = 0; i < votes; i++)
            Attack("vote farm", _begins.AddDays(2 + (i % 2)).AddHours(14 + (_random.NextDouble() * 2.5)), 7, addresses[_random.Next(3)], $"farm {_random.Next(20)}", HonestAgent(), _random.Next(100) < 40 ? HonestScore() : _random.Next(10, 60), 6);
    }

    // a new address and a made-up fingerprint for every vote; half of them by a tool that always calls itself the same
    private void Proxies(int votes)
    {
        for (var i = 0; i < votes; i++)
        {
            var agent = i % 2 == 0 ? "Mozilla/5.0 (Windows NT 6.1) Chrome/92.0.4515.107" : HonestAgent();
            Attack("rotating proxies", _begins.AddDays(4).AddHours(3 + (_random.NextDouble() * 4)), 23, AnyAddress(), _random.Next(5) == 0 ? null : $"made up {_random.NextInt64()}", agent, _random.Next(100) < 20 ? HonestScore() : _random.Next(0, 50), _random.Next(Places.Length));
        }
    }

    // sixty browsers whose storage is cleared again and again, from wherever
    private void Reuse(int votes)
    {
        for (var i = 0; i < votes; i++)
            Attack("fingerprint reuse", _begins.AddDays(1).AddHours(_random.NextDouble() * 30), 41, AnyAddress(), $"reused {_random.Next(60)}", HonestAgent(), HonestScore(), _random.Next(Places.Length));
    }

    // all week, a few an hour, by eighty devices of which nobody votes twice in a day
    private void Drip(int votes)
    {
        for (var i = 0; i < votes; i++)
            Attack("slow drip", _begins.AddDays(7.0 * i / votes).AddMinutes(_random.NextDouble() * 10), 52, AnyAddress(), $"drip {i % 80}", HonestAgent(), _random.Next(100) < 50 ? HonestScore() : _random.Next(10, 50), _random.Next(Places.Length));
    }

    private void Attack(string name, DateTimeOffset at, int song, IPAddress address, string? device, string agent, int captcha, int place) =>
        _casts.Add(new Cast(at, ++_voters, song, address, device, agent, captcha, place, name));

    // most people vote after work; the night is quiet
    private DateTimeOffset Evening(int day)
    {
        var hour = _random.Next(100) switch { < 5 => _random.NextDouble() * 7, < 45 => 7 + (_random.NextDouble() * 10), _ => 17 + (_random.NextDouble() * 7) };
        return _begins.AddDays(day).AddHours(hour % 24);
    }

    // few songs are loved by many (a Zipf law)
    private int Liked()
    {
        var weights = _liked ??= [.. Enumerable.Range(1, Songs).Select(rank => 1.0 / rank)];
        var left = _random.NextDouble() * weights.Sum();
        for (var song = 0; song < Songs; song++)
        {
            left -= weights[song];
            if (left <= 0) return song * 7 % Songs;
        }
        return 0;
    }

    private double[]? _liked;

    // reCAPTCHA gives nearly everybody 70 to 90, and a few honest people hardly anything
    private int HonestScore() => _random.Next(100) switch { < 4 => _random.Next(10, 40), < 15 => _random.Next(50, 70), _ => 70 + (_random.Next(3) * 10) };

    private string HonestAgent()
    {
        var number = (int)(40 * Math.Pow(_random.NextDouble(), 3));
        return $"Mozilla/5.0 (browser {number}) Safari/{600 + number}";
    }

    private IPAddress AnyAddress() => new([(byte)_random.Next(80, 96), (byte)_random.Next(256), (byte)_random.Next(256), (byte)_random.Next(1, 255)]);

    private static long HashOf(string text) => BitConverter.ToInt64(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
