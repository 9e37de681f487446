namespace Podium.Learning.Plagiarism;

/// <summary>The three languages of a page.</summary>
public enum CodeLanguage
{
    Html,
    Css,
    Js,
}

/// <summary>A word of code as it is compared: what a copier changes without thinking (names, texts, spaces, comments, quotes) is not in it.</summary>
public readonly record struct CodeToken(string Text, int Line);

/// <summary>Walks over code and counts its lines.</summary>
internal struct CodeCursor(string code, int line)
{
    public int At { get; private set; }

    public int Line { get; private set; } = line;

    public readonly bool IsEnd => At >= code.Length;

    public readonly char Now => Peek(0);

    public readonly char Peek(int ahead) => At + ahead < code.Length ? code[At + ahead] : '\0';

    public readonly bool Sees(string text) => string.CompareOrdinal(code, At, text, 0, text.Length) == 0;

    public readonly bool SeesAnyCase(string text) => string.Compare(code, At, text, 0, text.Length, StringComparison.OrdinalIgnoreCase) == 0;

    public readonly string Since(int start) => code[start..At];

    public void Step(int by = 1)
    {
        for (; by > 0 && At < code.Length; by--)
        {
            if (code[At] == '\n') Line++;
            At++;
        }
    }

    public void StepWhile(Func<char, bool> condition)
    {
        while (!IsEnd && condition(Now)) Step();
    }

    /// <summary>Behind the next place where a text stands, or at the end.</summary>
    public void StepBehind(string text)
    {
        var found = code.IndexOf(text, At, StringComparison.Ordinal);
        Step((found < 0 ? code.Length : found + text.Length) - At);
    }
}
