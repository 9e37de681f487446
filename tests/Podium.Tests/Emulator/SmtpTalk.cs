using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

/// <summary>A client that says by SMTP exactly what a test wants said.</summary>
public sealed class SmtpTalk : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private StreamReader? _reader;

    public static Uri AddressOf(PodiumApp app) => new(app.Services.GetRequiredService<IConfiguration>()["Smtp"]!);

    /// <summary>Connects and hears the greeting.</summary>
    public static async Task<SmtpTalk> BeginAsync(PodiumApp app)
    {
        var talk = new SmtpTalk();
        var address = AddressOf(app);
        await talk._client.ConnectAsync(address.Host, address.Port);
        talk._reader = new StreamReader(talk._client.GetStream(), Encoding.UTF8);
        Assert.StartsWith("220 ", await talk.HearAsync(), StringComparison.Ordinal);
        return talk;
    }

    /// <summary>Connects and says EHLO.</summary>
    public static async Task<SmtpTalk> GreetAsync(PodiumApp app)
    {
        var talk = await BeginAsync(app);
        Assert.StartsWith("250-", await talk.SayAsync("EHLO test"), StringComparison.Ordinal);
        return talk;
    }

    /// <summary>One reply, its lines put together; empty where the connection has ended.</summary>
    public async Task<string> HearAsync()
    {
        var reply = new StringBuilder();
        while (await _reader!.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) is { } line)
        {
            reply.Append(reply.Length > 0 ? "\n" : "").Append(line);
            if (line.Length < 4 || line[3] == ' ') break;
        }
        return reply.ToString();
    }

    public async Task<string> SayAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await HearAsync();
    }

    /// <summary>Says some lines and answers the codes of the replies.</summary>
    public async Task<string> CodesAsync(params string[] lines)
    {
        var codes = new List<string>();
        foreach (var line in lines) codes.Add((await SayAsync(line)).Split(' ', '-')[0]);
        return string.Join(' ', codes);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] octets) => await _client.GetStream().WriteAsync(octets);

    /// <summary>A whole mail; answers the reply to its end.</summary>
    public async Task<string> MailAsync(string to, string content)
    {
        Assert.Equal("250 250 354", await CodesAsync("MAIL FROM:<app@example.org>", $"RCPT TO:<{to}>", "DATA"));
        return await SayAsync(content + "\r\n.");
    }

    public void Dispose() => _client.Dispose();
}
