using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>
/// Replays a contest that ran elsewhere into a competition of ours: rules, teams, what was handed in, what judges said, when. What came before is known by its id
/// of there, so that the same feed again, or a longer one, adds only what is new.
/// </summary>
public sealed class ImportContest(Database database, Cache cache, TimeProvider clock)
{
    /// <summary>A feed of 4.5 MB, as base64 in JSON; packed as a zip, one of ten times that and more.</summary>
    public const int MostBytes = 6 * 1024 * 1024;

    private const int MostDifferences = 200;

    public sealed record Request
    {
        /// <summary>An event feed (NDJSON) or a package (zip) of the Contest API, of any version from 2020-03 on, as base64.</summary>
        [Base64String(ErrorMessage = "It must be base64."), StringLength(MostBytes, MinimumLength = 1), Example("eyJ0eXBlIjoiY29udGVzdCIsImlkIjpudWxsLCJkYXRhIjp7ImlkIjoiYyIsIm5hbWUiOiJDIiwic3RhcnRfdGltZSI6IjIwMjUtMDEtMDFUMDk6MDA6MDBaIiwiZHVyYXRpb24iOiI1OjAwOjAwIn19CnsidHlwZSI6InByb2JsZW1zIiwiaWQiOm51bGwsImRhdGEiOlt7ImlkIjoicCIsImxhYmVsIjoiQSIsIm5hbWUiOiJQIiwib3JkaW5hbCI6MH1dfQo=")]
        public required string File { get; init; }

        /// <summary>Only tells what would be done.</summary>
        [Example(true)]
        public bool Preview { get; init; }
    }

    public sealed record Count(int Read, int Added);

    public sealed record Result
    {
        /// <summary>Whether it was carried out.</summary>
        public required bool Applied { get; init; }

        public required Count Teams { get; init; }

        public required Count Submissions { get; init; }

        public required Count Judgements { get; init; }

        /// <summary>What was not taken over, and why.</summary>
        public required IReadOnlyList<string> LeftOut { get; init; }

        /// <summary>Where our board differs from the one that the source's own facts, or its scoreboard.json, give; the first two hundred. None is how it should be.</summary>
        public required IReadOnlyList<string> Differences { get; init; }

        /// <summary>The board at the end, as the jury sees it.</summary>
        public required ContestBoards.Board Board { get; init; }
    }

    private sealed record Known(Guid Id, string ExternalId);

    private sealed record Standing(int Version, DateTimeOffset? FinalizedAt, bool HasProblem);

    // nothing of a preview stays: a refusal rolls back, and this one is never shown
    private static readonly ProblemKind NothingStays = new(409, "previewed", "It was a preview.");

    public async Task<Outcome<Result>> Run(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken)
    {
        ContestPackage package;
        ContestFeedReader.Imported source;
        try
        {
            package = ContestPackage.Of(Convert.FromBase64String(request.File));
            source = ContestFeedReader.Read(package.Lines);
        }
        catch (ContestPackage.UnreadablePackageException fault)
        {
            return Problem.Invalid("/file", "unreadable", fault.Message);
        }
        catch (ContestFeedReader.UnreadableFeedException fault)
        {
            return Problem.Invalid($"/file/{fault.Line}", "unreadable", fault.Message);
        }
        var rules = RulesOf(source.Contest);
        List<Fault> faults = [.. RequestShape.Check(JsonSerializer.SerializeToElement(rules, Json.Options), typeof(EditContest.Request)).Select(Here), .. EditContest.FaultsOf(rules).Select(Here), .. FaultsOf(source, clock.GetUtcNow())];
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = [.. faults.Take(100)] };
        Result? result = null;
        var outcome = await database.InTransaction<Result>(
            caller,
            async session =>
            {
                result = null;
                var done = await ReplayAsync(session, caller, competitionId, source, rules, package.Scoreboard, cancellationToken);
                if (done.Value is not { } replayed) return done.Problem!;
                result = replayed with { Applied = !request.Preview };
                return request.Preview ? NothingStays : result;
            },
            cancellationToken);
        return result is not null ? result : outcome;

