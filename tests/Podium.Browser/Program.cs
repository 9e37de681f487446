using Podium.Browser;
using Podium.Tests.Harness;

// dotnet run --project tests/Podium.Browser [-- folder for the pictures]
// Opens the boards in Chromium, looks at them as people do, and fails where one is not as it should be.
var servers = new TestServers();
await servers.InitializeAsync();
try
{
    await using var browser = await Chromium.StartAsync();
    var look = new BoardLook(browser, args.FirstOrDefault());
    await look.RunAsync();
    Console.WriteLine($"{look.Seen} things looked at, all as they should be.");
}
finally
{
    await servers.DisposeAsync();
}
