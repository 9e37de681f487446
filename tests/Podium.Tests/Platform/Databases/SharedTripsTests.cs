using Npgsql;
using Podium.Platform.Databases;

namespace Podium.Tests.Platform.Databases;

/// <summary>Calls that wait for their turn leave together, and each comes home with its own result.</summary>
public sealed class SharedTripsTests
{
    private const int Refused = -1;
    private const int Lost = -2;

    private readonly System.Threading.Channels.Channel<Trip> _leaving = System.Threading.Channels.Channel.CreateUnbounded<Trip>();
    private readonly List<Trip> _trips = [];
    private readonly SharedTrips<string, int, string> _shared;

    private sealed record Trip(string Key, int[] Items)
    {
        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public SharedTripsTests() => _shared = new SharedTrips<string, int, string>(async (key, items) =>
    {
        var trip = new Trip(key, [.. items]);
        _leaving.Writer.TryWrite(trip);
        await trip.Gate.Task;
        if (items.Contains(Refused)) throw new PostgresException("unlucky", "ERROR", "ERROR", "22000");
        if (items.Contains(Lost)) throw new InvalidOperationException("The way is closed.");
        return [.. items.Select(item => $"{key} {item}")];
    });

    private Task<string> Go(string key, int item, CancellationToken stop = default) => _shared.GoAsync(key, item, stop);

    private async Task<Trip> TripAsync(int number)
    {
        while (_trips.Count <= number) _trips.Add(await _leaving.Reader.ReadAsync(TestContext.Current.CancellationToken));
        return _trips[number];
    }

    private async Task OpenAsync(params int[] trips)
    {
        foreach (var trip in trips) (await TripAsync(trip)).Gate.SetResult();
    }

    [Fact]
    public async Task Who_comes_alone_goes_at_once_and_who_comes_meanwhile_goes_together()
    {
        Task<string>[] calls = [.. Enumerable.Range(0, 70).Select(item => Go("a", item))];
        var elsewhere = Go("b", 0);
        // nobody has waited for anything yet
        Assert.Equal(3, _leaving.Reader.Count);
        await OpenAsync(0);
        Assert.Equal(Enumerable.Range(2, 64), (await TripAsync(3)).Items);
        await OpenAsync(3);
        Assert.Equal(Enumerable.Range(66, 4), (await TripAsync(4)).Items);
        await OpenAsync(4, 1, 2);
        Assert.Equal(Enumerable.Range(0, 70).Select(item => $"a {item}"), await Task.WhenAll(calls));
        Assert.Equal("b 0", await elsewhere);
        // all are home: the next goes at once again
        var later = Go("a", 7);
        await OpenAsync(5);
        Assert.Equal("a 7", await later);
    }

    [Fact]
    public async Task A_fault_of_one_is_not_that_of_those_beside_it()
    {
        Task<string>[] calls = [Go("a", 0), Go("a", 1), Go("a", 12), Go("a", Refused), Go("a", 14)];
        await OpenAsync(0, 2);
        Assert.Equal([12, Refused, 14], _trips[2].Items);
        await OpenAsync(3, 4, 5, 1);
        Assert.Equal("a 12", await calls[2]);
        await Assert.ThrowsAsync<PostgresException>(() => calls[3]);
        Assert.Equal("a 14", await calls[4]);
    }

    [Fact]
    public async Task Where_nobody_knows_what_was_kept_nobody_goes_twice()
    {
        Task<string>[] calls = [Go("a", 0), Go("a", 1), Go("a", 98), Go("a", Lost)];
        await OpenAsync(0, 1, 2);
        await Assert.ThrowsAsync<InvalidOperationException>(() => calls[2]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => calls[3]);
        Assert.False(_leaving.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Who_stops_waiting_stops_nobody()
    {
        using var stop = new CancellationTokenSource();
        Task<string>[] calls = [Go("a", 0), Go("a", 1), Go("a", 2, stop.Token), Go("a", 3)];
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls[2]);
        await OpenAsync(0, 1, 2);
        Assert.Equal([2, 3], _trips[2].Items);
        Assert.Equal("a 3", await calls[3]);
    }
}
