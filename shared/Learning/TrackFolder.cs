using System.Text;
using System.Text.Json;
using Podium.Learning.Sandbox;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>
/// A track as a folder of files, to be kept under version control: track.json, module/module.json, module/lesson/lesson.json, and for each challenge
/// module/lesson/challenge/challenge.json with starter.html, starter.css, starter.js and the same of the solution.
/// </summary>
public sealed class TrackFolder(Database database, EditOutline outline, EditChallenge challenges, PublishChallenge publish)
{
    private static readonly JsonSerializerOptions Written = new(Json.Options)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public sealed record Result(Guid TrackId, int Added, int Changed, int Unchanged);

    private sealed record Heading
    {
        public required string Title { get; init; }

        public string Description { get; init; } = "";

        public int Position { get; init; }
    }

    private sealed record ChallengeFile
    {
        public required string Title { get; init; }

        public required string Description { get; init; }

        public required EditChallenge.Difficulty Difficulty { get; init; }

        public required int Points { get; init; }

        public required int EstimatedTimeMinutes { get; init; }

        public int Position { get; init; }

        public IReadOnlyList<EditChallenge.Hint> Hints { get; init; } = [];

        public IReadOnlyList<ChallengeTest> Tests { get; init; } = [];
    }

    private sealed record Known(Guid Id, string Path, bool IsPublished, int Version);

    private const string KnownSql =
        """
        SELECT id, '' AS path, is_published, version FROM tracks WHERE tenant_id = @TenantId AND slug = @slug AND deleted_at IS NULL
        UNION ALL
        SELECT m.id, m.slug, m.is_published, m.version FROM tracks AS t JOIN modules AS m ON m.tenant_id = t.tenant_id AND m.track_id = t.id AND m.deleted_at IS NULL
        WHERE t.tenant_id = @TenantId AND t.slug = @slug AND t.deleted_at IS NULL
        UNION ALL
        SELECT l.id, m.slug || '/' || l.slug, l.is_published, l.version
        FROM tracks AS t JOIN modules AS m ON m.tenant_id = t.tenant_id AND m.track_id = t.id AND m.deleted_at IS NULL JOIN lessons AS l ON l.tenant_id = m.tenant_id AND l.module_id = m.id AND l.deleted_at IS NULL
        WHERE t.tenant_id = @TenantId AND t.slug = @slug AND t.deleted_at IS NULL
        UNION ALL
        SELECT c.id, m.slug || '/' || l.slug || '/' || c.slug, c.is_published, c.version
        FROM tracks AS t JOIN modules AS m ON m.tenant_id = t.tenant_id AND m.track_id = t.id AND m.deleted_at IS NULL JOIN lessons AS l ON l.tenant_id = m.tenant_id AND l.module_id = m.id AND l.deleted_at IS NULL
        JOIN challenges AS c ON c.tenant_id = l.tenant_id AND c.lesson_id = l.id AND c.deleted_at IS NULL
        WHERE t.tenant_id = @TenantId AND t.slug = @slug AND t.deleted_at IS NULL
        """;

