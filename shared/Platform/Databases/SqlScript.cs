namespace Podium.Platform.Databases;

/// <summary>One statement of a script, from its first word on, and the line that stands on.</summary>
internal sealed record SqlStatement(string Text, int Line);

/// <summary>Takes a script apart into its statements, so that each can be run and blamed by itself.</summary>
internal static class SqlScript
{
    public static IReadOnlyList<SqlStatement> Statements(string script)
    {
        var statements = new List<SqlStatement>();
        var statement = new Progress();
        var at = 0;
        while (at < script.Length)
        {
            if (char.IsWhiteSpace(script[at]))
            {
                at++;
            }
            else if (Starts(script, at, "--") || Starts(script, at, "/*"))
            {
                at = EndOfComment(script, at);
            }
            else if (script[at] == ';' && statement.MayEnd)
            {
                Add(at);
                at++;
            }
            else
            {
                if (statement.Start < 0) statement.Start = at;
                at = EndOfToken(script, at, statement);
            }
        }
        Add(script.Length);
        return statements;

        void Add(int end)
        {
            if (statement.Start >= 0)
                statements.Add(new SqlStatement(script[statement.Start..end].TrimEnd(), script.AsSpan(0, statement.Start).Count('\n') + 1));
            statement = new Progress();
        }
    }

    private static int EndOfToken(string script, int at, Progress statement)
    {
        switch (script[at])
        {
            case '\'':
                return EndOfQuoted(script, at, escapes: false);
            case '"':
                return EndOfQuoted(script, at, escapes: false);
            case '$':
                return EndOfDollarQuoted(script, at);
            case '(':
                statement.Parentheses++;
                return at + 1;
            case ')':
                statement.Parentheses--;
                return at + 1;
            case var first when !IsWordPart(first):
                return at + 1;
        }
        var end = at;
        while (end < script.Length && IsWordPart(script[end])) end++;
        if (end < script.Length && script[end] == '\'' && end == at + 1 && script[at] is 'E' or 'e') return EndOfQuoted(script, end, escapes: true);
        statement.Take(script[at..end]);
        return end;
    }

    // a quote that is doubled, or escaped in E'…', does not end the text
    private static int EndOfQuoted(string script, int at, bool escapes)
    {
        var quote = script[at];
        for (at++; at < script.Length; at++)
        {
            if (escapes && script[at] == '\\') at++;
            else if (script[at] == quote && !Starts(script, at + 1, quote.ToString())) return at + 1;
            else if (script[at] == quote) at++;
        }
        return script.Length;
    }

    private static int EndOfDollarQuoted(string script, int at)
    {
        var tag = at + 1;
        while (tag < script.Length && script[tag] != '$' && IsWordPart(script[tag])) tag++;
        // $1 is a parameter
        if (tag >= script.Length || script[tag] != '$' || char.IsAsciiDigit(script[at + 1])) return at + 1;
        var mark = script[at..(tag + 1)];
        return script.IndexOf(mark, tag + 1, StringComparison.Ordinal) is >= 0 and var found ? found + mark.Length : script.Length;
    }

    // block comments nest
    private static int EndOfComment(string script, int at)
    {
        if (script[at] == '-') return script.IndexOf('\n', at) is >= 0 and var line ? line + 1 : script.Length;
        var depth = 0;
        do
        {
            if (Starts(script, at, "/*")) (depth, at) = (depth + 1, at + 2);
            else if (Starts(script, at, "*/")) (depth, at) = (depth - 1, at + 2);
            else at++;
        }
        while (depth > 0 && at < script.Length);
        return Math.Min(at, script.Length);
    }

    private static bool Starts(string script, int at, string mark) => string.CompareOrdinal(script, at, mark, 0, mark.Length) == 0;

    private static bool IsWordPart(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '$' || character >= 0x80;

    private sealed class Progress
    {
        private readonly List<string> _opening = [];
        private string _last = "";
        private int _blocks;

        public int Start { get; set; } = -1;

        public int Parentheses { get; set; }

        /// <summary>Whether a semicolon ends it: not in CREATE RULE … DO (…; …), nor in a routine's BEGIN ATOMIC … END.</summary>
        public bool MayEnd => Parentheses <= 0 && _blocks == 0;

        public void Take(string word)
        {
            word = word.ToLowerInvariant();
            if (_opening.Count < 4) _opening.Add(word);
            if (_blocks > 0) _blocks += word switch { "case" => 1, "end" => -1, _ => 0 };
            else if (word == "atomic" && _last == "begin" && IsRoutine) _blocks = 1;
            _last = word;
        }

        private bool IsRoutine => _opening is ["create", "function" or "procedure", ..] or ["create", "or", "replace", "function" or "procedure"];
    }
}
