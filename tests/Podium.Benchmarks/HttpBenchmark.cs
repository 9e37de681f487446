using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Podium.Benchmarks;

/// <summary>An HTTP function against the same endpoint on bare Kestrel, in turn, in one run.</summary>
public static class HttpBenchmark
{
    private const int Connections = 16;
    private const int Rounds = 7;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    internal static async Task RunAsync(BenchServers servers)
    {
        await using var app = await servers.StartAppAsync(null, typeof(Functions));
        await using var bare = await StartBareAsync();
        var bareAddress = new Uri(bare.Urls.First());

        foreach (var connections in new[] { Connections, 10 * Connections })
        {
            await LoadAsync(app.BaseAddress, connections); // warm
            await LoadAsync(bareAddress, connections);
            var ours = new double[Rounds];
            var theirs = new double[Rounds];
            for (var i = 0; i < Rounds; i++)
            {
                ours[i] = await LoadAsync(app.BaseAddress, connections);
                theirs[i] = await LoadAsync(bareAddress, connections);
            }
            var ratios = ours.Zip(theirs, (a, b) => a / b).Order().ToArray();
            Console.WriteLine(
                $"http: {connections} connections: function {Median(ours):0} req/s, bare Kestrel {Median(theirs):0} req/s, ratio median {ratios[Rounds / 2]:0.00} (min {ratios[0]:0.00}, max {ratios[^1]:0.00})");
        }
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static async Task<WebApplication> StartBareAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapGet("/api/hello/{name}", (string name) => TypedResults.Text("hello " + name));
        await app.StartAsync();
        return app;
    }

    // Raw sockets and blocking threads, so that the client costs as little as it can beside what is measured.
    private static async Task<double> LoadAsync(Uri address, int connections)
    {
        var counts = new long[connections];
        using var stop = new CancellationTokenSource(Round);
        var started = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Factory.StartNew(
            () => counts[i] = Client(address, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return counts.Sum() / started.Elapsed.TotalSeconds;
    }

    private static long Client(Uri address, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, address.Port);
        var request = Encoding.ASCII.GetBytes($"GET /api/hello/world HTTP/1.1\r\nHost: localhost:{address.Port}\r\n\r\n");
        var buffer = new byte[4096];
        long count = 0;
        while (!stop.IsCancellationRequested)
        {
            socket.Send(request);
            var received = 0;
            // the answer ends with the body; one packet as a rule
            while (!buffer.AsSpan(0, received).EndsWith("hello world"u8) && !buffer.AsSpan(0, received).EndsWith("\r\n0\r\n\r\n"u8))
                received += socket.Receive(buffer.AsSpan(received));
            if (!buffer.AsSpan(0, received).StartsWith("HTTP/1.1 200"u8)) throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, received));
            count++;
        }
        return count;
    }

    public static class Functions
    {
        [Function("Hello")]
        public static IResult Hello([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hello/{name}")] HttpRequest request, string name) =>
            TypedResults.Text("hello " + name);
    }
}
