using System.Diagnostics;
using System.Globalization;
using System.Net;
using Podium.Platform.Access;
using Podium.Voting;

namespace Podium.Benchmarks;

/// <summary>A crowd that watches a board while votes come: how long after its cast each watcher sees a vote.</summary>
internal static class LiveBoardBenchmark
{
    private const int Watchers = 1000;
    private const int PerSecond = 50;
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(Uri address, Caller stranger, CastVote cast, VoterTickets tickets, Guid session, IReadOnlyList<Guid> options)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan, DefaultRequestHeaders = { { "X-Tenant", stranger.Tenant.Slug } } };
        using var stop = new CancellationTokenSource();
        // when the vote of a number was in
        var instants = new List<long> { 0 };
        var ages = new List<double>[Watchers];
        var ready = new CountdownEvent(Watchers);
        var watching = Enumerable.Range(0, Watchers).Select(number => WatchAsync(http, session, ages[number] = [], instants, ready, stop.Token)).ToArray();
        ready.Wait();
        var clock = Stopwatch.StartNew();
        var (process, before) = (Process.GetCurrentProcess(), Process.GetCurrentProcess().TotalProcessorTime);
        while (clock.Elapsed < Lasts)
        {
            var ticket = (await tickets.OfDeviceAsync(stranger, session, CancellationToken.None)).Value!.Value;
            var made = await cast.RunAsync(stranger, session, new CastVote.Request { Choices = [new BallotReading.Choice { OptionId = options[instants.Count % options.Count] }], Ticket = ticket }, CancellationToken.None);
            if (made.Problem is { } problem) throw new InvalidOperationException(problem.Kind.Code);
            lock (instants) instants.Add(Stopwatch.GetTimestamp());
            var next = TimeSpan.FromSeconds((double)instants.Count / PerSecond);
            if (next > clock.Elapsed) await Task.Delay(next - clock.Elapsed);
        }
        await Task.Delay(TimeSpan.FromSeconds(4));
        process.Refresh();
        var spent = process.TotalProcessorTime - before;
        await stop.CancelAsync();
        await Task.WhenAll(watching);
        var all = ages.SelectMany(one => one).Order().ToArray();
        var votes = instants.Count - 1;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"votes: {Watchers} watchers of one board, {votes / Lasts.TotalSeconds:0} votes a second: a vote is seen after {all[all.Length / 2]:0.00} s (median), {all[all.Length * 99 / 100]:0.00} s (p99), {all[^1]:0.00} s (worst); {all.Length / (double)((long)Watchers * votes):P1} of all were seen, {spent.TotalSeconds / (Lasts.TotalSeconds + 4):0.00} processors by app and watchers together"));
    }

    private static async Task WatchAsync(HttpClient http, Guid session, List<double> ages, List<long> instants, CountdownEvent ready, CancellationToken stop)
    {
        using var answer = await http.GetAsync(new Uri($"/api/voting-sessions/{session}/board/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, stop);
        if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{answer.StatusCode}");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
        int? seen = null;
        try
        {
            while (await reader.ReadLineAsync(stop) is { } line)
            {
                if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                var votes = VotesOf(line);
                var now = Stopwatch.GetTimestamp();
                if (seen is null) ready.Signal();
                lock (instants)
                {
                    for (var vote = (seen ?? votes) + 1; vote <= votes && vote < instants.Count; vote++) ages.Add(Stopwatch.GetElapsedTime(instants[vote], now).TotalSeconds);
                }
                seen = votes;
            }
        }
        catch (OperationCanceledException)
        {
            // enough
        }
    }

    private static int VotesOf(string line)
    {
        const string Name = "\"votes\":";
        var at = line.IndexOf(Name, StringComparison.Ordinal) + Name.Length;
        var end = at;
        while (char.IsAsciiDigit(line[end])) end++;
        return int.Parse(line.AsSpan(at, end - at), CultureInfo.InvariantCulture);
    }
}
