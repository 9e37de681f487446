using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

public sealed class VirusScannerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_an_address_there_is_no_scanner()
    {
        var scanner = Scanner([]);
        Assert.False(scanner.IsConfigured);
        await Assert.ThrowsAsync<InvalidOperationException>(() => scanner.ScanAsync(new MemoryStream(), Cancellation));
    }

    [Theory]
    [InlineData("no port:")]
    [InlineData("host:port")]
    [InlineData("host:3310/path")]
    public void An_address_that_is_none_is_refused_at_the_start(string address) =>
        Assert.Throws<InvalidOperationException>(() => Scanner(new() { ["VirusScanner:Address"] = address }));

    [Theory]
    [InlineData("stream: OK\0", null)]
    [InlineData("stream: Eicar-Test-Signature FOUND\0", "Eicar-Test-Signature")]
    public async Task The_answer_is_clean_or_the_name_of_a_virus(string answer, string? virus)
    {
        await using var daemon = new FakeDaemon(answer);
        var scan = await daemon.Scanner().ScanAsync(new MemoryStream([1, 2, 3]), Cancellation);
        Assert.Equal((virus, virus is null), (scan.Virus, scan.IsClean));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65536)]
    [InlineData(200_001)]
    public async Task The_whole_stream_arrives_in_chunks(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        await using var daemon = new FakeDaemon("stream: OK\0");
        await daemon.Scanner().ScanAsync(new MemoryStream(bytes), Cancellation);
        Assert.Equal(bytes, daemon.Received.ToArray());
        Assert.All(daemon.Chunks, chunk => Assert.InRange(chunk, 1, 65536));
        Assert.Equal((length + 65535) / 65536, daemon.Chunks.Count);
    }

    [Fact]
    public async Task An_error_is_neither_clean_nor_infected()
    {
        await using var daemon = new FakeDaemon("INSTREAM size limit exceeded. ERROR\0") { HangsUpAfter = 1 };
        var error = await Assert.ThrowsAsync<VirusScannerException>(() => daemon.Scanner().ScanAsync(new MemoryStream(new byte[500_000]), Cancellation));
        Assert.DoesNotContain("time", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("stream: OK and more\0")]
    [InlineData("UNKNOWN COMMAND\0")]
    public async Task An_answer_that_is_none_is_an_error(string answer)
    {
        await using var daemon = new FakeDaemon(answer);
        await Assert.ThrowsAsync<VirusScannerException>(() => daemon.Scanner().ScanAsync(new MemoryStream([1]), Cancellation));
    }

    [Fact]
    public async Task A_scanner_that_does_not_answer_is_given_up()
    {
        await using var daemon = new FakeDaemon(answer: null);
        var error = await Assert.ThrowsAsync<VirusScannerException>(() => daemon.Scanner("00:00:00.2").ScanAsync(new MemoryStream([1]), Cancellation));
        Assert.Equal("The virus scanner does not answer in time.", error.Message);
    }

    [Fact]
    public async Task A_scanner_that_is_not_there_is_an_error()
    {
        var daemon = new FakeDaemon("stream: OK\0");
        await daemon.DisposeAsync();
        await Assert.ThrowsAsync<VirusScannerException>(() => daemon.Scanner().ScanAsync(new MemoryStream([1]), Cancellation));
    }

    [Fact]
    public async Task A_failure_of_the_stream_is_its_own()
    {
        await using var daemon = new FakeDaemon("stream: OK\0");
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            var stream = new MemoryStream([1]);
            await stream.DisposeAsync();
            await daemon.Scanner().ScanAsync(stream, Cancellation);
        });
    }

    private static VirusScanner Scanner(Dictionary<string, string?> settings) =>
        new(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), TimeProvider.System);

    // Takes one stream and gives one answer, or none.
    private sealed class FakeDaemon : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly string? _answer;
        private readonly int _port;
        private readonly Task _serving;

        public FakeDaemon(string? answer)
        {
            _answer = answer;
            _listener.Start();
            _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _serving = ServeAsync();
        }

        public int HangsUpAfter { get; init; } = int.MaxValue;
        public MemoryStream Received { get; } = new();
        public List<int> Chunks { get; } = [];

        public VirusScanner Scanner(string timeout = "00:01:00") =>
            VirusScannerTests.Scanner(new() { ["VirusScanner:Address"] = $"127.0.0.1:{_port}", ["VirusScanner:Timeout"] = timeout });

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _serving.ContinueWith(_ => { }, TaskScheduler.Default);
            _stop.Dispose();
        }

        private async Task ServeAsync()
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            await using var connection = client.GetStream();
            var command = new byte[10];
            await connection.ReadExactlyAsync(command, _stop.Token);
            Assert.Equal("zINSTREAM\0"u8.ToArray(), command);
            while (Chunks.Count < HangsUpAfter)
            {
                var head = new byte[4];
                await connection.ReadExactlyAsync(head, _stop.Token);
                var length = BinaryPrimitives.ReadInt32BigEndian(head);
                if (length == 0) break;
                var chunk = new byte[length];
                await connection.ReadExactlyAsync(chunk, _stop.Token);
                Received.Write(chunk);
                Chunks.Add(length);
            }
            if (_answer is null) await Task.Delay(Timeout.Infinite, _stop.Token);
            await connection.WriteAsync(Bytes.Latin(_answer!), _stop.Token);
        }
    }
}
