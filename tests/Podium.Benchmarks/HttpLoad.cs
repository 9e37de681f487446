using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Podium.Benchmarks;

/// <summary>Requests over raw sockets and blocking threads, so that the client costs as little as it can beside what is measured.</summary>
internal static class HttpLoad
{
    /// <summary>Answers per second.</summary>
    public static async Task<double> RunAsync(int port, string path, string headers, int connections, TimeSpan duration)
    {
        var counts = new long[connections];
        using var stop = new CancellationTokenSource(duration);
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}\r\n");
        var started = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Factory.StartNew(
            () => counts[i] = Client(port, request, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return counts.Sum() / started.Elapsed.TotalSeconds;
    }

    /// <summary>The same with requests that may be sent once only: each connection has its own, and ends with them.</summary>
    public static async Task<double> RunAsync(int port, IReadOnlyList<byte[]>[] requests, TimeSpan duration)
    {
        var counts = new long[requests.Length];
        using var stop = new CancellationTokenSource(duration);
        var started = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(requests.Select((own, i) => Task.Factory.StartNew(
            () => counts[i] = Client(port, own, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return counts.Sum() / started.Elapsed.TotalSeconds;
    }

    private static long Client(int port, byte[] request, CancellationToken stop) => Client(port, Enumerable.Repeat(request, int.MaxValue), stop);

    private static long Client(int port, IEnumerable<byte[]> requests, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var buffer = new byte[16 * 1024];
        long count = 0;
        foreach (var request in requests)
        {
            if (stop.IsCancellationRequested) break;
            socket.Send(request);
            var received = 0;
            int wanted;
            do received += socket.Receive(buffer.AsSpan(received));
            while ((wanted = Length(buffer.AsSpan(0, received))) == 0);
            // of a long answer the rest is only counted, behind its first words
            for (var more = received; more < wanted;) more += socket.Receive(buffer.AsSpan(received < buffer.Length / 2 ? received : buffer.Length / 2));
            if (!buffer.AsSpan(0, received).StartsWith("HTTP/1.1 200"u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(buffer, 0, received));
            count++;
        }
        return count;
    }

    // the whole answer's length, or 0 while its head is not all there
    private static int Length(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return 0;
        var name = answer.IndexOf("Content-Length: "u8);
        var value = answer[(name + "Content-Length: ".Length)..];
        return head + 4 + int.Parse(value[..value.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
