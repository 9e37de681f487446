using System.Text.Json;
using System.Text.RegularExpressions;

namespace Podium.Tests.Azure;

/// <summary>Alerts look at what there is, and lead to a page that says what to do.</summary>
public sealed partial class AlertTests
{
    [Fact]
    public void Every_runbook_that_an_alert_names_is_there_and_every_urgent_alert_names_one()
    {
        var text = Infrastructure.Module("alerts").Text;
        var named = Runbook().Matches(text).Select(match => match.Value).Distinct().ToList();
        Assert.True(named.Count >= 5);
        Assert.All(named, page => Assert.True(File.Exists(Path.Combine(Infrastructure.Root, page)), $"There is no {page}."));
        Assert.All(Urgent().Matches(text), match => Assert.Contains("docs/runbooks/", match.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Log_alerts_and_the_workbook_ask_for_functions_and_messages_that_the_app_has()
    {
        var asked = Infrastructure.Module("alerts").Text + Infrastructure.Read("infra", "azure", "workbook.json");
        var functions = FunctionName().Matches(asked).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.Equal(["SelfCheckProbeArrived"], functions);
        Assert.All(functions, function => Assert.Contains(AppFile.Triggers, trigger => trigger.Function == function));
        var ending = MessageEnd().Match(asked).Groups[1].Value;
        Assert.NotEmpty(ending);
        Assert.Contains(Infrastructure.AppSource(), source => source.Contains($"{ending}\")]", StringComparison.Ordinal));
        var beginning = MessageBegin().Match(asked).Groups[1].Value;
        Assert.NotEmpty(beginning);
        Assert.Contains(Infrastructure.AppSource(), source => source.Contains($"LogLevel.Error, \"{beginning}", StringComparison.Ordinal));
    }

    [Fact]
    public void The_workbook_is_JSON_whose_placeholders_Bicep_fills()
    {
        using var workbook = JsonDocument.Parse(Infrastructure.Read("infra", "azure", "workbook.json"));
        var filled = Infrastructure.Module("workbook").Variables["content"];
        var placeholders = Placeholder().Matches(workbook.RootElement.GetRawText()).Select(match => match.Value).Distinct().ToList();
        Assert.Equal(3, placeholders.Count);
        Assert.All(placeholders, placeholder => Assert.Contains($"'{placeholder}'", filled, StringComparison.Ordinal));
    }

    [Fact]
    public void The_workflow_gives_what_the_parameter_files_read_from_the_environment()
    {
        var workflow = Infrastructure.Read(".github", "workflows", "deploy-to.yml") + Infrastructure.Read("infra", "azure", "release.sh");
        var guide = Infrastructure.Read("docs", "deploy.md");
        var read = Infrastructure.ParameterFiles.SelectMany(file => FromEnvironment().Matches(file.Text)).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.Contains("PODIUM_ALERT_EMAIL", read);
        Assert.All(read, name => Assert.Contains(name, workflow, StringComparison.Ordinal));
        // and what the workflow reads from GitHub is in the guide
        foreach (Match variable in WorkflowVariable().Matches(workflow)) Assert.Contains(variable.Groups[1].Value, guide, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"docs/runbooks/[a-z-]+\.md")]
    private static partial Regex Runbook();

    [GeneratedRegex(@"\{ name: '[^']*', text: [^\n]*severity: 0[^\n]*")]
    private static partial Regex Urgent();

    [GeneratedRegex(@"name == \\?'(\w+)")]
    private static partial Regex FunctionName();

    [GeneratedRegex(@"message endswith \\'([^\\]+)\\'")]
    private static partial Regex MessageEnd();

    [GeneratedRegex(@"message startswith \\'([^\\]+)\\'")]
    private static partial Regex MessageBegin();

    [GeneratedRegex(@"\b[A-Z_]+_ID\b")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"readEnvironmentVariable\('(\w+)'")]
    private static partial Regex FromEnvironment();

    [GeneratedRegex(@"\bvars\.(\w+)")]
    private static partial Regex WorkflowVariable();
}
