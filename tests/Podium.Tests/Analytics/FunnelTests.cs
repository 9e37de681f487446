using System.Globalization;
using Dapper;
using Npgsql;
using Podium.Analytics;
using Podium.Platform.Databases;
using Podium.Tests.Harness;

namespace Podium.Tests.Analytics;

/// <summary>The rule of funnels as PostgreSQL carries it out, on a few instants and against the rule said slowly.</summary>
public sealed class FunnelTests
{
    private sealed record Instant(int Person, int Step, int Minute);

    private sealed record Row(int Step, int Persons, decimal? MedianMinutes);

    // a letter is a step, the number behind it its minute; the window is ten minutes, first steps count from minute 0 until 100
    private static readonly (string Text, int[] Persons)[] Cases =
    [
        ("a0 b5 c10", [1, 1, 1]),
        ("a0 b5 c11", [1, 1, 0]),
        ("a0 c5 b6", [1, 1, 0]),
        ("b0 c1", [0, 0, 0]),
        ("a0 a8 b12 c17", [1, 1, 1]),
        ("a0 b9 a12 c15", [1, 1, 0]),
        ("a0 b9 a12 c15 b16 c22", [1, 1, 1]),
        ("a0 b9 a12 b13 c23", [1, 1, 0]),
        ("a3 b3 c3", [1, 1, 1]),
        ("b3 a3 c2", [1, 1, 0]),
        ("a100 b101", [0, 0, 0]),
        ("a99 b105 c109", [1, 1, 1]),
        ("a0 b1 c2|a0 b1|a0|c0", [3, 2, 1]),
        ("", [0, 0, 0]),
    ];

    [Fact]
    public async Task A_funnel_counts_whom_the_rule_says()
    {
        DapperTypes.Register();
        await using var lease = await TestServers.Current.LeaseDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(lease.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        foreach (var (text, persons) in Cases)
        {
            var instants = text.Split('|').SelectMany((person, number) => person.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(one => new Instant(number, one[0] - 'a' + 1, int.Parse(one[1..], CultureInfo.InvariantCulture)))).ToList();
            Assert.True(persons.SequenceEqual((await AskAsync(connection, instants)).Select(row => row.Persons)), text);
            Assert.True(persons.SequenceEqual(Slowly(instants)), text);
        }
        Assert.Equal([0m, 3m, 7m], (await AskAsync(connection, [new(1, 1, 0), new(1, 2, 1), new(1, 3, 5), new(2, 1, 0), new(2, 2, 5), new(2, 3, 9)])).Select(row => row.MedianMinutes));

        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var instants = Enumerable.Range(0, random.Next(1, 60)).Select(_ => new Instant(random.Next(4), random.Next(1, 4), random.Next(-3, 40))).ToList();
            Assert.Equal(Slowly(instants), (await AskAsync(connection, instants)).Select(row => row.Persons));
        }
    }

    private static async Task<IReadOnlyList<Row>> AskAsync(NpgsqlConnection connection, IReadOnlyList<Instant> instants)
    {
        var from = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        string Of(int step) => $"SELECT person AS user_id, @from + minute * interval '1 minute' AS at FROM unnest(@people{step}, @minutes{step}) AS one (person, minute)";
        var args = new DynamicParameters(new { from, until = from.AddMinutes(100), window = "10 minutes" });
        foreach (var step in new[] { 1, 2, 3 })
        {
            args.Add($"people{step}", instants.Where(one => one.Step == step).Select(one => one.Person).ToArray());
            args.Add($"minutes{step}", instants.Where(one => one.Step == step).Select(one => one.Minute).ToArray());
        }
        return (await connection.QueryAsync<Row>($"WITH {Funnel.Sql([Of(1), Of(2), Of(3)])}", args)).AsList();
    }

    // every chain there is
    private static int[] Slowly(IReadOnlyList<Instant> instants) =>
    [
        .. Enumerable.Range(1, 3).Select(depth => instants.Select(one => one.Person).Distinct().Count(person =>
        {
            List<int> At(int step) => [.. instants.Where(one => one.Person == person && one.Step == step && one.Minute >= 0).Select(one => one.Minute)];
            return At(1).Where(first => first < 100).Any(first => depth == 1 || At(2).Any(second => second >= first && second - first <= 10
                && (depth == 2 || At(3).Any(third => third >= second && third - first <= 10))));
        })),
    ];
}
