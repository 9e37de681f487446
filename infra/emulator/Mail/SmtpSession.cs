using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Clock;

namespace Podium.Emulator.Mail;

/// <summary>One conversation with a client, by RFC 5321 and strict about it, so that what passes here passes elsewhere.</summary>
internal sealed partial class SmtpSession(NetworkStream stream, Mailbox mailbox, MailOptions options, WorkTracker tracker, ILogger logger)
{
    private const string Name = "podium.emulator";
    private const int MostRecipients = 100;

    private readonly SmtpReader _reader = new(stream, options.Patience);
    private readonly List<string> _recipients = [];
    private bool _greeted;
    private bool _extended;
    private bool _authenticated;
    private bool _international;
    private bool _refusedAll;
    private bool _silentEnd;
    private bool _over;
    private string? _sender;
    private WorkTracker.Work? _work;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await ReplyAsync($"220 {Name} ESMTP, for development and tests", stopping);
            while (!_over)
            {
                var line = await _reader.LineAsync(stopping);
                if ((line.Fault ?? await AnswerAsync(line.Text, stopping)) is { } reply) await ReplyAsync(reply, stopping);
            }
        }
        catch (TimeoutException)
        {
            Farewell("421 4.4.2 Nothing was said for too long");
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Farewell("421 4.3.2 The emulator stops");
        }
        catch (IOException)
        {
            // the client has gone
        }
        finally
        {
            EndTransaction();
        }
    }

    private async ValueTask<string?> AnswerAsync(string line, CancellationToken stopping)
    {
        var (verb, argument) = line.Split(' ', 2) is [var left, var right] ? (left, right) : (line, "");
        return verb.ToUpperInvariant() switch
        {
            "EHLO" => Hello(argument, extended: true),
            "HELO" => Hello(argument, extended: false),
            "AUTH" => await AuthenticateAsync(argument.TrimEnd(), stopping),
            "MAIL" => From(argument),
            "RCPT" => await ToAsync(argument, stopping),
            "DATA" => argument.Length > 0 ? "501 5.5.4 DATA takes no argument" : await DataAsync(stopping),
            "RSET" => argument.Length > 0 ? "501 5.5.4 RSET takes no argument" : Reset(),
            "NOOP" => "250 2.0.0 OK",
            "VRFY" => "252 2.1.5 Send a mail to find out",
            "QUIT" => argument.Length > 0 ? "501 5.5.4 QUIT takes no argument" : Quit(),
            "EXPN" or "HELP" or "STARTTLS" or "BDAT" or "ETRN" or "TURN" or "SEND" or "SOML" or "SAML" => $"502 5.5.1 {verb.ToUpperInvariant()} is not offered",
            _ => "500 5.5.2 There is no such command",
        };
    }

    private string Hello(string client, bool extended)
    {
        if (string.IsNullOrWhiteSpace(client)) return "501 5.5.4 Who is there?";
        EndTransaction();
        (_greeted, _extended) = (true, extended);
        return extended
            ? string.Join("\r\n", $"250-{Name}", $"250-SIZE {options.LargestMail}", "250-8BITMIME", "250-SMTPUTF8", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250 AUTH PLAIN LOGIN")
            : $"250 {Name}";
    }

    private string Reset()
    {
        EndTransaction();
        return "250 2.0.0 OK";
    }

    private string Quit()
    {
        _over = true;
        return "221 2.0.0 Bye";
    }

    private async ValueTask<string> AuthenticateAsync(string argument, CancellationToken stopping)
    {
        if (!_extended) return "503 5.5.1 EHLO first";
        if (_authenticated || _sender is not null) return "503 5.5.1 Not now";
        var (mechanism, initial) = argument.Split(' ', 2) is [var left, var right] ? (left, right) : (argument, null);
        string[] questions = mechanism.ToUpperInvariant() switch
        {
            "PLAIN" => [""],
            "LOGIN" => ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"], // "Username:", "Password:"
            _ => [],
        };
        if (questions.Length == 0) return "504 5.5.4 PLAIN and LOGIN are offered";
        foreach (var question in questions)
        {
            var answer = initial ?? await AskAsync(question, stopping);
            initial = null;
            if (answer == "*") return "501 5.7.0 As you wish";
            if (answer != "=" && !Convert.TryFromBase64String(answer, new byte[answer.Length], out _)) return "501 5.5.2 This is not base64";
        }
        _authenticated = true;
        return "235 2.7.0 Anybody is welcome";
    }

    private async ValueTask<string> AskAsync(string question, CancellationToken stopping)
    {
        await ReplyAsync("334 " + question, stopping);
        var line = await _reader.LineAsync(stopping);
        return line.Fault ?? line.Text;
    }

    private string From(string argument)
    {
        if (!_greeted) return "503 5.5.1 EHLO or HELO first";
        if (_sender is not null) return "503 5.5.1 One mail at a time";
        if (SmtpPath.Read("FROM:", argument) is not { } path) return "501 5.5.4 MAIL FROM:<address> [parameters]";
        if (RefuseParameters(path) is { } refusal) return refusal;
        var international = path.Parameters.ContainsKey("SMTPUTF8");
        if (!path.IsAscii && !international) return "553 5.6.7 Such an address needs SMTPUTF8";
        if (path.Address.Length > 0 && !SmtpPath.IsAddress(path.Address)) return "553 5.1.7 This is not an address";
        (_sender, _international, _refusedAll) = (path.Address, international, false);
        _work = tracker.Begin("a mail being received");
        return "250 2.1.0 OK";
    }

    private string? RefuseParameters(SmtpPath path)
    {
        foreach (var (name, value) in path.Parameters)
        {
            // AUTH names who sent it first; whoever it was is welcome
            if (!_extended || name.ToUpperInvariant() is not ("SIZE" or "BODY" or "SMTPUTF8" or "AUTH")) return $"555 5.5.4 There is no parameter {name}";
            var wrong = name.ToUpperInvariant() switch
            {
                "SIZE" => value.Length > 20 || !UInt128.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
                "BODY" => value.ToUpperInvariant() is not ("7BIT" or "8BITMIME"),
                "SMTPUTF8" => value.Length > 0,
                _ => value.Length == 0,
            };
            if (wrong) return $"501 5.5.4 {name} cannot be '{value}'";
        }
        return path.Parameters.TryGetValue("SIZE", out var size) && UInt128.Parse(size, CultureInfo.InvariantCulture) > (UInt128)options.LargestMail ? TooLarge : null;
    }

    private string TooLarge => $"552 5.3.4 A mail has at most {options.LargestMail} octets";

    private async ValueTask<string?> ToAsync(string argument, CancellationToken stopping)
    {
        if (_sender is null) return "503 5.5.1 MAIL first";
        if (SmtpPath.Read("TO:", argument) is not { } path) return "501 5.5.4 RCPT TO:<address>";
        if (path.Parameters.Count > 0) return $"555 5.5.4 There is no parameter {path.Parameters.Keys.First()}";
        if (!path.IsAscii && !_international) return "553 5.6.7 Such an address needs SMTPUTF8";
        if (!SmtpPath.IsAddress(path.Address) && !path.Address.Equals("postmaster", StringComparison.OrdinalIgnoreCase)) return "553 5.1.3 This is not an address";
        if (_recipients.Count == MostRecipients) return $"452 4.5.3 A mail has at most {MostRecipients} recipients";

        switch (options.Receive(path.Address))
        {
            case Reception.TryLater:
                _refusedAll = _recipients.Count == 0;
                return "451 4.3.0 Not now, try again later";
            case Reception.Refuse:
                _refusedAll = _recipients.Count == 0;
                return "550 5.1.1 Nobody lives here";
            case Reception.Hang:
                EndTransaction(); // nothing more comes of it, so nobody need wait for it
                await _reader.IgnoreAsync(stopping);
                _over = true;
                return null;
            case Reception.Drop:
                _over = true;
                return null;
            case Reception.AcceptAndDrop:
                _silentEnd = true;
                break;
        }
        _recipients.Add(path.Address);
        _refusedAll = false;
        return "250 2.1.5 OK";
    }

    private async ValueTask<string?> DataAsync(CancellationToken stopping)
    {
        if (_sender is null) return "503 5.5.1 MAIL first";
        if (_recipients.Count == 0) return _refusedAll ? "554 5.5.1 No recipient was accepted" : "503 5.5.1 RCPT first";
        await ReplyAsync("354 End with a line of a single dot", stopping);
        var reply = await _reader.DataAsync(options.LargestMail, stopping) is { } raw ? await KeepAsync(raw) : TooLarge;
        if (_silentEnd)
        {
            _over = true;
            reply = null;
        }
        EndTransaction();
        return reply;
    }

    private async Task<string> KeepAsync(byte[] raw)
    {
        try
        {
            var id = await mailbox.AddAsync(_sender!, _recipients, raw);
            LogReceived(logger, id, _recipients.Count, raw.Length);
            return $"250 2.0.0 Kept as {id}";
        }
        catch (Exception error)
        {
            LogLost(logger, error);
            return "451 4.3.0 The mail could not be kept";
        }
    }

    private void EndTransaction()
    {
        _sender = null;
        _recipients.Clear();
        _silentEnd = false;
        _work?.Dispose();
        _work = null;
    }

    private ValueTask ReplyAsync(string reply, CancellationToken stopping) => stream.WriteAsync(Encoding.UTF8.GetBytes(reply + "\r\n"), stopping);

    // said if it can be said at once; nobody waits for it
    private void Farewell(string reply)
    {
        try
        {
            stream.WriteTimeout = 500;
            stream.Write(Encoding.UTF8.GetBytes(reply + "\r\n"));
        }
        catch (IOException)
        {
            // the client has gone
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Mail {Id} is in the mailbox: {Recipients} recipients, {Size} octets")]
    private static partial void LogReceived(ILogger logger, long id, int recipients, int size);

    [LoggerMessage(Level = LogLevel.Error, Message = "A mail could not be kept")]
    private static partial void LogLost(ILogger logger, Exception error);
}
