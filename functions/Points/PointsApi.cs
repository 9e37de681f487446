using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Points;

namespace Podium.Functions.Points;

/// <summary>Points and achievements of people, and the boards they stand on.</summary>
public sealed class PointsApi(PointBoards boards, PointSeasons seasons, StreakBoard streaks, OwnPoints own)
{
    [Function("GetPointBoard"), Anyone]
    [Operation("Who has the most points", Query = typeof(PointBoards.Query), Answer = typeof(Page<PointBoards.Line>), Problems = ["not-found"])]
    public async Task<IResult> Overall([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/points/board")] HttpRequest request)
    {
        var found = await boards.OverallAsync(request.Caller(), request.Query<PointBoards.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetInstitutionPointBoard"), Anyone]
    [Operation("Who has the most points at an institution", Query = typeof(PointBoards.Query), Answer = typeof(Page<PointBoards.Line>), Problems = ["not-found"])]
    public async Task<IResult> OfInstitution([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/institutions/{institutionId}/point-board")] HttpRequest request, string institutionId)
    {
        var found = await boards.OfInstitutionAsync(request.Caller(), RequestReading.Id(institutionId, "institution"), request.Query<PointBoards.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetCompetitionPointBoard"), Anyone]
    [Operation("Who has earned the most points in a competition", Query = typeof(PageQuery), Answer = typeof(Page<PointBoards.Line>), Problems = ["not-found"])]
    public async Task<IResult> OfCompetition([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/point-board")] HttpRequest request, string competitionId)
    {
        var found = await boards.OfCompetitionAsync(request.Caller(), RequestReading.Id(competitionId, "competition"), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("GetStreakBoard"), Anyone]
    [Operation("Who practises the most days in a row", Query = typeof(PageQuery), Answer = typeof(Page<StreakBoard.Line>))]
    public async Task<IResult> Streaks([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/streaks/board")] HttpRequest request) =>
        Answer.Ok(await streaks.ReadAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("ListPointSeasons"), Anyone]
    [Operation("Seasons of points", Answer = typeof(PointSeasons.Seasons))]
    public async Task<IResult> Seasons([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/points/seasons")] HttpRequest request) =>
        Answer.Ok(await seasons.ListAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("SetPointSeason"), Requires(Permissions.PointsManage)]
    [Operation("Make or change a season", Description = "Its board counts what was earned on its days, also before it was made.", Body = typeof(PointSeasons.Request), Answer = typeof(PointSeasons.View), Problems = ["not-found", "seasons-overlap"])]
    public async Task<IResult> SetSeason([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/points/seasons/{seasonId}")] HttpRequest request, string seasonId)
    {
        var set = await seasons.SetAsync(request.Caller(), RequestReading.Id(seasonId, "season"), await request.ReadAsync<PointSeasons.Request>(), request.HttpContext.RequestAborted);
        return set.Answer(view => Answer.Ok(view));
    }

    [Function("RemovePointSeason"), Requires(Permissions.PointsManage)]
    [Operation("Remove a season and its board", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> RemoveSeason([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/points/seasons/{seasonId}")] HttpRequest request, string seasonId)
    {
        var removed = await seasons.RemoveAsync(request.Caller(), RequestReading.Id(seasonId, "season"), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("GetMyPoints"), SignedIn]
    [Operation("My points, and where I stand", Answer = typeof(OwnPoints.Standing))]
    public async Task<IResult> Mine([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/points")] HttpRequest request) =>
        Answer.Ok(await own.StandingAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("ListMyPointEntries"), SignedIn]
    [Operation("What I was given points for, and what was taken back", Query = typeof(PageQuery), Answer = typeof(Page<OwnPoints.Entry>), Problems = ["not-found"])]
    public async Task<IResult> MyEntries([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/points/entries")] HttpRequest request)
    {
        var found = await own.EntriesAsync(request.Caller(), request.Caller().Person, request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListPointEntries"), Requires(Permissions.PointsManage)]
    [Operation("What somebody was given points for, and what was taken back", Query = typeof(PageQuery), Answer = typeof(Page<OwnPoints.Entry>), Problems = ["not-found"])]
    public async Task<IResult> Entries([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/users/{userId}/point-entries")] HttpRequest request, string userId)
    {
        var found = await own.EntriesAsync(request.Caller(), RequestReading.Id(userId, "person"), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListMyAchievements"), SignedIn]
    [Operation("What I have earned", Query = typeof(PageQuery), Answer = typeof(Page<OwnPoints.Badge>), Problems = ["not-found"])]
    public async Task<IResult> MyBadges([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/achievements")] HttpRequest request)
    {
        var found = await own.BadgesAsync(request.Caller(), request.Caller().Person, request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListPersonsAchievements"), Anyone]
    [Operation("What somebody has earned", Description = "Where the tenant asks for consent to `public-boards`, only of who has given it.", Query = typeof(PageQuery), Answer = typeof(Page<OwnPoints.Badge>), Problems = ["not-found"])]
    public async Task<IResult> Badges([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/users/{userId}/achievements")] HttpRequest request, string userId)
    {
        var found = await own.BadgesAsync(request.Caller(), RequestReading.Id(userId, "person"), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }
}
