using Spectre.Console;

namespace Podium.Cli;

/// <summary>How answers look to people.</summary>
internal sealed class Screen
{
    // what a pipe reads is not broken into lines
    private const int Unbroken = 1000;

    private readonly IAnsiConsole _console;

    public Screen(TextWriter writer, bool isTerminal)
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal) _console.Profile.Width = Unbroken;
    }

    public void Line(string text) => _console.WriteLine(text);

    /// <summary>A line with a mark in front: ✓, ! or ✗.</summary>
    public void Marked(string mark, string text)
    {
        var colour = mark switch { "✓" => Color.Green, "!" => Color.Yellow, _ => Color.Red };
        _console.Write(new Text(mark, new Style(colour)));
        _console.WriteLine($" {text}");
    }

    public void Table<T>(IEnumerable<T> rows, params (string Title, Func<T, string?> Value)[] columns)
    {
        var table = new Table().Border(TableBorder.Simple).Collapse();
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column.Title)));
        foreach (var row in rows) table.AddRow(columns.Select(column => new Text(column.Value(row) ?? "")));
        _console.Write(table);
    }

    /// <summary>Names and what they mean, one to a line.</summary>
    public void Facts(params (string Name, string? Value)[] facts)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, value) in facts.Where(fact => !string.IsNullOrEmpty(fact.Value))) grid.AddRow(new Text(name), new Text(value!));
        _console.Write(grid);
    }

    /// <summary>Shows how far some work has come, by what the work reports.</summary>
    public Task<T> ProgressAsync<T>(string title, long? total, Func<Ticker, Task<T>> work) => _console.Progress()
        .AutoClear(true)
        .Columns(total is null
            ? [new TaskDescriptionColumn(), new SpinnerColumn(), new ElapsedTimeColumn()]
            : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()])
        .StartAsync(progress =>
        {
            var task = progress.AddTask(Markup.Escape(title), maxValue: Math.Max(1, total ?? 1));
            task.IsIndeterminate = total is null;
            return work(new Ticker(task));
        });
}

/// <summary>Moves a progress bar, where somebody looks.</summary>
internal sealed class Ticker(ProgressTask? task = null)
{
    public void Done(long count) => task?.Value = count;

    public void Now(string what) => task?.Description = Markup.Escape(what);
}
