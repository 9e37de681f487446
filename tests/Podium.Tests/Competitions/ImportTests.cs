using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

public sealed class ImportTests(SharedApp shared)
{
    [Fact]
    public async Task People_teams_and_registrations_come_in_by_tables_and_go_out_again()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "Polytechnic" }).OkAsync(201);
        var contest = await Contest.PublishedAsync(boss, new { type = "hybrid", minTeamSize = 1, maxTeamSize = 3, maxParticipants = 2 });
        await boss.Http.PostAsJsonAsync($"{contest.Path}/forms", new { purpose = "registration", fields = new object[] { new { name = "robot", type = "text", required = true, label = new { en = "Robot" } }, new { name = "mass", type = "number", max = 9, label = new { en = "Mass" } } } }).OkAsync(201);
        var people = $"email;first_name;last_name;external_id;institution;shoe size\na@{tenant.Slug}.org;Дана;Омарова;p1;polytechnic;40\nb@{tenant.Slug}.org;Павел;Орлов;p2;;41\nc@{tenant.Slug}.org;Zoé;Moreau;p3;;42\n";

        var preview = await ImportAsync("/api/imports/people", people, preview: true);
        Assert.Equal((false, 3), ((bool)preview["applied"]!, (int)preview["added"]!));
        Assert.Equal(["shoe size"], preview["ignoredColumns"]!.AsArray().Select(column => (string)column!));
        Assert.Equal(0, (int)(await ImportAsync("/api/imports/people", people.Replace("polytechnic", "Hogwarts", StringComparison.Ordinal)))["added"]!);
        Assert.Equal((true, 3), await AppliedAsync("/api/imports/people", people, "added"));
        Assert.Equal((true, 3), await AppliedAsync("/api/imports/people", people, "unchanged"));
        Assert.Contains(await tenant.MailsAsync($"a@{tenant.Slug}.org"), mail => mail.Template == "account-invite");

        var teams = $"external_id,team,captain,members\nt1,\"=Eagles, golden\",a@{tenant.Slug}.org,b@{tenant.Slug}.org\n";
        Assert.Equal((true, 1), await AppliedAsync($"{contest.Path}/imports/teams", teams, "added"));
        Assert.Equal((true, 1), await AppliedAsync($"{contest.Path}/imports/teams", teams, "unchanged"));
        Assert.Equal((true, 1), await AppliedAsync($"{contest.Path}/imports/teams", teams.Replace("golden", "silver", StringComparison.Ordinal), "changed"));

        var registrations = $"external_id,team,email,robot,mass\nr1,t1,,Mk 1,1.5\nr2,,c@{tenant.Slug}.org,+Mk 2,\n";
        Assert.Equal((true, 2), await AppliedAsync($"{contest.Path}/imports/registrations", registrations, "added"));
        Assert.Equal((true, 2), await AppliedAsync($"{contest.Path}/imports/registrations", registrations, "unchanged"));
        Assert.Equal(2, (int)(await contest.ReadAsync())["seatsTaken"]!);

        var table = await boss.Http.GetAsync($"{contest.Path}/export/registrations");
        Assert.Equal("text/csv", table.Content.Headers.ContentType!.MediaType);
        var text = await table.Content.ReadAsStringAsync();
        Assert.Contains("\"'=Eagles, silver\"", text, StringComparison.Ordinal);
        Assert.Contains(",'+Mk 2,", text, StringComparison.Ordinal);
        Assert.Equal((true, 2), await AppliedAsync($"{contest.Path}/imports/registrations", text, "unchanged"));
        Assert.Equal((true, 1), await AppliedAsync($"{contest.Path}/imports/teams", await boss.Http.GetStringAsync($"{contest.Path}/export/teams"), "unchanged"));
        var whole = await boss.Http.GetAsync($"{contest.Path}/export").OkAsync();
        Assert.Equal((1, 2, 1), (whole["teams"]!.AsArray().Count, whole["registrations"]!.AsArray().Count, whole["forms"]!.AsArray().Count));

        var person = await tenant.PersonAsync();
        foreach (var path in new[] { "/export", "/export/teams", "/export/registrations" }) await person.Http.GetAsync(contest.Path + path).ProblemAsync(403, "forbidden");
        await person.Http.PostAsJsonAsync($"{contest.Path}/imports/teams", new { file = "YQo=" }).ProblemAsync(403, "forbidden");
        await boss.Http.PostAsJsonAsync("/api/imports/people", new { file = "not base64!" }).ProblemAsync(422, "invalid");

        async Task<JsonObject> ImportAsync(string path, string csv, bool preview = false) =>
            await boss.Http.PostAsJsonAsync(path, new { file = Convert.ToBase64String(Encoding.UTF8.GetBytes(csv)), preview }).OkAsync();

        async Task<(bool, int)> AppliedAsync(string path, string csv, string effect)
        {
            var result = await ImportAsync(path, csv);
            Assert.True(result["errors"]!.AsArray().Count == 0, result.ToJsonString());
            return ((bool)result["applied"]!, (int)result[effect]!);
        }
    }

    [Fact]
    public async Task Every_bad_row_is_told_with_line_and_column_and_nothing_is_changed()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { type = "team", maxTeamSize = 2, maxParticipants = 1 });
        var taken = await tenant.PersonAsync();
        await contest.TeamAsync(taken, "Taken").OkAsync(201);

        Assert.Equal(["1:last_name:missing-column"], await ErrorsAsync("/api/imports/people", "email,first_name\nx@example.org,X\n"));
        Assert.Equal(["1::quote"], await ErrorsAsync("/api/imports/people", "email,fi\"rst\n"));
        Assert.Equal(
            ["2:email:email", "3:first_name:required", "3:language:unknown", "4:country:format", "5:email:repeated"],
            await ErrorsAsync("/api/imports/people", "email,first_name,last_name,language,country\nnobody,A,B,,\nx@example.org,,B,xx,\ny@example.org,A,B,,kz\nY@EXAMPLE.ORG,A,B,,KZ\n"));
        Assert.Equal(
            ["2:captain:taking-part", "3:captain:unknown", "4:captain:required", "4:members:team-full", "4:team:taken"],
            await ErrorsAsync($"{contest.Path}/imports/teams", $"external_id,team,captain,members\n1,A,{taken.Email},\n2,B,nobody@example.org,\n3,TAKEN,,{await ManyAsync(3)}\n"));
        Assert.Equal(
            ["2:team:unknown", "3:email:teams-only", "4:team:unknown"],
            (await ErrorsAsync($"{contest.Path}/imports/registrations", $"external_id,email,team,status\n1,,none,\n2,{taken.Email},,\n3,,also none,approved\n")));
        // in a code page of old, with a column that is not there
        var old = CodePagesEncodingProvider.Instance.GetEncoding(1251)!.GetBytes("email;Имя;Фамилия\nx@example.org;Дана;Омарова\n");
        var result = await boss.Http.PostAsJsonAsync("/api/imports/people", new { file = Convert.ToBase64String(old) }).OkAsync();
        Assert.Equal("windows-1251", (string?)result["encoding"]);
        Assert.Contains("Фамилия", (string?)result["errors"]![0]!["detail"]);
        Assert.Empty((await boss.Http.GetAsync("/api/users?search=x@example.org").OkAsync())["items"]!.AsArray());

        async Task<string> ManyAsync(int count) => string.Join(' ', (await RegistrationTests.PeopleAsync(tenant, count)).Select(person => person.Email));

        async Task<IEnumerable<string>> ErrorsAsync(string path, string csv)
        {
            var answer = await boss.Http.PostAsJsonAsync(path, new { file = Convert.ToBase64String(Encoding.UTF8.GetBytes(csv)) }).OkAsync();
            Assert.False((bool)answer["applied"]!);
            return answer["errors"]!.AsArray().Select(error => $"{error!["line"]}:{error["column"]}:{error["code"]}").Order(StringComparer.Ordinal);
        }
    }
}