    /// <summary>Makes what is not there, says anew what differs, and publishes all of it. Safe to repeat. The files' paths are relative to the track's folder.</summary>
    public async Task<Outcome<Result>> ImportAsync(Caller caller, string slug, IReadOnlyDictionary<string, string> files, CancellationToken cancellationToken)
    {
        var known = (await database.As(caller).QueryAsync<Known>(KnownSql, new { caller.TenantId, slug }, cancellationToken)).ToDictionary(row => row.Path);
        var counts = (Added: 0, Changed: 0, Unchanged: 0);
        var ids = new Dictionary<string, Guid>();
        foreach (var (path, level) in Headings(files))
        {
            var heading = Read<Heading>(files, path);
            if (heading.Problem is { } malformed) return malformed;
            var folder = Folder(path);
            if (!known.TryGetValue(folder, out var there))
            {
                var name = folder.Length == 0 ? slug : folder.Split('/')[^1];
                var added = await outline.AddAsync(caller, level, level == EditOutline.Level.Track ? null : ids[Folder(folder)], new EditOutline.Request { Slug = name, Title = heading.Value!.Title, Description = heading.Value.Description, Position = heading.Value.Position }, cancellationToken);
                if (added.Problem is { } problem) return problem;
                there = new Known(added.Value!.Id, folder, false, 1);
            }
            ids[folder] = there.Id;
            if (!there.IsPublished && (await outline.PublishAsync(caller, level, there.Id, true, null, cancellationToken)).Problem is { } unpublished) return unpublished;
        }
        foreach (var path in files.Keys.Where(path => path.EndsWith("/challenge.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var content = ContentOf(files, path);
            if (content.Problem is { } malformed) return malformed;
            var folder = Folder(path);
            var isNew = !known.TryGetValue(folder, out var there);
            Guid id;
            if (isNew)
            {
                if (!ids.TryGetValue(Folder(folder), out var lesson)) return Problem.Malformed($"{path} is in no lesson's folder.");
                var added = await challenges.AddAsync(caller, lesson, new EditChallenge.Request { Slug = folder.Split('/')[^1], Content = content.Value! }, cancellationToken);
                if (added.Problem is { } problem) return problem;
                id = added.Value!.Id;
            }
            else
            {
                id = there!.Id;
                if ((await challenges.ChangeAsync(caller, id, content.Value!, null, cancellationToken)).Problem is { } unchanged) return unchanged;
            }
            var published = await publish.PublishAsync(caller, id, new PublishChallenge.Request { Changelog = "Imported.", ResemblesBecause = "Imported." }, null, cancellationToken);
            if (published.Problem is { } refused && refused.Kind != LearningProblems.NothingNew) return refused with { Detail = $"{folder}: {refused.Detail ?? refused.Kind.Title}" };
            if (isNew) counts.Added++;
            else if (published.Problem is null) counts.Changed++;
            else counts.Unchanged++;
        }
        return new Result(ids[""], counts.Added, counts.Changed, counts.Unchanged);
    }

    /// <summary>The files that an import takes.</summary>
    public async Task<Outcome<IReadOnlyDictionary<string, string>>> ExportAsync(Caller caller, string slug, CancellationToken cancellationToken)
    {
        var known = await database.As(caller).QueryAsync<Known>(KnownSql, new { caller.TenantId, slug }, cancellationToken);
        if (known.Count == 0) return Problem.NotFound("track");
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in known)
        {
            var depth = row.Path.Length == 0 ? 0 : row.Path.Split('/').Length;
            if (depth == 3)
            {
                var read = await challenges.ReadAsync(caller, row.Id, cancellationToken);
                var content = read.Value!.Content;
                files[$"{row.Path}/challenge.json"] = Text(new ChallengeFile
                {
                    Title = content.Title,
                    Description = content.Description,
                    Difficulty = content.Difficulty,
                    Points = content.Points,
                    EstimatedTimeMinutes = content.EstimatedTimeMinutes,
                    Position = content.Position,
                    Hints = content.Hints,
                    Tests = content.Tests,
                });
                foreach (var (name, code) in new[] { ("starter", content.StarterCode), ("solution", content.SolutionCode) })
                {
                    foreach (var (extension, text) in new[] { ("html", code.Html), ("css", code.Css), ("js", code.Js) })
                    {
                        if (text.Length > 0) files[$"{row.Path}/{name}.{extension}"] = text;
                    }
                }
                continue;
            }
            var table = depth switch { 0 => "tracks", 1 => "modules", _ => "lessons" };
            var heading = await database.As(caller).SingleAsync<Heading>($"SELECT title, description, position FROM {table} WHERE tenant_id = @TenantId AND id = @Id", new { caller.TenantId, row.Id }, cancellationToken);
            files[$"{(depth == 0 ? "" : row.Path + "/")}{table[..^1]}.json"] = Text(heading);
        }
        return Outcome(files);
    }

    /// <summary>A folder's files, with paths that go by slashes.</summary>
    public static IReadOnlyDictionary<string, string> ReadFolder(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(folder, file).Replace('\\', '/'), file => File.ReadAllText(file, Encoding.UTF8));

    /// <summary>What a challenge's files say.</summary>
    public static Outcome<EditChallenge.Content> ContentOf(IReadOnlyDictionary<string, string> files, string path)
    {
        var file = Read<ChallengeFile>(files, path);
        if (file.Problem is { } problem) return problem;
        var folder = Folder(path);
        EditChallenge.Code Code(string name) => new() { Html = Of($"{folder}/{name}.html"), Css = Of($"{folder}/{name}.css"), Js = Of($"{folder}/{name}.js") };
        string Of(string name) => files.GetValueOrDefault(name, "");
        var read = file.Value!;
        return new EditChallenge.Content
        {
            Title = read.Title,
            Description = read.Description,
            Difficulty = read.Difficulty,
            Points = read.Points,
            EstimatedTimeMinutes = read.EstimatedTimeMinutes,
            Position = read.Position,
            StarterCode = Code("starter"),
            SolutionCode = Code("solution"),
            Tests = read.Tests,
            Hints = read.Hints,
        };
    }

    private static Outcome<IReadOnlyDictionary<string, string>> Outcome(IReadOnlyDictionary<string, string> files) => Outcomes<IReadOnlyDictionary<string, string>>(files);

    // an interface does not convert by itself
    private static Outcome<T> Outcomes<T>(T value) => value;

    private static IEnumerable<(string Path, EditOutline.Level Level)> Headings(IReadOnlyDictionary<string, string> files) =>
        new[] { ("track.json", EditOutline.Level.Track), ("module.json", EditOutline.Level.Module), ("lesson.json", EditOutline.Level.Lesson) }
            .SelectMany(kind => files.Keys.Where(path => path == kind.Item1 || path.EndsWith("/" + kind.Item1, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(path => (path, kind.Item2)));

    private static string Folder(string path) => path.LastIndexOf('/') is var at and >= 0 ? path[..at] : "";

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, Written) + "\n";

    private static Outcome<T> Read<T>(IReadOnlyDictionary<string, string> files, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(files[path]);
            var faults = RequestShape.Check(document.RootElement, typeof(T));
            if (faults.Count > 0) return Problem.Malformed($"{path}: {string.Join(" ", faults.Select(fault => $"{fault.Pointer} {fault.Detail}"))}");
            return document.RootElement.Deserialize<T>(Json.Options)!;
        }
        catch (JsonException error)
        {
            return Problem.Malformed($"{path} is not JSON that can be read: {error.Message}");
        }
    }
}
