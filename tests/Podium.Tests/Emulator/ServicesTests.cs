using Podium.Emulator.Services;

namespace Podium.Tests.Emulator;

public sealed class ServicesTests
{
    private const string Before = "127.0.0.1 - - [20/Nov/2026:23:20:26 +0000] ";

    [Fact]
    public async Task A_port_that_somebody_else_was_quicker_to_take_is_replaced_by_another()
    {
        var tried = new List<int>();
        var started = await Ports.TryAsync(0, port =>
        {
            tried.Add(port);
            return tried.Count < 3 ? throw new PortTakenException() : Task.FromResult(port);
        });
        Assert.Equal((3, started), (tried.Count, tried[^1]));
    }

    [Fact]
    public async Task Many_starts_at_once_on_the_usual_ports_all_succeed()
    {
        var folders = Enumerable.Range(0, 3).Select(_ => Directory.CreateTempSubdirectory("podium-services-").FullName).ToList();
        var services = await Task.WhenAll(folders.Select(folder => EmbeddedServices.StartAsync(
            new EmbeddedServicesOptions { DataFolder = folder, Durable = false }, _ => { }, TestContext.Current.CancellationToken)));
        Assert.Equal(6, services.SelectMany(one => one.Running).Select(server => server.Endpoint).Distinct().Count());
        foreach (var one in services) await one.DisposeAsync();
        foreach (var folder in folders) Directory.Delete(folder, recursive: true);
    }

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
