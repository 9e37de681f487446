using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Podium.Platform.Http;

/// <summary>What another server answered. Where it did not, the fault says why, in words that whoever named the server may read.</summary>
public sealed record SafeAnswer(int Status, byte[] Body, string? Fault = null)
{
    internal static SafeAnswer Failed(string fault) => new(0, [], fault);
}

/// <summary>
/// Asks servers that tenants have named. It cannot be turned against our own network: only HTTPS to public addresses, checked after the
/// name is resolved and on the very connection that is used; no redirects, no proxy, a small answer, soon.
/// </summary>
public sealed class SafeHttp : IDisposable
{
    public const int MostBytes = 256 * 1024;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> _allowed;
    private readonly HttpClient _client;

    public SafeHttp(IConfiguration configuration)
    {
        _allowed = new HashSet<string>(
            (configuration["Http:AllowedPrivateHosts"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            StringComparer.OrdinalIgnoreCase);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 32,
            MaxResponseDrainSize = 0,
            ConnectTimeout = Patience,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectCallback = ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Why an address cannot be asked, as far as it shows in the address itself; null where it can be tried.</summary>
    public string? FaultOf(string address)
    {
        if (address.Any(character => character is <= ' ' or > '~') || !Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return "It is not a web address.";
        if (uri.UserInfo.Length > 0) return "It holds a user name or password.";
        var allowed = _allowed.Contains(uri.IdnHost);
        if (uri.Scheme != Uri.UriSchemeHttps && !(allowed && uri.Scheme == Uri.UriSchemeHttp)) return "It must begin with https://.";
        return !allowed && IPAddress.TryParse(uri.IdnHost, out var literal) && !PublicAddresses.Contains(literal) ? NotPublic.Text : null;
    }

    /// <summary>Sends a request and reads the whole answer, whatever its status.</summary>
    public async Task<SafeAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (FaultOf(request.RequestUri!.OriginalString) is { } fault) return SafeAnswer.Failed(fault);
        // real time: a server that does not answer is not on anybody's virtual clock
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if ((int)response.StatusCode is >= 300 and < 400) return SafeAnswer.Failed("It answers with a redirect, which is not followed.");
            return await ReadAsync(response.Content, limit.Token) is { } body
                ? new SafeAnswer((int)response.StatusCode, body)
                : SafeAnswer.Failed($"Its answer is larger than {MostBytes / 1024} KB.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return SafeAnswer.Failed($"It does not answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return SafeAnswer.Failed(Explain(error));
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > MostBytes) return null;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var chunk = new byte[8192];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (body.Length + read > MostBytes) return null;
            body.Write(chunk, 0, read);
        }
        return body.ToArray();
    }

    // the address that was checked is the one that is connected to, so a name that changes its mind in between gains nothing
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        if (!_allowed.Contains(host)) addresses = [.. addresses.Where(PublicAddresses.Contains)];
        if (addresses.Length == 0) throw new NotPublic();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Explain(Exception error) => error switch
    {
        NotPublic or { InnerException: NotPublic } => NotPublic.Text,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } or { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } } =>
            "Its name is not known.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "Its certificate is not accepted.",
        _ => "It cannot be reached.",
    };

    private sealed class NotPublic() : IOException(Text)
    {
        public const string Text = "Its address is not public.";
    }
}
