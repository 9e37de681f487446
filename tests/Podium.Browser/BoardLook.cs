using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Browser;

/// <summary>The boards as somebody at a projector, on a phone, with a keyboard, with a screen reader or without script has them.</summary>
internal sealed class BoardLook(Chromium browser, string? pictures)
{
    private const string Rows = "[...document.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.split('\\n')[0].trim()).join('|')).join('; ')";

    // every text against the first ground below it that is painted; the lowest contrast there is, and where
    private const string LowestContrast = """
        (() => {
          const parse = text => text.match(/[\d.]+/g).map(Number);
          const linear = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
          const ground = element => { for (; element; element = element.parentElement) { const colour = parse(getComputedStyle(element).backgroundColor); if (colour.length === 3 || colour[3] === 1) return colour; } return [255, 255, 255]; };
          let lowest = { ratio: 21, text: '' };
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || element.closest('.unseen, .skip:not(:focus)')) continue;
            const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))];
            const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
            if (ratio < lowest.ratio) lowest = { ratio, text: walker.currentNode.data.trim() };
          }
          return lowest;
        })()
        """;

    private readonly Queue<TestPerson> _people = [];

    public int Seen { get; private set; }

    public async Task RunAsync()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = [] });
        var tenant = await TestTenant.CreateAsync(app, hosts: ["localhost"]);
        var boss = await tenant.AdministratorAsync();
        // before the tenant has its name: the harness knows its mails by the first
        for (var number = 0; number < 16; number++) _people.Enqueue(await tenant.PersonAsync());
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { name = "Nauryz Cup", branding = new { colour = "#f2b705" } }).OkAsync();
        var site = new UriBuilder(app.Http.BaseAddress!) { Host = "localhost" }.Uri;
        await ContestAsync(app, tenant, boss, site);
        await VotingAsync(app, boss, site);
    }

    private async Task ContestAsync(PodiumApp app, TestTenant tenant, TestPerson boss, Uri site)
    {
        var now = app.Clock.GetUtcNow();
        var made = await boss.Http.PostAsJsonAsync("/api/competitions", new
        {
            name = "Steppe Programming Contest",
            type = "team",
            minTeamSize = 1,
            maxTeamSize = 3,
            registrationStart = now.AddDays(-2),
            registrationEnd = now.AddDays(2),
            competitionStart = now.AddDays(3),
            competitionEnd = now.AddDays(4),
        }).OkAsync(201);
        var contest = $"/api/competitions/{made["id"]}";
        await boss.Http.PostAsJsonAsync($"{contest}/moves", new { to = "published" }).OkAsync();
        var teams = new List<JsonNode>();
        foreach (var name in new[] { "Altai Eagles", "Барыс", "Tengri", "Les Nomades", "Көкпар" }) await TeamAsync(name);
        await boss.GrantAsync(boss, "JUDGE").OkAsync(201);
        boss = await tenant.SignInAsync(boss.Email);
        var start = now.AddHours(-3);
        await boss.Http.PutAsJsonAsync($"{contest}/contest", new
        {
            startsAt = start,
            durationSeconds = 18000,
            freezeBeforeSeconds = 3600,
            problems = Enumerable.Range(0, 8).Select(at => new { id = $"p{at}", label = $"{(char)('A' + at)}", name = $"Problem {at + 1}" }),
            languages = new[] { new { id = "cpp", name = "C++" } },
        }).OkAsync();
        var plan = new (int Team, int Problem, double Hour, string Verdict)[]
        {
            (0, 0, 0.3, "AC"), (0, 1, 0.9, "WA"), (0, 1, 1.1, "AC"), (0, 4, 2.1, "AC"), (1, 0, 0.5, "AC"), (1, 2, 1.6, "AC"), (2, 3, 1.2, "WA"), (2, 3, 1.4, "WA"), (2, 0, 1.9, "AC"), (3, 1, 2.4, "AC"), (4, 5, 2.2, "WA"),
        };
        foreach (var (team, problem, hour, verdict) in plan) await SolveAsync(team, problem, hour, verdict);
        var address = new Uri(site, $"/board/competitions/{made["slug"]}?lang=en");

        // at a projector, by day and by night
        await browser.LookAsync(1280, 720);
        await browser.OpenAsync(address);
        await browser.UntilAsync("it is connected", "document.getElementById('line').textContent === 'Updates by itself'");
        await ExpectAsync("the first line", "document.querySelector('tbody tr').cells[1].innerText", "Altai Eagles");
        await ReadableAsync("by day");
        await PictureAsync("board-light");
        await browser.LookAsync(1280, 720, dark: true);
        await ReadableAsync("by night");
        await PictureAsync("board-dark");

        // whatever a team is called
        foreach (var name in new[] { "<img src=x onerror=alert(1)>", "\"><script>alert(2)</script>", "</template></bdi><svg onload=alert(3)>" }) await TeamAsync(name);
        await app.AdvanceAsync(TimeSpan.FromSeconds(2));
        await browser.UntilAsync("they are there by the stream", "document.querySelectorAll('tbody tr').length === 8");
        await browser.EvaluateAsync("window.before = true");
        await browser.AskAsync("Page.reload");
        await browser.UntilAsync("it is read again and connected", "window.before === undefined && document.getElementById('line')?.textContent === 'Updates by itself'");
        await ExpectAsync("no name has become markup", "document.querySelectorAll('tbody img, tbody script, tbody svg').length + document.querySelectorAll('script').length", 1);

        // with the keyboard: the way past the header, and the wide table's frame
        await browser.LookAsync(1280, 720);
        await browser.PressAsync("Tab", 9);
        await ExpectAsync("the skip link is seen", "document.activeElement.className === 'skip' && document.activeElement.getBoundingClientRect().left >= 0", true);
        await ReadableAsync("with the skip link");
        await browser.PressAsync("Enter", 13);
        await ExpectAsync("it leads to the board", "document.activeElement.id", "board");
        await browser.PressAsync("Tab", 9);
        await ExpectAsync("the table's frame can be reached", "document.activeElement.className", "frame");
        await ExpectAsync("focus is seen", "getComputedStyle(document.activeElement).outlineStyle !== 'none' && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2", true);

        // a change moves a row and nothing else: focus stays, and who listens hears who leads
        await browser.EvaluateAsync("window.first = document.querySelector('main'); window.eagles = document.querySelector('tbody tr'); window.moved = []; new MutationObserver(all => all.forEach(one => { if (one.target.nodeName === 'TR' && one.target.className === 'moved') window.moved.push(one.target.cells[1].innerText); })).observe(window.first, { subtree: true, attributes: true });");
        await SolveAsync(1, 1, 2.9, "AC");
        await SolveAsync(1, 3, 2.95, "AC");
        await app.AdvanceAsync(TimeSpan.FromSeconds(2));
        await browser.UntilAsync("the board has changed", "document.querySelector('tbody tr').cells[1].innerText === 'Барыс'");
        await ExpectAsync("it is the same page", "document.querySelector('main') === window.first && window.eagles.isConnected && window.eagles === document.querySelectorAll('tbody tr')[1]", true);
        await ExpectAsync("the row that climbed is shown, and only that", "window.moved.filter((name, at, all) => all.indexOf(name) === at).join()", "Барыс");
        await ExpectAsync("focus is where it was", "document.activeElement.className", "frame");
        await browser.UntilAsync("it is said", "document.getElementById('said').textContent.startsWith('1. Барыс, 2. Altai Eagles')");

        // for a screen reader
        var tree = (await browser.AskAsync("Accessibility.getFullAXTree"))["nodes"]!.AsArray();
        string[] RolesOf(string role) => [.. tree.Where(node => node!["role"]?["value"]?.ToString() == role && node["ignored"]?.GetValue<bool>() != true).Select(node => node!["name"]?["value"]?.ToString() ?? "")];
        Expect("the table has a name", string.Join(',', RolesOf("table")), "Standing");
        Expect("the frame has one", string.Join(',', RolesOf("region")), "Standing");
        Expect("rows have headers", RolesOf("rowheader").Contains("Altai Eagles"), true);
        Expect("columns have headers", RolesOf("columnheader").Length, 12);
        Expect("cells speak in words", RolesOf("cell").Any(name => name == "solved at minute 66, rejected before: 1" || name.Contains("the first to solve it: minute 66")), true);
        Expect("one heading of the first level", tree.Count(node => node!["role"]?["value"]?.ToString() == "heading" && node["properties"]?.AsArray().Any(property => property!["name"]!.ToString() == "level" && (int)property["value"]!["value"]! == 1) == true), 1);

        // who wants no motion has none
        await browser.LookAsync(1280, 720, still: true);
        await ExpectAsync("nothing moves", "(() => { const row = document.querySelector('tbody tr'); row.classList.add('moved'); const name = getComputedStyle(row.cells[0]).animationName; row.classList.remove('moved'); return name; })()", "none");

        // on a phone the page is as wide as the screen, and the table moves within
        await browser.LookAsync(360, 640);
        await ExpectAsync("the page is no wider than the phone", "document.documentElement.scrollWidth", 360);
        await ReadableAsync("on a phone");
        await PictureAsync("board-phone");

        // the connection goes and comes back
        await browser.OpenAsync(new Uri(address.ToString().Replace("lang=en", "lang=ru", StringComparison.Ordinal)));
        await ExpectAsync("it is in Russian", "document.documentElement.lang + ' ' + document.querySelector('h2').innerText", "ru Таблица");

        // without script it is all there
        await browser.LookAsync(1280, 720);
        var rows = await browser.EvaluateAsync(Rows);
        await browser.AskAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = true });
        await browser.AskAsync("Page.reload");
        await browser.UntilAsync("it is read again", "document.readyState === 'complete' && document.getElementById('line') !== null");
        Expect("without script it shows the same", (await browser.EvaluateAsync(Rows))!.ToString(), rows!.ToString());
        await ExpectAsync("and no promise to update itself", "document.getElementById('line').textContent", "");
        await browser.AskAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = false });
        NoComplaints();

        async Task TeamAsync(string name)
        {
            var captain = _people.Dequeue();
            var team = await captain.Http.PostAsJsonAsync($"{contest}/teams", new { name }).OkAsync(201);
            teams.Add((await captain.Http.PostAsJsonAsync($"{contest}/registrations", new { teamId = team["id"] }).OkAsync(201))["id"]!);
        }

        async Task SolveAsync(int team, int problem, double hour, string verdict)
        {
            var submission = await boss.Http.PostAsJsonAsync($"{contest}/contest/submissions", new { problemId = $"p{problem}", languageId = "cpp", registrationId = teams[team], at = start.AddHours(hour) }).OkAsync(201);
            await boss.Http.PostAsJsonAsync($"{contest}/contest/judgements", new { submissionId = submission["id"], verdict }).OkAsync(201);
        }
    }

    private async Task VotingAsync(PodiumApp app, TestPerson boss, Uri site)
    {
        var voting = await boss.Http.PostAsJsonAsync("/api/voting-sessions", new { title = "Song of the year", method = "plurality", voters = "people", visibility = "live" }).OkAsync(201);
        var songs = new[] { "Dala", "Ақ қайың", "Night Bus", "Étoile du nord" }.Select((title, at) => new { id = Guid.CreateVersion7(), title, genre = at % 2 == 0 ? "pop" : "folk" }).ToList();
        await boss.Http.PutAsJsonAsync($"/api/voting-sessions/{voting["id"]}/options", new { options = songs }).OkAsync();
        await boss.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/phase", new { phase = "open" }).OkAsync();
        var voters = new List<TestPerson>();
        foreach (var song in new[] { 0, 0, 0, 1, 1, 2 }) voters.Add(await VoterAsync(song));
        await browser.LookAsync(1280, 720);
        await browser.OpenAsync(new Uri(site, $"/board/votings/{voting["id"]}?lang=kk"));
        await browser.UntilAsync("it is connected", "document.getElementById('line').textContent.length > 0");
        await ExpectAsync("the first line", "document.querySelector('tbody tr').cells[1].innerText", "Dala");
        await ReadableAsync("a voting");
        await PictureAsync("voting");
        await VoterAsync(1);
        await VoterAsync(1);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        await browser.UntilAsync("the votes are counted", "document.querySelector('tbody tr').cells[1].innerText === 'Ақ қайың'");
        await browser.LookAsync(360, 640, dark: true);
        await ExpectAsync("the page is no wider than the phone", "document.documentElement.scrollWidth", 360);
        await ReadableAsync("a voting on a phone by night");
        await PictureAsync("voting-phone");
        NoComplaints();

        async Task<TestPerson> VoterAsync(int song)
        {
            var voter = _people.Dequeue();
            await voter.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/votes", new { choices = new[] { new { optionId = songs[song].id } } }).OkAsync();
            return voter;
        }
    }

    private async Task ReadableAsync(string when)
    {
        var lowest = (await browser.EvaluateAsync(LowestContrast))!;
        Seen++;
        if ((double)lowest["ratio"]! < 4.5) throw new InvalidOperationException($"{when}: '{lowest["text"]}' has a contrast of {lowest["ratio"]}.");
        Console.WriteLine($"{when}: the lowest contrast is {(double)lowest["ratio"]!:0.00} ('{lowest["text"]}')");
    }

    private async Task ExpectAsync<T>(string what, string script, T expected) => Expect(what, (await browser.EvaluateAsync(script))!.GetValue<T>(), expected);

    private void Expect<T>(string what, T actual, T expected)
    {
        Seen++;
        if (!EqualityComparer<T>.Default.Equals(actual, expected)) throw new InvalidOperationException($"{what}: {actual} instead of {expected}.");
    }

    private void NoComplaints()
    {
        Seen++;
        if (!browser.Complaints.IsEmpty) throw new InvalidOperationException($"The browser complains: {string.Join("; ", browser.Complaints)}");
    }

    private async Task PictureAsync(string name)
    {
        if (pictures is null) return;
        Directory.CreateDirectory(pictures);
        await File.WriteAllBytesAsync(Path.Combine(pictures, $"{name}.png"), await browser.PictureAsync());
    }
}
