using System.Globalization;
using System.Net.Mail;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Podium.Notifications;

/// <summary>
/// One conversation with a mail server, by RFC 5321. The framework's client reads some of the server's answers with a blocked thread, which stops an app that sends many mails at once.
/// </summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    private const int LongestReply = 64 * 1024;

    private readonly TcpClient _socket;
    private readonly string _host;
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream;
    private int _begin;
    private int _end;
    private HashSet<string> _offers = [];

    private SmtpConnection(TcpClient socket, string host) => (_socket, _host, _stream) = (socket, host, socket.GetStream());

    /// <summary>Connects and introduces itself: with TLS from the start to smtps://, by STARTTLS to every other server, and without only where no way to encrypt is given.</summary>
    public static async Task<SmtpConnection> OpenAsync(Uri server, SslClientAuthenticationOptions? tls, CancellationToken cancellationToken)
    {
        var atOnce = tls is not null && server.Scheme == "smtps";
        var socket = new TcpClient { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port > 0 ? server.Port : atOnce ? 465 : 25, cancellationToken);
            var connection = new SmtpConnection(socket, server.Host);
            if (atOnce) await connection.EncryptAsync(tls!, cancellationToken);
            await connection.ExpectAsync(220, cancellationToken);
            await connection.HelloAsync(cancellationToken);
            if (tls is not null && !atOnce)
            {
                if (!connection._offers.Contains("STARTTLS")) throw new SmtpException(SmtpStatusCode.MustIssueStartTlsFirst, $"{server.Host} does not offer TLS, and nothing is sent without it.");
                await connection.CommandAsync("STARTTLS", 220, cancellationToken);
                await connection.EncryptAsync(tls, cancellationToken);
                await connection.HelloAsync(cancellationToken);
            }
            if (server.UserInfo.Split(':', 2) is [var user, var password])
                await connection.SignInAsync(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password), cancellationToken);
            return connection;
        }
        catch (Exception error)
        {
            socket.Dispose();
            if (error is IOException or SocketException) throw new SmtpException($"{server.Host} could not be reached: {error.Message}", error);
            throw;
        }
    }

    /// <summary>Hands one mail over; when this returns the server has taken it.</summary>
    public async Task SendAsync(string from, string to, ReadOnlyMemory<byte> mail, CancellationToken cancellationToken)
    {
        try
        {
            await CommandAsync($"MAIL FROM:<{from}>{(Ascii.IsValid(from) && Ascii.IsValid(to) ? "" : International)}", 250, cancellationToken);
            await CommandAsync($"RCPT TO:<{to}>", 250, cancellationToken);
            await CommandAsync("DATA", 354, cancellationToken);
            await _stream.WriteAsync(Stuffed(mail.Span), cancellationToken);
            await ExpectAsync(250, cancellationToken);
        }
        catch (IOException error)
        {
            throw new SmtpException($"{_host} broke off: {error.Message}", error);
        }
    }

    /// <summary>Says good-bye. What was taken stays taken, whatever comes of this.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.WriteAsync("QUIT\r\n"u8.ToArray());
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // the server has gone
        }
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private string International => _offers.Contains("SMTPUTF8")
        ? " SMTPUTF8"
        : throw new SmtpException(SmtpStatusCode.MailboxNameNotAllowed, $"{_host} does not take addresses with letters beyond ASCII.");

    private async Task EncryptAsync(SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        // what came before the handshake is not to be believed after it
        if (_begin < _end) throw new SmtpException($"{_host} spoke before TLS was agreed upon.");
        var secure = new SslStream(_stream);
        _stream = secure;
        tls.TargetHost = _host;
        await secure.AuthenticateAsClientAsync(tls, cancellationToken);
    }

    private async Task HelloAsync(CancellationToken cancellationToken)
    {
        var reply = await CommandAsync("EHLO podium", 250, cancellationToken);
        _offers = reply.Skip(1).Select(line => line.ToUpperInvariant()).ToHashSet(StringComparer.Ordinal);
    }

    private async Task SignInAsync(string user, string password, CancellationToken cancellationToken)
    {
        var mechanisms = _offers.FirstOrDefault(offer => offer.StartsWith("AUTH ", StringComparison.Ordinal))?.Split(' ') ?? [];
        if (mechanisms.Contains("PLAIN"))
        {
            await CommandAsync("AUTH PLAIN " + Base64($"\0{user}\0{password}"), 235, cancellationToken);
        }
        else if (mechanisms.Contains("LOGIN"))
        {
            await CommandAsync("AUTH LOGIN", 334, cancellationToken);
            await CommandAsync(Base64(user), 334, cancellationToken);
            await CommandAsync(Base64(password), 235, cancellationToken);
        }
        else
        {
            throw new SmtpException(SmtpStatusCode.ClientNotPermitted, $"{_host} offers no way to sign in that is known here (PLAIN, LOGIN).");
        }
    }

    private async Task<List<string>> CommandAsync(string command, int expected, CancellationToken cancellationToken)
    {
        if (command.AsSpan().IndexOfAny('\r', '\n') >= 0) throw new SmtpException(SmtpStatusCode.SyntaxError, "A line break is no part of an address.");
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellationToken);
        return await ExpectAsync(expected, cancellationToken);
    }

    // the lines of a reply without their codes; what a command said is in no message, it may have been a password
    private async Task<List<string>> ExpectAsync(int expected, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        var length = 0;
        while (true)
        {
            var line = await LineAsync(cancellationToken);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) || (length += line.Length) > LongestReply)
                throw new SmtpException(SmtpStatusCode.GeneralFailure, $"{_host} does not speak SMTP.");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] == '-') continue;
            return code == expected || (expected == 250 && code == 251) ? lines : throw new SmtpException((SmtpStatusCode)code, $"{_host} answered {code}: {string.Join(' ', lines)}");
        }
    }

    private async ValueTask<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_begin == _end)
            {
                _begin = 0;
                _end = await _stream.ReadAsync(_buffer, cancellationToken);
                if (_end == 0) throw new IOException("The connection was closed.");
            }
            var rest = _buffer.AsSpan(_begin, _end - _begin);
            var stop = rest.IndexOf((byte)'\n');
            var part = stop < 0 ? rest : rest[..stop];
            line.Append(Encoding.Latin1.GetString(part));
            _begin += stop < 0 ? part.Length : part.Length + 1;
            if (stop >= 0) return line.ToString().TrimEnd('\r');
            if (line.Length > LongestReply) throw new IOException("A line has no end.");
        }
    }

    // a line that begins with a dot gets another, and a dot alone ends it all
    private static byte[] Stuffed(ReadOnlySpan<byte> mail)
    {
        using var stuffed = new MemoryStream(mail.Length + 64);
        var lineBegins = true;
        foreach (var octet in mail)
        {
            if (lineBegins && octet == '.') stuffed.WriteByte((byte)'.');
            stuffed.WriteByte(octet);
            lineBegins = octet == '\n';
        }
        if (!lineBegins) stuffed.Write("\r\n"u8);
        stuffed.Write(".\r\n"u8);
        return stuffed.ToArray();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
