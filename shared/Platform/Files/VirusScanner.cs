using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Podium.Platform.Files;

/// <summary>Asks a ClamAV daemon about a file, by its INSTREAM command. Without the setting VirusScanner:Address there is none to ask.</summary>
public sealed class VirusScanner
{
    private const int ChunkBytes = 1 << 16;
    private const int LongestAnswer = 4096;
    private const int UsualPort = 3310;
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    private readonly string? _host;
    private readonly int _port;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;

    public VirusScanner(IConfiguration configuration, TimeProvider clock)
    {
        _clock = clock;
        _timeout = configuration["VirusScanner:Timeout"] is { Length: > 0 } text
            ? TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero
                ? timeout
                : throw new InvalidOperationException($"The setting VirusScanner__Timeout is '{text}'; it must be a time like 00:00:30.")
            : UsualTimeout;
        if (configuration["VirusScanner:Address"] is not { Length: > 0 } address) return;

        if (!Uri.TryCreate($"tcp://{address}", UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.PathAndQuery is not ("" or "/"))
            throw new InvalidOperationException($"The setting VirusScanner__Address is '{address}'; it must be host:port.");
        (_host, _port) = (uri.IdnHost.Trim('[', ']'), uri.Port > 0 ? uri.Port : UsualPort);
    }

    /// <summary>Whether there is a scanner; without one nothing may be called clean.</summary>
    public bool IsConfigured => _host is not null;

    /// <summary>Sends the rest of a stream to the scanner. The time-out is for each step, so that large files may take their time.</summary>
    public async Task<VirusScan> ScanAsync(Stream content, CancellationToken cancellationToken)
    {
        if (_host is null) throw new InvalidOperationException("There is no virus scanner: ask IsConfigured first.");

        using var client = new TcpClient { NoDelay = true };
        try
        {
            await InTimeAsync(cancellation => client.ConnectAsync(_host, _port, cancellation), cancellationToken);
            await using var connection = client.GetStream();
            await SendAsync(content, connection, cancellationToken);
            return Parse(await AnswerAsync(connection, cancellationToken));
        }
        catch (SocketException error)
        {
            throw new VirusScannerException("The virus scanner cannot be reached.", error);
        }
    }

    private async Task SendAsync(Stream content, NetworkStream connection, CancellationToken cancellationToken)
    {
        if (!await TrySendAsync(connection, "zINSTREAM\0"u8.ToArray(), cancellationToken)) return;
        // each chunk begins with its length, and the empty one ends the stream
        var chunk = new byte[4 + ChunkBytes];
        int count;
        do
        {
            count = await content.ReadAtLeastAsync(chunk.AsMemory(4), ChunkBytes, throwOnEndOfStream: false, cancellationToken);
            BinaryPrimitives.WriteInt32BigEndian(chunk, count);
        }
        while (await TrySendAsync(connection, chunk.AsMemory(0, 4 + count), cancellationToken) && count > 0);
    }

    // false when the scanner hung up: it does so in the middle of a stream that is larger than it takes, and says why before
    private async Task<bool> TrySendAsync(NetworkStream connection, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await InTimeAsync(cancellation => connection.WriteAsync(bytes, cancellation), cancellationToken);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<string> AnswerAsync(NetworkStream connection, CancellationToken cancellationToken)
    {
        var answer = new byte[LongestAnswer];
        var length = 0;
        try
        {
            while (length < answer.Length && !answer.AsSpan(0, length).Contains((byte)0))
            {
                var count = 0;
                await InTimeAsync(async cancellation => { count = await connection.ReadAsync(answer.AsMemory(length), cancellation); }, cancellationToken);
                if (count == 0) break;
                length += count;
            }
        }
        catch (IOException error)
        {
            throw new VirusScannerException("The virus scanner hung up without an answer.", error);
        }
        return Encoding.UTF8.GetString(answer, 0, length).TrimEnd('\0', '\r', '\n', ' ');
    }

    private static VirusScan Parse(string answer)
    {
        const string ok = "OK", found = " FOUND";
        var result = answer.StartsWith("stream: ", StringComparison.Ordinal) ? answer["stream: ".Length..] : answer;
        if (result == ok) return new VirusScan(Virus: null);
        if (result.EndsWith(found, StringComparison.Ordinal)) return new VirusScan(result[..^found.Length]);
        throw new VirusScannerException(answer.Length == 0 ? "The virus scanner hung up without an answer." : $"The virus scanner answered: {answer}");
    }

    private async Task InTimeAsync(Func<CancellationToken, ValueTask> step, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await step(either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new VirusScannerException("The virus scanner does not answer in time.");
        }
    }
}
