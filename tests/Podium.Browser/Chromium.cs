using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Podium.Browser;

/// <summary>A browser without a window, and the one page in it, by the DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _folder;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _answers = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;
    private string? _session;
    private int _last;

    private Chromium(Process process, string folder) => (_process, _folder) = (process, folder);

    /// <summary>What a page should never bring about: errors, refusals of the page's policy, dialogs.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    public static async Task<Chromium> StartAsync()
    {
        var program = Environment.GetEnvironmentVariable("CHROMIUM") ?? new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("There is no Chromium: install it (Debian: apt-get install chromium), or say in CHROMIUM where it is.");
        var folder = Directory.CreateTempSubdirectory("podium-browser-").FullName;
        var process = Process.Start(new ProcessStartInfo(program)
        {
            ArgumentList = { "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={folder}", "about:blank" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var browser = new Chromium(process, folder);
        const string Says = "DevTools listening on ";
        string? line;
        do line = await process.StandardError.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("Chromium has ended.");
        while (!line.StartsWith(Says, StringComparison.Ordinal));
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await browser._socket.ConnectAsync(new Uri(line[Says.Length..]), CancellationToken.None).WaitAsync(Patience);
        browser._reading = browser.ReadAsync();
        var target = (await browser.AskAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" }))["targetId"]!.ToString();
        browser._session = (await browser.AskAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true }))["sessionId"]!.ToString();
        foreach (var domain in new[] { "Page", "Runtime", "Log", "Accessibility" }) await browser.AskAsync($"{domain}.enable");
        return browser;
    }

    public async Task<JsonObject> AskAsync(string method, JsonObject? parameters = null)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _answers[id] = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null) message["sessionId"] = _session;
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
        return await answer.Task.WaitAsync(Patience);
    }

    /// <summary>Opens a page and waits until it is whole.</summary>
    public async Task OpenAsync(Uri address)
    {
        await AskAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() });
        await UntilAsync($"{address} is open", $"document.readyState === 'complete' && location.href === {JsonValue.Create(address.ToString()).ToJsonString()}");
    }

    public async Task<JsonNode?> EvaluateAsync(string script)
    {
        var answer = await AskAsync("Runtime.evaluate", new JsonObject { ["expression"] = script, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } thrown ? throw new InvalidOperationException($"{script}: {thrown.ToJsonString()}") : answer["result"]!["value"]?.DeepClone();
    }

    public async Task UntilAsync(string what, string condition)
    {
        var waited = Stopwatch.StartNew();
        while (await EvaluateAsync(condition) is not JsonValue value || !value.TryGetValue<bool>(out var holds) || !holds)
        {
            if (waited.Elapsed > Patience) throw new InvalidOperationException($"Waited in vain: {what}. The page says: {await EvaluateAsync("document.body.innerText")}");
            await Task.Delay(20);
        }
    }

    public async Task PressAsync(string key, int code)
    {
        foreach (var type in new[] { "keyDown", "keyUp" })
        {
            var stroke = new JsonObject { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code };
            if (key == "Enter" && type == "keyDown") stroke["text"] = "\r";
            await AskAsync("Input.dispatchKeyEvent", stroke);
        }
    }

    public Task LookAsync(int width, int height, bool dark = false, bool still = false) => Task.WhenAll(
        AskAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 }),
        AskAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(
                new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }, new JsonObject { ["name"] = "prefers-reduced-motion", ["value"] = still ? "reduce" : "no-preference" }),
        }));

    public async Task<byte[]> PictureAsync() => Convert.FromBase64String((await AskAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" }))["data"]!.ToString());

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 16];
        using var whole = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, _stop.Token);
                if (part.MessageType == WebSocketMessageType.Close) return;
                whole.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage) continue;
                Take(JsonNode.Parse(whole.ToArray())!.AsObject());
                whole.SetLength(0);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            // the browser goes
        }
    }

    private void Take(JsonObject message)
    {
        if (message["id"] is { } id)
        {
            if (!_answers.TryRemove((int)id, out var answer)) return;
            if (message["error"] is { } error) answer.SetException(new InvalidOperationException(error.ToJsonString()));
            else answer.SetResult((JsonObject)message["result"]!.DeepClone());
            return;
        }
        var complaint = message["method"]!.ToString() switch
        {
            "Page.javascriptDialogOpening" => "a dialog",
            "Runtime.exceptionThrown" => "an error of the script",
            "Log.entryAdded" when message["params"]!["entry"]!["level"]!.ToString() is "error" or "warning" => "the log",
            _ => null,
        };
        if (complaint is not null) Complaints.Enqueue($"{complaint}: {message["params"]!.ToJsonString()}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _socket.Dispose();
        _process.Dispose();
        _sending.Dispose();
        _stop.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // it may still be writing; the folder is temporary
        }
    }
}
