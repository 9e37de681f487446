using System.Collections.Concurrent;
using System.Text;
using Podium.Learning;
using Podium.Tests.Cli;

namespace Podium.Tests.Faults;

/// <summary>What the clients of the five systems work on.</summary>
internal sealed record Furnished
{
    public const int Candidates = 40;

    public required string Administrator { get; init; }

    public required string Organiser { get; init; }

    public required string Learner { get; init; }

    public required Guid Voting { get; init; }

    public required Guid Option { get; init; }

    public required Guid Challenge { get; init; }

    public required Guid Competition { get; init; }

    public required ConcurrentQueue<Guid> Registrations { get; init; }

    public required Guid Session { get; init; }

    /// <summary>By the command line, before there is an app: tenants, people, a robotics contest with teams and judges, a client of the song contests, and a track of one challenge.</summary>
    public static async Task SeedAsync(OwnServers servers)
    {
        await using var op = Operator.At(servers.Postgres);
        op["Storage"] = servers.Storage;
        (await op.RunAsync("migrate", "up")).Ok();
        (await op.RunAsync("seed", "kazrockets", "judged", "urvote")).Ok();
        var folder = Directory.CreateTempSubdirectory("podium-track-");
        try
        {
            string[] kept = ["track.json", "html/module.json", "html/text/lesson.json", "html/text/say-hello/"];
            foreach (var (name, text) in CodePractice.Tracks().Single(track => track.Track == "web-pages").Files.Where(file => kept.Any(start => file.Key.StartsWith(start, StringComparison.Ordinal))))
            {
                var path = Path.Combine(folder.FullName, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllTextAsync(path, text);
            }
            (await op.RunAsync("track", "import", "web-pages", "--tenant", "demo", "--author", "administrator@demo.example.org", "--folder", folder.FullName)).Ok();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The rest, by the app's own doors.</summary>
    public static async Task<Furnished> AtAsync(HttpClient http)
    {
        var (administrator, organiser, learner) = (await SignInAsync(http, "administrator@demo.example.org"), await SignInAsync(http, "organiser@demo.example.org"), await SignInAsync(http, "participant1@demo.example.org"));
        var client = await SignInAsync(http, "administrator@payportpro.example.org", "payportpro");
        var voting = await MixedLoad.SendAsync(http, HttpMethod.Post, "api/voting-sessions", new { title = "Song of the year", voters = "anyone" }, client, "payportpro");
        var option = Guid.CreateVersion7();
        await MixedLoad.SendAsync(http, HttpMethod.Put, $"api/voting-sessions/{voting["id"]}/options", new { options = new[] { new { id = option, title = "Steppe" }, new { id = Guid.CreateVersion7(), title = "Rivers" } } }, client, "payportpro");
        await MixedLoad.SendAsync(http, HttpMethod.Post, $"api/voting-sessions/{voting["id"]}/phase", new { phase = "open" }, client, "payportpro");

        var cup = await MixedLoad.SendAsync(http, HttpMethod.Get, "api/pages/demo-kazrockets");
        var missing = await MixedLoad.SendAsync(http, HttpMethod.Get, $"api/competitions/{cup["id"]}/missing-submissions?limit=200", token: organiser);
        await MixedLoad.SendAsync(http, HttpMethod.Post, $"api/competitions/{cup["id"]}/run", token: organiser);

        var tracks = await MixedLoad.SendAsync(http, HttpMethod.Get, "api/tracks");
        var challenges = await MixedLoad.SendAsync(http, HttpMethod.Get, $"api/tracks/{tracks["items"]![0]!["id"]}/challenges");
        return new Furnished
        {
            Administrator = administrator,
            Organiser = organiser,
            Learner = learner,
            Voting = (Guid)voting["id"]!,
            Option = option,
            Challenge = (Guid)challenges["items"]![0]!["challengeId"]!,
            Competition = (Guid)cup["id"]!,
            Registrations = new(missing["items"]!.AsArray().Select(entry => (Guid)entry!["registrationId"]!)),
            Session = await ExamAsync(http, administrator),
        };
    }

    private static async Task<Guid> ExamAsync(HttpClient http, string office)
    {
        var session = (Guid)(await MixedLoad.SendAsync(http, HttpMethod.Post, "api/exam-sessions", new { year = 2026, level = "O", name = "Ordinary level", grades = new[] { new { code = "A", points = 1, passes = true } } }, office))["id"]!;
        var at = $"api/exam-sessions/{session}";
        await MixedLoad.SendAsync(http, HttpMethod.Put, $"{at}/subjects/ENG", new { name = "English", papers = new[] { new { code = "1", name = "Reading", maxMark = 60, weight = 1 } } }, office);
        var numbers = Enumerable.Range(1, Candidates).ToList();
        await ImportAsync("api/imports/exam-centres", "number,name\nC1,Centre\n");
        await ImportAsync($"{at}/imports/candidates", $"centre,number,first_name,last_name\n{string.Concat(numbers.Select(number => $"C1,C1-{number},Ada,Byron\n"))}");
        await ImportAsync($"{at}/imports/entries", $"number,subject\n{string.Concat(numbers.Select(number => $"C1-{number},ENG\n"))}");
        return session;

        async Task ImportAsync(string path, string table)
        {
            var result = await MixedLoad.SendAsync(http, HttpMethod.Post, path, new { file = Convert.ToBase64String(Encoding.UTF8.GetBytes(table)) }, office);
            Assert.True(result["errors"]!.AsArray().Count == 0, result.ToJsonString());
        }
    }

    private static async Task<string> SignInAsync(HttpClient http, string email, string tenant = "demo") =>
        (string)(await MixedLoad.SendAsync(http, HttpMethod.Post, "api/sessions", new { email, password = MixedLoad.Password }, tenant: tenant))["accessToken"]!;
}
