namespace Podium.Boards;

/// <summary>What a board shows, in one language, before it is a page.</summary>
public sealed record BoardContent
{
    /// <summary>What the page is called.</summary>
    public required string Title { get; init; }

    public required string Heading { get; init; }

    /// <summary>How things stand, one sentence each.</summary>
    public IReadOnlyList<BoardNote> Notes { get; init; } = [];

    public IReadOnlyList<BoardTable> Tables { get; init; } = [];

    /// <summary>Ways to other pages.</summary>
    public IReadOnlyList<BoardLink> Links { get; init; } = [];

    /// <summary>What who listens is told when it changes: who leads, not every line.</summary>
    public string Said { get; init; } = "";

    /// <summary>Whether there is anything to come: a page that stays as it is needs no stream.</summary>
    public bool IsLive { get; init; } = true;
}

/// <param name="Kind">frozen, halted or plain.</param>
public sealed record BoardNote(string Text, string Kind = "plain");

/// <param name="Path">Within the site; the language is added.</param>
public sealed record BoardLink(string Text, string Path, bool IsHere);

public sealed record BoardTable(string Caption, IReadOnlyList<BoardColumn> Columns, IReadOnlyList<BoardRow> Rows);

/// <param name="Name">What it is called in full, where the heading is short.</param>
public sealed record BoardColumn(string Heading, string Kind = "text", string? Name = null);

/// <param name="Key">What it is known by from one state to the next.</param>
public sealed record BoardRow(string Key, IReadOnlyList<BoardCell> Cells);

/// <param name="Text">What is seen.</param>
/// <param name="Spoken">What is said instead, where signs alone would tell nothing.</param>
/// <param name="Part">Of one, for a bar.</param>
public sealed record BoardCell(string Text, string Kind = "", string? Spoken = null, double? Part = null);
