using System.Net;
using System.Net.Mail;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Podium.Notifications;

namespace Podium.Tests.Notifications;

/// <summary>What the mail server's side of a conversation can be; the mailbox of the emulator is met by every test that reads mail.</summary>
public sealed class SmtpConnectionTests
{
    private static readonly SslClientAuthenticationOptions Unused = new();

    [Fact]
    public async Task A_server_that_offers_no_tls_is_told_nothing()
    {
        using var server = new Server("220 here", "EHLO>250-here\r\n250 AUTH PLAIN");
        var refused = await Assert.ThrowsAsync<SmtpException>(() => SmtpConnection.OpenAsync(server.Address("user:secret@"), Unused, CancellationToken.None));
        Assert.Equal(SmtpStatusCode.MustIssueStartTlsFirst, refused.StatusCode);
        Assert.Equal(["EHLO podium"], await server.HeardAsync());
    }

    [Theory]
    [InlineData("smtp")]
    [InlineData("smtps")]
    public async Task A_mail_goes_out_encrypted_by_the_server_s_own_name(string scheme)
    {
        using var certificate = CertificateFor("localhost");
        string[] inside = ["EHLO>250-here\r\n250 AUTH PLAIN LOGIN", "AUTH>235 yes", "MAIL>250 ok", "RCPT>250 ok", "DATA>354 go on", ".>250 taken", "QUIT>221 bye"];
        using var server = new Server(scheme == "smtps" ? ["220 here", .. inside] : ["220 here", "EHLO>250-here\r\n250 STARTTLS", "STARTTLS>220 go", .. inside]) { Certificate = certificate, AtOnce = scheme == "smtps" };
        X509Certificate? shown = null;
        var tls = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, theirs, _, errors) => (shown = theirs) is not null && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) };
        await using (var connection = await SmtpConnection.OpenAsync(server.Address("user:se%3Acret@", scheme), tls, CancellationToken.None))
        {
            await connection.SendAsync("a@example.org", "b@example.org", "Subject: x\r\n\r\n.hidden\r\nlast"u8.ToArray(), CancellationToken.None);
        }
        Assert.NotNull(shown);
        var heard = await server.HeardAsync();
        Assert.Contains("AUTH PLAIN " + Convert.ToBase64String("\0user\0se:cret"u8), heard);
        Assert.Equal(["MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA", "Subject: x", "", "..hidden", "last", ".", "QUIT"], heard[^9..]);
    }

    [Fact]
    public async Task A_certificate_nobody_vouches_for_ends_it()
    {
        using var certificate = CertificateFor("localhost");
        using var server = new Server("220 here", "EHLO>250-here\r\n250 STARTTLS", "STARTTLS>220 go") { Certificate = certificate };
        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => SmtpConnection.OpenAsync(server.Address(), new SslClientAuthenticationOptions(), CancellationToken.None));
    }

    [Fact]
    public async Task What_is_slipped_in_before_the_handshake_is_not_believed()
    {
        using var server = new Server("220 here", "EHLO>250-here\r\n250 STARTTLS", "STARTTLS>220 go\r\n250 AUTH PLAIN");
        var refused = await Assert.ThrowsAsync<SmtpException>(() => SmtpConnection.OpenAsync(server.Address("user:secret@"), new SslClientAuthenticationOptions(), CancellationToken.None));
        Assert.Contains("before TLS", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("554 no", "554")]
    [InlineData("HTTP/1.1 400 Bad Request", "does not speak SMTP")]
    [InlineData("220 here|EHLO>250-here\r\n250 AUTH CRAM-MD5", "no way to sign in")]
    [InlineData("220 here|EHLO>250-here\r\n250 AUTH LOGIN|AUTH>334 VXNlcm5hbWU6|dXNlcg==>334 UGFzc3dvcmQ6|c2VjcmV0>535 5.7.8 wrong", "535: 5.7.8 wrong")]
    [InlineData("220 here|EHLO>250-here\r\n250 AUTH PLAIN|AUTH>235 yes|MAIL>452-full\r\n452 try later", "452: full try later")]
    [InlineData("220 here|EHLO>250-here\r\n250 AUTH PLAIN|AUTH>235 yes|MAIL>250 ok|RCPT>550 nobody", "550: nobody")]
    [InlineData("220 here|EHLO>250-here\r\n250 AUTH PLAIN|AUTH>235 yes|MAIL>", "broke off")]
    public async Task A_refusal_is_told_in_the_server_s_words_and_never_with_the_password(string script, string told)
    {
        using var server = new Server(script.Split('|'));
        var refused = await Assert.ThrowsAsync<SmtpException>(async () =>
        {
            await using var connection = await SmtpConnection.OpenAsync(server.Address("user:secret@"), null, CancellationToken.None);
            await connection.SendAsync("a@example.org", "b@example.org", "x"u8.ToArray(), CancellationToken.None);
        });
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("secret"u8), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("жюри@example.org", false, "does not take addresses")]
    [InlineData("b@example.org>\r\nRCPT TO:<c@example.org", true, "line break")]
    public async Task An_address_the_server_cannot_take_is_refused(string to, bool international, string told)
    {
        using var server = new Server("220 here", $"EHLO>250-here\r\n250 {(international ? "SMTPUTF8" : "SIZE")}", "MAIL>250 ok");
        await using var connection = await SmtpConnection.OpenAsync(server.Address(), null, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<SmtpException>(() => connection.SendAsync("a@example.org", to, "x"u8.ToArray(), CancellationToken.None));
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Results are out", "Results are out")]
    [InlineData("line\r\nBcc: x@example.org", "line Bcc: x@example.org")]
    [InlineData("Ödül", "=?utf-8?B?w5Zkw7xs?=")]
    [InlineData("a =? b", "=?utf-8?B?YSA9PyBi?=")]
    public void A_subject_is_plain_where_it_can_be(string subject, string written) => Assert.Equal(written, MimeMail.Words(subject));

    [Fact]
    public void A_long_subject_is_cut_between_characters()
    {
        var subject = string.Concat(Enumerable.Repeat("Қорытынды 🏆 ", 20));
        var lines = MimeMail.Words(subject).Split("\r\n ");
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 75));
        Assert.Equal(subject, string.Concat(lines.Select(line => Encoding.UTF8.GetString(Convert.FromBase64String(line["=?utf-8?B?".Length..^2])))));
    }

    [Theory]
    [InlineData("", "a@b.c", "a@b.c")]
    [InlineData("The \"Cup\"", "a@b.c", "\"The \\\"Cup\\\"\" <a@b.c>")]
    [InlineData("Жюри", "a@b.c", "=?utf-8?B?0JbRjtGA0Lg=?= <a@b.c>")]
    public void A_sender_s_name_is_quoted_or_encoded(string name, string address, string written) => Assert.Equal(written, MimeMail.Mailbox(name, address));

    private static X509Certificate2 CertificateFor(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Says its first line, and then for each line that begins as the script's next step what stands after its ">"; nothing there ends the connection.</summary>
    private sealed class Server : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly string[] _script;
        private readonly Task<List<string>> _heard;

        public Server(params string[] script)
        {
            _script = script;
            _listener.Start();
            _heard = Task.Run(ServeAsync);
        }

        public X509Certificate2? Certificate { get; init; }

        public bool AtOnce { get; init; }

        public Uri Address(string user = "", string scheme = "smtp") => new($"{scheme}://{user}localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public Task<List<string>> HeardAsync() => _heard.WaitAsync(TimeSpan.FromSeconds(60));

        public void Dispose() => _listener.Dispose();

        private async Task<List<string>> ServeAsync()
        {
            List<string> heard = [];
            using var socket = await _listener.AcceptTcpClientAsync();
            Stream stream = socket.GetStream();
            try
            {
                if (AtOnce) stream = await EncryptAsync(stream);
                await SayAsync(stream, _script[0]);
                foreach (var step in _script.Skip(1))
                {
                    var (begins, answer) = step.Split('>', 2) is [var left, var right] ? (left, right) : (step, "");
                    string line;
                    do
                    {
                        line = await LineAsync(stream);
                        heard.Add(line);
                    }
                    while (!(begins == "." ? line == "." : line.StartsWith(begins, StringComparison.Ordinal)));
                    if (answer.Length == 0) return heard;
                    await SayAsync(stream, answer);
                    if (begins == "STARTTLS" && Certificate is not null) stream = await EncryptAsync(stream);
                }
            }
            catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
            {
                // the client has gone
            }
            return heard;
        }

        private async Task<Stream> EncryptAsync(Stream plain)
        {
            var secure = new SslStream(plain);
            await secure.AuthenticateAsServerAsync(Certificate!);
            return secure;
        }

        private static async Task SayAsync(Stream stream, string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"));

        private static async Task<string> LineAsync(Stream stream)
        {
            List<byte> line = [];
            var one = new byte[1];
            while (true)
            {
                if (await stream.ReadAsync(one) == 0) throw new IOException("closed");
                if (one[0] == '\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                line.Add(one[0]);
            }
        }
    }
}
