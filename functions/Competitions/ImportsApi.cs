using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Csv;
using Podium.Submissions;

namespace Podium.Functions.Competitions;

/// <summary>Moving people, teams and registrations in from tables, and everything out again.</summary>
public sealed class ImportsApi(
    ImportPeople importPeople, ImportTeams importTeams, ImportRegistrations importRegistrations, ExportCompetition export, CompetitionDirectory competitions, EntryForms forms, ExportSubmissions exportSubmissions)
{
    [Function("ImportPeople"), Requires(Permissions.UserManage)]
    [Operation("Open accounts for the people of a table", Description = "Columns: email, first_name, last_name; perhaps external_id, language, country, institution. A file with errors changes nothing.",
        Body = typeof(Import.Request), Answer = typeof(Import.Result), Problems = ["email-taken"])]
    public async Task<IResult> People([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports/people")] HttpRequest request)
    {
        var done = await importPeople.Run(request.Caller(), await request.ReadAsync<Import.Request>(Import.MostBytes), request.HttpContext.RequestAborted);
        return done.Answer(result => Answer.Ok(result));
    }

    [Function("ImportTeams"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Form the teams of a table", Description = "Columns: external_id, team, captain; perhaps members (addresses, parted by blanks). A file with errors changes nothing.",
        Body = typeof(Import.Request), Answer = typeof(Import.Result), Problems = ["not-found", "conflict", "competition-ended", "team-full", "already-taking-part", "team-name-taken", "competition-frozen"])]
    public async Task<IResult> Teams([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/imports/teams")] HttpRequest request, string competitionId)
    {
        var done = await importTeams.Run(request.Caller(), Id(competitionId), await request.ReadAsync<Import.Request>(Import.MostBytes), request.HttpContext.RequestAborted);
        return done.Answer(result => Answer.Ok(result));
    }

    [Function("ImportRegistrations"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Register who stands in a table", Description = "Columns: external_id, and email or team; perhaps status and the fields of the form. A file with errors changes nothing.",
        Body = typeof(Import.Request), Answer = typeof(Import.Result), Problems = ["not-found", "competition-ended", "already-taking-part", "already-registered", "seats-taken", "competition-frozen"])]
    public async Task<IResult> Registrations([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/imports/registrations")] HttpRequest request, string competitionId)
    {
        var done = await importRegistrations.Run(request.Caller(), Id(competitionId), await request.ReadAsync<Import.Request>(Import.MostBytes), request.HttpContext.RequestAborted);
        return done.Answer(result => Answer.Ok(result));
    }

    [Function("ExportCompetition"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("All there is about a competition", Answer = typeof(ExportCompetition.Whole), Problems = ["not-found"])]
    public async Task<IResult> Whole([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/export")] HttpRequest request, string competitionId)
    {
        var whole = await export.Run(request.Caller(), Id(competitionId), competitions, forms, exportSubmissions, request.HttpContext.RequestAborted);
        return whole.Answer(all => Answer.Ok(all));
    }

    [Function("ExportTeams"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The teams as a table for spreadsheets", MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> TeamTable([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/export/teams")] HttpRequest request, string competitionId)
    {
        var found = await competitions.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => new CsvAnswer(export.TeamTableAsync(request.Caller(), view.Id, request.HttpContext.RequestAborted), $"{view.Slug}-teams.csv"));
    }

    [Function("ExportRegistrations"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The registrations as a table for spreadsheets", MediaType = "text/csv", Problems = ["not-found"])]
    public async Task<IResult> RegistrationTable([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/export/registrations")] HttpRequest request, string competitionId)
    {
        var found = await competitions.ReadAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(view => new CsvAnswer(export.RegistrationTableAsync(request.Caller(), view.Id, forms, request.HttpContext.RequestAborted), $"{view.Slug}-registrations.csv"));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
