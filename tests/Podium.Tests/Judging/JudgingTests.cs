using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Judging;

public sealed class JudgingTests(SharedApp shared)
{
    [Fact]
    public async Task A_round_is_judged_from_assignment_to_places()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 3, judges: 3);
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/conflicts", new { judgeId = contest.Panel[0].JudgeId, registrationId = contest.Participants[0].RegistrationId, reason = "a cousin" }).OkAsync(201);
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/conflicts", new { judgeId = contest.Panel[0].JudgeId, registrationId = contest.Participants[0].RegistrationId }).ProblemAsync(409, "conflict-declared");

        var short3 = await contest.AssignAsync(3);
        Assert.Equal("Team Number1 has 2 eligible judges, 3 needed: Judge Number1 declared a conflict of interest (a cousin).", short3["plan"]!["shortages"]!.AsArray().Single()!["why"]!.ToString());
        var details = await contest.AssignAsync(2);
        Assert.Equal((6, 2, 0), (details["assignments"]!.AsArray().Count, (int)details["plan"]!["withdrawn"]!, details["plan"]!["shortages"]!.AsArray().Count));
        Assert.Equal((long)details["plan"]!["cost"]!, (long)details["plan"]!["provenBound"]!);
        Assert.All(details["assignments"]!.AsArray(), given => Assert.Contains("No conflict of interest is known.", given!["why"]!.AsArray().Select(why => why!.ToString())));
        Assert.DoesNotContain(details["assignments"]!.AsArray(), given => (Guid)given!["judgeId"]! == contest.Panel[0].JudgeId && (Guid)given["registrationId"]! == contest.Participants[0].RegistrationId);

        var judge = contest.Panel[0].Person;
        var waiting = await JudgedContest.ReviewsOfAsync(judge);
        var path = $"/api/reviews/{waiting[0]["id"]}";
        await judge.Http.GetAsync(path).ProblemAsync(409, "no-rubric");
        await judge.Http.PatchAsJsonAsync(path, new { marks = new { idea = 5 } }).ProblemAsync(409, "no-rubric");
        var rubric = await contest.RubricAsync(tieBreaks: new[] { new { by = "criterion", criterion = "idea" } });
        Assert.Equal((55m, 1), ((decimal)rubric["totalPoints"]!, (int)rubric["number"]!));

        // a draft grows, says what is wrong with it, and is nobody else's
        await judge.Http.PatchAsJsonAsync(path, new { marks = new { idea = 5.25, work = 21, other = 1 } }).ProblemAsync(422, "invalid");
        var draft = await judge.Http.PatchAsJsonAsync(path, new { marks = new { idea = 5.5 }, comments = new { idea = "Bold" } }).OkAsync();
        Assert.Equal(("draft", 1), (draft["review"]!["status"]!.ToString(), (int)draft["review"]!["version"]!));
        await judge.Http.IfMatchAsync(HttpMethod.Patch, path, "\"0\"", new { comment = "late" }).ProblemAsync(409, "stale");
        await judge.Http.PostAsJsonAsync($"{path}/final", new { }).ProblemAsync(422, "invalid");
        await contest.Panel[1].Person.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await contest.Participants[0].Person.Http.PatchAsJsonAsync(path, new { marks = new { idea = 10 } }).ProblemAsync(404, "not-found");
        await contest.Participants[0].Person.Http.GetAsync($"{contest.Round}/scores").ProblemAsync(403, "forbidden");
        var stranger = await (await shared.TenantAsync()).AdministratorAsync();
        await stranger.Http.GetAsync(path).ProblemAsync(404, "not-found");
        await stranger.Http.GetAsync($"{contest.Round}/scores").ProblemAsync(404, "not-found");

        // final, again the same, something else, reopened, final anew
        var final = await judge.Http.PostAsJsonAsync($"{path}/final", new { marks = new { work = 12.25 } }).OkAsync();
        Assert.Equal(("final", 30m), (final["review"]!["status"]!.ToString(), (decimal)final["review"]!["overallScore"]!));
        Assert.Equal(final["review"]!.ToJsonString(), (await judge.Http.PostAsJsonAsync($"{path}/final", new { marks = new { work = 12.25 } }).OkAsync())["review"]!.ToJsonString());
        await judge.Http.PostAsJsonAsync($"{path}/final", new { marks = new { work = 13 } }).ProblemAsync(409, "review-final");
        await judge.Http.PatchAsJsonAsync(path, new { comment = "more" }).ProblemAsync(409, "review-final");
        await judge.Http.PostAsJsonAsync($"{path}/recusal", new { reason = "tired" }).ProblemAsync(409, "review-final");
        await judge.Http.PostAsJsonAsync($"{contest.Path}{path[4..]}/reopening", new { reason = "please" }).ProblemAsync(403, "forbidden");
        var reopened = await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}{path[4..]}/reopening", new { reason = "a slip" }).OkAsync();
        Assert.Equal(("reopened", "a slip"), (reopened["status"]!.ToString(), reopened["reason"]!.ToString()));
        Assert.Equal(6, (int)(await contest.Organizer.Http.GetAsync($"{contest.Round}/scores").OkAsync())["waiting"]!);

        // two screens of the same judge: one of them is told that it came too late
        var answers = await Task.WhenAll(JudgedContest.FinishAsync(judge, waiting[0], 6, 14), JudgedContest.FinishAsync(judge, waiting[0], 8, 14));
        Assert.Equal([200, 409], answers.Select(answer => (int)answer.StatusCode).Order());

        // everybody finishes: participant 1 and 2 are level, and the chain's first link parts them
        foreach (var (person, _) in contest.Panel)
        {
            foreach (var review in await JudgedContest.ReviewsOfAsync(person))
            {
                var number = review["entry"]!.ToString()[^1] - '0';
                if (review["status"]!.ToString() == "finished") await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/reviews/{review["id"]}/reopening", new { reason = "once more" }).OkAsync();
                await JudgedContest.FinishAsync(person, review, number == 1 ? 8 : 6, number == 3 ? 10 : number == 1 ? 15 : 16).OkAsync();
            }
        }
        var scores = await contest.Organizer.Http.GetAsync($"{contest.Round}/scores?normalisation=judgeEffect").OkAsync();
        Assert.Equal(0, (int)scores["waiting"]!);
        Assert.Equal([("Team Number1", 1, 38m), ("Team Number2", 2, 38m), ("Team Number3", 3, 26m)], scores["lines"]!.AsArray().Select(line => (line!["participant"]!.ToString(), (int)line["rank"]!, (decimal)line["raw"]!)));
        Assert.Equal("criterion", scores["lines"]![1]!["decidedBy"]!.ToString());
        Assert.Equal(1, (double)scores["alpha"]!, 9);
        Assert.Equal(6, (await contest.Organizer.Http.GetAsync($"{contest.Round}/reviews").OkAsync())["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Who_drops_out_or_recuses_is_replaced_and_what_is_final_stays()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 4, judges: 3);
        await contest.RubricAsync();
        await contest.AssignAsync(2);
        var (leaving, leavingId) = contest.Panel[0];
        var mine = await JudgedContest.ReviewsOfAsync(leaving);
        Assert.True(mine.Count >= 2);
        await JudgedContest.FinishAsync(leaving, mine[0], 5, 10).OkAsync();
        await leaving.Http.PatchAsJsonAsync($"/api/reviews/{mine[1]["id"]}", new { marks = new { idea = 1 } }).OkAsync();
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/judges/{leavingId}/drop-out", new { reason = "ill" }).OkAsync();
        var after = await contest.AssignmentAsync();
        Assert.Equal(("drop-out", 8), (after["plan"]!["why"]!.ToString(), after["assignments"]!.AsArray().Count));
        Assert.Equal("finished", after["assignments"]!.AsArray().Single(given => (Guid)given!["judgeId"]! == leavingId)!["status"]!.ToString());
        Assert.Equal([mine[0]["id"]!.ToString()], (await JudgedContest.ReviewsOfAsync(leaving)).Select(review => review["id"]!.ToString()));
        await leaving.Http.PatchAsJsonAsync($"/api/reviews/{mine[1]["id"]}", new { marks = new { idea = 2 } }).ProblemAsync(404, "not-found");

        // somebody comes late, and another recuses: only then is anything given to the newcomer
        var late = await contest.AddJudgeAsync("Late");
        var (recusing, recusingId) = contest.Panel[1];
        var given = (await JudgedContest.ReviewsOfAsync(recusing))[0];
        Assert.Equal("recused", (await recusing.Http.PostAsJsonAsync($"/api/reviews/{given["id"]}/recusal", new { reason = "I know them" }).OkAsync())["assignment"]!["status"]!.ToString());
        await recusing.Http.PostAsJsonAsync($"/api/reviews/{given["id"]}/recusal", new { reason = "I know them" }).OkAsync();
        var last = await contest.AssignmentAsync();
        Assert.Equal(("recusal", 1), (last["plan"]!["why"]!.ToString(), (int)last["plan"]!["given"]!));
        Assert.Equal(given["registrationId"]!.ToString(), last["assignments"]!.AsArray().Single(one => (Guid)one!["judgeId"]! == late)!["registrationId"]!.ToString());
        await recusing.Http.PatchAsJsonAsync($"/api/reviews/{given["id"]}", new { comment = "after all" }).ProblemAsync(409, "review-over");

        // the new judge was told, in a mail of their own
        Assert.Contains(await contest.Tenant.MailsAsync(contest.Panel[3].Person.Email), mail => mail.Subject == "Reviews for Cup of robots");
        var members = (await contest.Organizer.Http.GetAsync($"{contest.Path}/judges").OkAsync())["items"]!.AsArray();
        Assert.NotNull(members.Single(member => (Guid)member!["judgeId"]! == leavingId)!["droppedOutAt"]);
        Assert.Equal(1, (int)members.Single(member => (Guid)member!["judgeId"]! == late)!["waiting"]!);
        Assert.Null((await contest.Organizer.Http.PutAsJsonAsync($"{contest.Path}/judges/{leavingId}", new { capacity = 3 }).OkAsync())["droppedOutAt"]);
    }

    [Fact]
    public async Task Blind_judges_see_a_code_instead_of_a_name()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 2, judges: 1);
        await contest.RubricAsync(blind: true);
        await contest.AssignAsync(1);
        var reviews = await JudgedContest.ReviewsOfAsync(contest.Panel[0].Person);
        Assert.Equal(2, reviews.Select(review => review["entry"]!.ToString()).Distinct().Count());
        Assert.All(reviews, review => Assert.Matches("^Entry [0-9A-F]{8}$", review["entry"]!.ToString()));
        var one = await contest.Panel[0].Person.Http.PatchAsJsonAsync($"/api/reviews/{reviews[0]["id"]}", new { marks = new { idea = 3 } }).OkAsync();
        Assert.All([.. reviews.Select(review => review.ToJsonString()), one.ToJsonString()], text => Assert.All(contest.Participants, participant =>
        {
            Assert.DoesNotContain("Number", text, StringComparison.Ordinal);
            Assert.DoesNotContain(participant.RegistrationId.ToString(), text, StringComparison.Ordinal);
            Assert.DoesNotContain(participant.Person.Id.ToString(), text, StringComparison.Ordinal);
        }));
    }

    [Fact]
    public async Task Only_who_has_the_role_becomes_a_judge_and_rubrics_are_checked()
    {
        var contest = await JudgedContest.CreateAsync(shared, participants: 1, judges: 1);
        var person = contest.Participants[0].Person;
        await contest.Organizer.Http.PostAsJsonAsync("/api/judges", new { userId = person.Id }).ProblemAsync(409, "not-a-judge");
        await contest.Organizer.Http.PostAsJsonAsync("/api/judges", new { userId = contest.Panel[0].Person.Id }).ProblemAsync(409, "judge-exists");
        await person.Http.PostAsJsonAsync("/api/judges", new { userId = person.Id }).ProblemAsync(403, "forbidden");
        var changed = await contest.Organizer.Http.PatchAsJsonAsync($"/api/judges/{contest.Panel[0].JudgeId}", new { topics = new[] { "Vision", "vision", "Law" } }).OkAsync();
        Assert.Equal("[\"Vision\",\"Law\"]", changed["topics"]!.ToJsonString());
        object Rubric(object more)
        {
            var request = JsonNode.Parse("""{"name":"Jury","criteria":[{"key":"idea","name":"Idea","maxPoints":10}]}""")!.AsObject();
            foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(more)!.AsObject()) request[name] = value?.DeepClone();
            return request;
        }
        var first = await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rubrics", Rubric(new { })).OkAsync(201);
        var second = await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rubrics", Rubric(new { panel = "trimmed" })).OkAsync(201);
        Assert.Equal((1, 2), ((int)first["number"]!, (int)second["number"]!));
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rubrics", Rubric(new { totalPoints = 50 })).ProblemAsync(422, "invalid");
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rubrics", Rubric(new { tieBreaks = new[] { new { by = "criterion", criterion = "other" } } })).ProblemAsync(422, "invalid");
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Path}/rubrics", Rubric(new { roundId = Guid.NewGuid() })).ProblemAsync(422, "invalid");
        await contest.Organizer.Http.PostAsJsonAsync($"{contest.Round}/assignment", new { needed = 1, registrationIds = new[] { Guid.NewGuid() } }).ProblemAsync(422, "invalid");
        // a judge declares their own conflicts, and nobody else's
        await contest.Panel[0].Person.Http.PostAsJsonAsync($"{contest.Path}/conflicts", new { judgeId = contest.Panel[0].JudgeId, registrationId = contest.Participants[0].RegistrationId }).OkAsync(201);
        await person.Http.PostAsJsonAsync($"{contest.Path}/conflicts", new { judgeId = contest.Panel[0].JudgeId, registrationId = contest.Participants[0].RegistrationId }).ProblemAsync(422, "invalid");
        var declared = (await contest.Organizer.Http.GetAsync($"{contest.Path}/conflicts").OkAsync())["items"]!.AsArray().Single()!;
        Assert.Equal(204, (int)(await contest.Organizer.Http.DeleteAsync($"{contest.Path}/conflicts/{declared["id"]}")).StatusCode);
        await contest.Organizer.Http.DeleteAsync($"{contest.Path}/conflicts/{declared["id"]}").ProblemAsync(404, "not-found");
    }
}