        static Fault Here(Fault fault) => fault with { Pointer = "/file" + fault.Pointer };
    }

    private async Task<Outcome<Result>> ReplayAsync(Session session, Caller caller, Guid competitionId, ContestFeedReader.Imported source, EditContest.Request rules, JsonElement? scoreboard, CancellationToken cancellationToken)
    {
        var locked = await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken);
        if (locked.Value is not { } competition) return locked.Problem!;
        if (competition.Type == CompetitionType.Individual || competition.MaxTeamSize is null or < 1) return Problem.Invalid("/file", "teams", "Teams take part in it: the competition must be one of teams.");
        var now = clock.GetUtcNow();
        var standing = await session.FirstAsync<Standing>(
            """
            SELECT version, finalized_at, EXISTS (SELECT FROM contest_submissions WHERE tenant_id = @TenantId AND competition_id = @competitionId AND problem_id <> ALL (@problems)) AS has_problem
            FROM problem_contests WHERE tenant_id = @TenantId AND competition_id = @competitionId FOR UPDATE
            """,
            new { caller.TenantId, competitionId, problems = rules.Problems.Select(problem => problem.Id).ToArray() },
            cancellationToken);
        if (standing is { HasProblem: true }) return ContestProblems.ProblemInUse;
        var isFinal = standing?.FinalizedAt is not null;
        if (!isFinal) await EditContest.WriteAsync(session, caller, competitionId, rules, now, cancellationToken);
        var teams = source.Contest.Teams.Where(team => !team.IsHidden).ToList();
        var (ids, added) = await TeamsAsync(session, caller, competitionId, teams, now, cancellationToken);
        var submissions = source.Facts.Submissions.Where(submission => ids.ContainsKey(submission.TeamId)).ToList();
        var handed = await SubmissionsAsync(session, caller, competitionId, ids, submissions, cancellationToken);
        var known = submissions.Select(submission => submission.Id).ToHashSet();
        var judgements = source.Facts.Judgements.Where(judgement => known.Contains(judgement.SubmissionId) && judgement is { VerdictId: not null, EndedAt: not null }).ToList();
        var judged = await JudgementsAsync(session, caller, competitionId, source.Contest, judgements, cancellationToken);
        // a contest that is final is not added to
        if (isFinal && added + handed + judged > 0) return ContestProblems.Finalized;
        if (!isFinal && (source.Contest.ThawedAt ?? source.Contest.FinalizedAt) is not null)
        {
            await session.ExecuteAsync(
                "UPDATE problem_contests SET thawed_at = @ThawedAt, finalized_at = @FinalizedAt, version = version + 1, updated_at = @now, updated_by = @Person WHERE tenant_id = @TenantId AND competition_id = @competitionId",
                new { caller.TenantId, caller.Person, competitionId, source.Contest.ThawedAt, source.Contest.FinalizedAt, now },
                cancellationToken);
        }
        await ContestMemory.ForgetAsync(cache, session, caller.TenantId, competitionId);
        var loaded = (await ContestStore.ReadAsync(session, caller, competitionId, null, null, cancellationToken)).Value!;
        var end = source.Contest.EndsAt > now ? now : Latest(source, now);
        var board = ProblemBoard.Of(loaded.Contest, loaded.Facts, end, Audience.Jury);
        return new Result
        {
            Applied = false,
            Teams = new Count(source.Contest.Teams.Count, added),
            Submissions = new Count(source.Facts.Submissions.Count, handed),
            Judgements = new Count(source.Facts.Judgements.Count, judged),
            LeftOut = [.. LeftOut(source, teams.Count, submissions.Count, judgements.Count)],
            Differences = [.. DifferencesOf(source, ProblemBoard.Of(source.Contest, source.Facts, end, Audience.Jury), board, ids).Concat(scoreboard is { } given ? DifferencesOf(given, board, ids) : []).Take(MostDifferences)],
            Board = ContestBoards.ViewOf(loaded.Contest, board),
        };
    }

    // after the last answer, however late it came
    private static DateTimeOffset Latest(ContestFeedReader.Imported source, DateTimeOffset now) =>
        source.Facts.Judgements.Select(judgement => judgement.CountsFrom).Append(source.Contest.EndsAt).Max() is { } last && last < now ? last : now;

    /// <summary>Teams that are registered here under the id of there stay; for the others an account that nobody uses stands as captain.</summary>
    private static async Task<(Dictionary<string, Guid> Ids, int Added)> TeamsAsync(Session session, Caller caller, Guid competitionId, List<ContestTeam> teams, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var known = (await session.QueryAsync<Known>(
            "SELECT id, external_id FROM registrations WHERE tenant_id = @TenantId AND competition_id = @competitionId AND external_id IS NOT NULL", new { caller.TenantId, competitionId }, cancellationToken)).ToDictionary(one => one.ExternalId, one => one.Id);
        var missing = teams.Where(team => !known.ContainsKey(team.Id)).ToList();
        var names = new HashSet<string>(await session.QueryAsync<string>("SELECT lower(name) FROM teams WHERE tenant_id = @TenantId AND competition_id = @competitionId AND deleted_at IS NULL", new { caller.TenantId, competitionId }, cancellationToken));
        string NameOf(ContestTeam team)
        {
            var name = team.Name.Trim() is { Length: > 0 } given ? given : team.Id;
            if (name.Length > 100) name = name[..100].TrimEnd();
            if (names.Add(name.ToLowerInvariant())) return name;
            name = $"{name[..Math.Min(name.Length, 60)]} ({team.Id})";
            names.Add(name.ToLowerInvariant());
            return name;
        }
        if (missing.Count == 0) return (known, 0);
        await session.ExecuteAsync(
            """
            DROP TABLE IF EXISTS pg_temp.coming;
            CREATE TEMPORARY TABLE coming ON COMMIT DROP AS SELECT * FROM unnest(@people, @teams, @entries, @names, @externals) AS given (user_id, team_id, registration_id, name, external_id);
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, user_id, 'team-' || user_id || '@imported.invalid', 'team-' || user_id || '@imported.invalid', 'Team', left(name, 100), @language, @now, @Person, @now, @Person FROM coming;
            INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at, granted_by)
            SELECT @TenantId, uuidv7(), user_id, roles.id, 'tenant', @now, @Person FROM coming JOIN roles ON roles.tenant_id = @TenantId AND roles.name = @Participant;
            INSERT INTO teams (tenant_id, id, competition_id, name, captain_id, open, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, team_id, @competitionId, name, user_id, false, @now, @Person, @now, @Person FROM coming;
            INSERT INTO team_members (tenant_id, team_id, user_id, competition_id, role, joined_at) SELECT @TenantId, team_id, user_id, @competitionId, 'captain', @now FROM coming;
            INSERT INTO registrations (tenant_id, id, competition_id, team_id, status, external_id, registered_at, registered_by, decided_at, decided_by, created_at, created_by, updated_at, updated_by)
            SELECT @TenantId, registration_id, @competitionId, team_id, 'approved', external_id, @now, @Person, @now, @Person, @now, @Person, @now, @Person FROM coming
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                competitionId,
                Permissions.Participant,
                language = caller.Tenant.Languages[0],
                now,
                people = missing.Select(team => IdOf(competitionId, "person", team.Id)).ToArray(),
                teams = missing.Select(team => IdOf(competitionId, "team", team.Id)).ToArray(),
                entries = missing.Select(team => IdOf(competitionId, "registration", team.Id)).ToArray(),
                names = missing.Select(NameOf).ToArray(),
                externals = missing.Select(team => team.Id).ToArray(),
            },
            cancellationToken);
        foreach (var team in missing) known[team.Id] = IdOf(competitionId, "registration", team.Id);
        return (known, missing.Count);
    }

    private static Task<int> SubmissionsAsync(Session session, Caller caller, Guid competitionId, Dictionary<string, Guid> teams, List<ContestSubmission> submissions, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO contest_submissions (tenant_id, id, competition_id, registration_id, problem_id, language_id, entry_point, submitted_at, submitted_by)
        SELECT @TenantId, id, @competitionId, registration_id, problem_id, language_id, entry_point, submitted_at, @Person
        FROM unnest(@ids, @entries, @problems, @languages, @points, @times) AS given (id, registration_id, problem_id, language_id, entry_point, submitted_at)
        ON CONFLICT (tenant_id, id) DO NOTHING
        """,
        new
        {
            caller.TenantId,
            caller.Person,
            competitionId,
            ids = submissions.Select(submission => IdOf(competitionId, "submission", submission.Id)).ToArray(),
            entries = submissions.Select(submission => teams[submission.TeamId]).ToArray(),
            problems = submissions.Select(submission => submission.ProblemId).ToArray(),
            languages = submissions.Select(submission => submission.LanguageId).ToArray(),
            points = submissions.Select(submission => submission.EntryPoint).ToArray(),
            times = submissions.Select(submission => submission.At).ToArray(),
        },
        cancellationToken);

    /// <summary>An answer that was changed under its id is another one here: it counts from its own end, as it does there.</summary>
    private static Task<int> JudgementsAsync(Session session, Caller caller, Guid competitionId, ProblemContest contest, List<ContestJudgement> judgements, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO contest_judgements (tenant_id, id, competition_id, submission_id, verdict, started_at, ended_at, judged_by)
        SELECT @TenantId, id, @competitionId, submission_id, verdict, least(started_at, ended_at), ended_at, @Person
        FROM unnest(@ids, @submissions, @verdicts, @starts, @ends) AS given (id, submission_id, verdict, started_at, ended_at)
        ON CONFLICT (tenant_id, id) DO NOTHING
        """,
        new
        {
            caller.TenantId,
            caller.Person,
            competitionId,
            ids = judgements.Select(judgement => IdOf(competitionId, $"judgement {VerdictOf(contest, judgement)} {judgement.EndedAt:O}", judgement.Id)).ToArray(),
            submissions = judgements.Select(judgement => IdOf(competitionId, "submission", judgement.SubmissionId)).ToArray(),
            verdicts = judgements.Select(judgement => VerdictOf(contest, judgement)).ToArray(),
            starts = judgements.Select(judgement => judgement.StartedAt).ToArray(),
            ends = judgements.Select(judgement => judgement.EndedAt!.Value).ToArray(),
        },
        cancellationToken);

    /// <summary>Ours of the same meaning: whether it solves, and whether it costs penalty.</summary>
    private static string VerdictOf(ProblemContest contest, ContestJudgement judgement)
    {
        if (judgement.VerdictId == "JE") return "JE";
        var theirs = contest.Verdicts.First(verdict => verdict.Id == judgement.VerdictId);
        var same = ContestVerdict.Usual.FirstOrDefault(ours => ours.Id == theirs.Id && ours.IsSolved == theirs.IsSolved && ours.HasPenalty == theirs.HasPenalty);
        return same?.Id ?? (theirs.IsSolved ? "AC" : theirs.HasPenalty ? "WA" : "CE");
    }

    private static EditContest.Request RulesOf(ProblemContest contest) => new()
    {
        StartsAt = contest.StartsAt,
        DurationSeconds = (int)Math.Min(int.MaxValue, contest.Duration.TotalSeconds),
        FreezeBeforeSeconds = contest.FreezeBefore is { } freeze && freeze > TimeSpan.Zero ? (int)freeze.TotalSeconds : null,
        PenaltySeconds = (int)contest.Penalty.TotalSeconds,
        Problems =
        [
            .. contest.Problems.OrderBy(problem => problem.Ordinal).Select(problem => new EditContest.ProblemRequest
            {
                Id = problem.Id,
                Label = problem.Label,
                Name = problem.Name,
                Rgb = problem.Rgb,
                Color = problem.Color,
                TestDataCount = problem.TestDataCount,
                TimeLimitSeconds = problem.TimeLimitSeconds,
            }),
        ],
        Languages = [.. contest.Languages.Select(language => new EditContest.LanguageRequest { Id = language.Id, Name = language.Name, Extensions = language.Extensions, EntryPointName = language.EntryPointName })],
    };

    private static IEnumerable<Fault> FaultsOf(ContestFeedReader.Imported source, DateTimeOffset now)
    {
        if (source.Contest.StartsAt is null) yield return new Fault("/file/startsAt", "required", "It does not say when the contest began.");
        var problems = source.Contest.Problems.Select(problem => problem.Id).ToHashSet();
        var verdicts = source.Contest.Verdicts.Select(verdict => verdict.Id).ToHashSet();
        if (source.Facts.Submissions.FirstOrDefault(submission => !problems.Contains(submission.ProblemId)) is { } lost) yield return new Fault("/file", "unknown", $"Submission {lost.Id} is of the problem {lost.ProblemId}, which is not there.");
        if (source.Facts.Submissions.FirstOrDefault(submission => submission.At > now) is { } early) yield return new Fault("/file", "future", $"Submission {early.Id} has not come yet.");
        if (source.Facts.Judgements.FirstOrDefault(judgement => judgement.VerdictId is not null && !verdicts.Contains(judgement.VerdictId)) is { } strange) yield return new Fault("/file", "unknown", $"Judgement {strange.Id} is of the type {strange.VerdictId}, which is not there.");
        if (source.Contest.Teams.FirstOrDefault(team => team.Id.Length > 100) is { } longest) yield return new Fault("/file", "length", $"The team's id {longest.Id} is too long.");
    }

    private static IEnumerable<string> LeftOut(ContestFeedReader.Imported source, int teams, int submissions, int judgements)
    {
        if (source.Contest.Teams.Count > teams) yield return $"{source.Contest.Teams.Count - teams} hidden teams";
        if (source.Facts.Submissions.Count > submissions) yield return $"{source.Facts.Submissions.Count - submissions} submissions of teams that are hidden or not there";
        if (source.Facts.Judgements.Count > judgements) yield return $"{source.Facts.Judgements.Count - judgements} judgements that had not ended, or of such submissions";
    }

    /// <summary>Our board against the board that the source's own facts give.</summary>
    private static IEnumerable<string> DifferencesOf(ContestFeedReader.Imported source, ProblemBoard theirs, ProblemBoard ours, Dictionary<string, Guid> ids)
    {
        var rows = ours.Rows.ToDictionary(row => row.TeamId);
        var names = source.Contest.Teams.ToDictionary(team => team.Id, team => team.Name);
        foreach (var row in theirs.Rows)
        {
            if (!rows.TryGetValue(ids[row.TeamId].ToString(), out var own)) yield return $"{names[row.TeamId]} is not on our board.";
            else if ((row.Rank, row.Solved, row.Penalty, row.LastSolved) != (own.Rank, own.Solved, own.Penalty, own.LastSolved)) yield return $"{names[row.TeamId]}: {row.Rank}., {row.Solved} in {row.Penalty.TotalMinutes:0} there, {own.Rank}., {own.Solved} in {own.Penalty.TotalMinutes:0} here.";
            else if (!row.Cells.SequenceEqual(own.Cells)) yield return $"{names[row.TeamId]}: {string.Join(", ", row.Cells.Zip(own.Cells).Where(pair => pair.First != pair.Second).Select(pair => pair.First.ProblemId))} are otherwise there.";
        }
    }

    /// <summary>Our board against a scoreboard that the source gives; times are compared as minutes, as older versions write them.</summary>
    private static IEnumerable<string> DifferencesOf(JsonElement scoreboard, ProblemBoard ours, Dictionary<string, Guid> ids)
    {
        var rows = ours.Rows.ToDictionary(row => row.TeamId);
        if (scoreboard.ValueKind != JsonValueKind.Object || !scoreboard.TryGetProperty("rows", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            yield return "scoreboard.json has no rows.";
            yield break;
        }
        foreach (var row in list.EnumerateArray())
        {
            var team = row.TryGetProperty("team_id", out var id) ? id.ToString() : "";
            if (!ids.TryGetValue(team, out var entry) || !rows.TryGetValue(entry.ToString(), out var own))
            {
                yield return $"scoreboard.json: team {team} is not on our board.";
                continue;
            }
            var score = row.TryGetProperty("score", out var given) ? given : default;
            var theirs = (Rank: NumberOf(row, "rank"), Solved: NumberOf(score, "num_solved"), Minutes: NumberOf(score, "total_time"));
            if (theirs != (own.Rank, own.Solved, (int)own.Penalty.TotalMinutes)) yield return $"scoreboard.json: team {team}: {theirs.Rank}., {theirs.Solved} in {theirs.Minutes} there, {own.Rank}., {own.Solved} in {own.Penalty.TotalMinutes:0} here.";
        }
    }

    private static int? NumberOf(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number) return (int)value.GetDouble();
        var parts = value.ToString().Split(':');
        return parts.Length == 3 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var hours) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var minutes) ? hours * 60 + minutes : null;
    }

    /// <summary>The same of there is the same here, whoever imports it how often.</summary>
    private static Guid IdOf(Guid competitionId, string kind, string external)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{competitionId:D} {kind} {external}"))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
