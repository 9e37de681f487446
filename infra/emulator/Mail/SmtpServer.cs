using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Clock;
using Podium.Emulator.Hosting;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Mail;

/// <summary>Receives by SMTP what the app sends, for the mailbox. Listens on loopback only.</summary>
internal sealed partial class SmtpServer(EmulatorSession session, Mailbox mailbox, WorkTracker tracker, ILogger<SmtpServer> logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _conversations = new();
    private Task _accepting = Task.CompletedTask;

    /// <summary>Takes the port. Clients may connect from here on; they are heard once the server has started.</summary>
    public static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException error)
        {
            throw new EmulatorException($"Port {port}, where mails should come in, is in use by another program: stop it, or choose another port.", error);
        }
    }

    public void Start()
    {
        if (session.Mails is { } listener) _accepting = AcceptAsync(listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        session.Mails?.Stop();
        await Task.WhenAll(_conversations.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptSocketAsync(_stop.Token);
                var conversation = ConverseAsync(socket);
                _conversations.TryAdd(conversation, 0);
                _ = conversation.ContinueWith(ended => _conversations.TryRemove(ended, out _), TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // a client that went before it was heard
            }
        }
    }

    private async Task ConverseAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await new SmtpSession(stream, mailbox, session.Options.Mail, tracker, logger).RunAsync(_stop.Token);
        }
        catch (Exception error)
        {
            LogFailed(logger, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A conversation by SMTP failed")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
