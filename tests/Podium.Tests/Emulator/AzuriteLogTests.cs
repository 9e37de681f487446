using Podium.Emulator.Services;

namespace Podium.Tests.Emulator;

public sealed class AzuriteLogTests
{
    private const string Before = "127.0.0.1 - - [20/Nov/2026:23:20:26 +0000] ";

    [Theory]
    [InlineData("\"PUT /acc/box/a.txt HTTP/1.1\" 201 -", "acc box a.txt")]
    [InlineData("\"PUT /acc/box/deep/er/a.txt?sv=1&sig=x HTTP/1.1\" 201 -", "acc box deep/er/a.txt")]
    [InlineData("\"PUT /acc/box/a%20b%C3%A9.txt HTTP/1.1\" 201 -", "acc box a bé.txt")]
    [InlineData("\"PUT /acc/box/a.txt?comp=blocklist HTTP/1.1\" 201 -", "acc box a.txt")]
    [InlineData("\"PUT /acc/box/a.txt?comp=appendblock HTTP/1.1\" 201 -", "acc box a.txt")]
    [InlineData("\"PUT /acc/box/copy.txt HTTP/1.1\" 202 -", "acc box copy.txt")]
    [InlineData("\"PUT /acc/box/a.txt?comp=block&blockid=x HTTP/1.1\" 201 -", null)]
    [InlineData("\"PUT /acc/box/a.txt?comp=metadata HTTP/1.1\" 200 -", null)]
    [InlineData("\"PUT /acc/box/a.txt?comp=lease HTTP/1.1\" 201 -", null)]
    [InlineData("\"PUT /acc/box?restype=container HTTP/1.1\" 201 -", null)]
    [InlineData("\"PUT /acc/box/a.txt HTTP/1.1\" 403 -", null)]
    [InlineData("\"GET /acc/box/a.txt HTTP/1.1\" 200 -", null)]
    [InlineData("\"DELETE /acc/box/a.txt HTTP/1.1\" 202 -", null)]
    public void A_line_of_the_access_log_tells_of_a_blob_that_is_whole(string line, string? expected)
    {
        var write = AzuriteServer.Parse(Before + line);
        Assert.Equal(expected, write is null ? null : $"{write.Account} {write.Container} {write.Blob}");
    }
}
