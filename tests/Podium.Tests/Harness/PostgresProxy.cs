using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Podium.Tests.Harness;

/// <summary>Stands between a client and PostgreSQL: counts how often they take turns, and can break the line at a chosen moment.</summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly List<TcpClient> _clients = [];
    private readonly Task _accepting;
    private int _turns;
    private int _syncs;
    private int _commits;

    private PostgresProxy(string target)
    {
        _target = new NpgsqlConnectionStringBuilder(target);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The target's connection string, by way of this proxy.</summary>
    public string Postgres => new NpgsqlConnectionStringBuilder(_target.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    /// <summary>What becomes of the next COMMIT: it is carried out, but its answer is lost.</summary>
    public bool LoseNextCommitAnswer { get; set; }

    /// <summary>Whether lines stay open but carry nothing any more.</summary>
    public bool Silent { get; set; }

    public int Commits => _commits;

    public static PostgresProxy Start(string target) => new(target);

    /// <summary>The turns (and Sync messages) that the work takes: how often the client speaks and then waits for the server.</summary>
    public async Task<(int Turns, int Syncs)> CountAsync(Func<Task> work)
    {
        (_turns, _syncs) = (0, 0);
        await work();
        return (_turns, _syncs);
    }

    /// <summary>Cuts all lines, without a word from the server.</summary>
    public void Cut()
    {
        lock (_clients)
        {
            foreach (var client in _clients) client.Client?.Close(0);
            _clients.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                client.NoDelay = true;
                lock (_clients) _clients.Add(client);
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the proxy has ended
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var server = new TcpClient { NoDelay = true };
            await server.ConnectAsync(_target.Host!, _target.Port);
            var line = new Line(this, client.GetStream(), server.GetStream());
            await Task.WhenAny(line.FromClientAsync(_stop.Token), line.FromServerAsync(_stop.Token));
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // one side has gone, and with it the line
        }
        finally
        {
            client.Dispose();
        }
    }

    private sealed class Line(PostgresProxy proxy, NetworkStream client, NetworkStream server)
    {
        private readonly List<byte> _pending = [];
        private bool _clientsTurn = true;
        private bool _started;
        private bool _losing;

        public async Task FromClientAsync(CancellationToken stop)
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await client.ReadAsync(buffer, stop)) > 0)
            {
                if (_clientsTurn) Interlocked.Increment(ref proxy._turns);
                _clientsTurn = false;
                _pending.AddRange(buffer.AsSpan(0, read));
                Understand();
                await server.WriteAsync(buffer.AsMemory(0, read), stop);
            }
        }

        public async Task FromServerAsync(CancellationToken stop)
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await server.ReadAsync(buffer, stop)) > 0)
            {
                if (_losing) return;
                if (proxy.Silent) continue;
                _clientsTurn = true;
                await client.WriteAsync(buffer.AsMemory(0, read), stop);
            }
        }

        // a message is its type, its length and its content; only the first of a connection has no type
        private void Understand()
        {
            while (true)
            {
                var head = _started ? 1 : 0;
                if (_pending.Count < head + 4) return;
                var bytes = _pending.ToArray();
                var length = head + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(head));
                if (bytes.Length < length) return;
                if (_started) Count((char)bytes[0], bytes.AsSpan(5, length - 5));
                _started = true;
                _pending.RemoveRange(0, length);
            }
        }

        private void Count(char type, ReadOnlySpan<byte> content)
        {
            if (type == 'S') Interlocked.Increment(ref proxy._syncs);
            if (type != 'Q' || !Encoding.UTF8.GetString(content).StartsWith("COMMIT", StringComparison.Ordinal)) return;
            Interlocked.Increment(ref proxy._commits);
            if (!proxy.LoseNextCommitAnswer) return;
            proxy.LoseNextCommitAnswer = false;
            _losing = true;
        }
    }
}
