using System.Collections.Frozen;
using System.Globalization;

namespace Podium.Learning.Plagiarism;

/// <summary>
/// JavaScript as it is compared. Names of the author's own become n, texts s; what a page of the standard calls its own keeps its name, for nobody can rename it.
/// Semicolons, commas before a closing bracket, brackets around a single parameter, and the difference of let, const and var are dropped, as formatters do.
/// </summary>
public static class JsTokens
{
    private static readonly FrozenSet<string> Keywords = FrozenSet.Create(
        StringComparer.Ordinal,
        "async", "await", "break", "case", "catch", "class", "continue", "debugger", "default", "delete", "do", "else", "export", "extends", "false", "finally", "for", "function", "get", "if", "import", "in", "instanceof",
        "new", "null", "of", "return", "set", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "void", "while", "with", "yield");

    // the names that practice code meets most: of the language, of documents, of events and of storage
    private static readonly FrozenSet<string> Standard = FrozenSet.Create(
        StringComparer.Ordinal,
        "Array", "Boolean", "Date", "Error", "Infinity", "JSON", "Map", "Math", "NaN", "Number", "Object", "Promise", "RegExp", "Set", "String", "Symbol", "WeakMap", "abs", "add", "addEventListener", "alert", "all", "append",
        "appendChild", "apply", "at", "bind", "body", "call", "catch", "ceil", "charAt", "charCodeAt", "checked", "children", "classList", "clear", "clearInterval", "clearTimeout", "click", "closest", "concat", "confirm",
        "console", "constructor", "contains", "cookie", "createElement", "createTextNode", "currentTarget", "dataset", "disabled", "dispatchEvent", "document", "endsWith", "entries", "error", "every", "fetch", "fill",
        "filter", "find", "findIndex", "firstChild", "flat", "flatMap", "floor", "focus", "forEach", "from", "fromEntries", "getAttribute", "getElementById", "getElementsByClassName", "getElementsByTagName", "getItem", "getTime",
        "globalThis", "has", "hasOwnProperty", "head", "height", "hidden", "href", "id", "includes", "indexOf", "innerHTML", "innerText", "insertAdjacentHTML", "insertBefore", "isArray", "isInteger", "isNaN", "join", "json",
        "key", "keys", "lastIndexOf", "length", "localStorage", "location", "log", "map", "match", "matchAll", "max", "min", "name", "next", "nextElementSibling", "now", "ok", "onclick", "padEnd", "padStart", "parentElement", "parentNode",
        "parse", "parseFloat", "parseInt", "pop", "pow", "prepend", "preventDefault", "previousElementSibling", "prompt", "prototype", "push", "querySelector", "querySelectorAll", "random", "reduce", "reduceRight", "reject",
        "remove", "removeChild", "removeEventListener", "removeItem", "repeat", "replace", "replaceAll", "replaceChildren", "reset", "resolve", "reverse", "round", "search", "sessionStorage", "setAttribute", "setInterval", "setItem",
        "setTimeout", "shift", "sign", "size", "slice", "some", "sort", "splice", "split", "sqrt", "src", "startsWith", "status", "stopPropagation", "stringify", "style", "submit", "substring", "target", "test", "text", "textContent", "then",
        "title", "toFixed", "toISOString", "toLocaleString", "toLowerCase", "toString", "toUpperCase", "toggle", "trim", "trunc", "type", "unshift", "value", "values", "width", "window");

    private static readonly string[] Operators =
    [
        ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**",
    ];

    public static List<CodeToken> Of(string code, int firstLine = 1)
    {
        var reader = new Reader(code, firstLine);
        return reader.Read();
    }

    private sealed class Reader(string code, int firstLine)
    {
        private readonly List<CodeToken> _tokens = [];

        // how deep braces stand where a template's ${ was opened
        private readonly Stack<int> _templates = new();
        private CodeCursor _cursor = new(code, firstLine);
        private int _depth;

        public List<CodeToken> Read()
        {
            while (!_cursor.IsEnd) One();
            return _tokens;
        }

        private void One()
        {
            var c = _cursor.Now;
            if (char.IsWhiteSpace(c)) _cursor.Step();
            else if (_cursor.Sees("//")) _cursor.StepWhile(one => one != '\n');
            else if (_cursor.Sees("/*")) _cursor.StepBehind("*/");
            else if (c is '"' or '\'') Text(c);
            else if (c == '`') Template();
            else if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(_cursor.Peek(1)))) Number();
            else if (IsName(c)) Name();
            else if (c == '/' && IsRegex()) Regex();
            else Sign(c);
        }

        private void Add(string text, int line) => _tokens.Add(new CodeToken(text, line));

        private void Text(char quote)
        {
            Add("s", _cursor.Line);
            _cursor.Step();
            while (!_cursor.IsEnd && _cursor.Now != quote && _cursor.Now != '\n') _cursor.Step(_cursor.Now == '\\' ? 2 : 1);
            if (_cursor.Now == quote) _cursor.Step();
        }

        private void Template()
        {
            Add("s", _cursor.Line);
            _cursor.Step();
            while (!_cursor.IsEnd)
            {
                if (_cursor.Now == '`')
                {
                    _cursor.Step();
                    return;
                }
                if (_cursor.Sees("${"))
                {
                    Add("${", _cursor.Line);
                    _cursor.Step(2);
                    _templates.Push(_depth);
                    return;
                }
                _cursor.Step(_cursor.Now == '\\' ? 2 : 1);
            }
        }

        private void Number()
        {
            var (start, line) = (_cursor.At, _cursor.Line);
            _cursor.StepWhile(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '_');
            var text = _cursor.Since(start).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
            Add(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number.ToString("R", CultureInfo.InvariantCulture) : text, line);
        }

        private void Name()
        {
            var (start, line) = (_cursor.At, _cursor.Line);
            _cursor.StepWhile(one => IsName(one) || char.IsDigit(one));
            var text = _cursor.Since(start);
            Add(text is "let" or "const" or "var" ? "let" : Keywords.Contains(text) || Standard.Contains(text) ? text : "n", line);
        }

        private void Regex()
        {
            Add("/re/", _cursor.Line);
            _cursor.Step();
            var inClass = false;
            while (!_cursor.IsEnd && _cursor.Now != '\n' && (_cursor.Now != '/' || inClass))
            {
                if (_cursor.Now == '[') inClass = true;
                if (_cursor.Now == ']') inClass = false;
                _cursor.Step(_cursor.Now == '\\' ? 2 : 1);
            }
            _cursor.Step();
            _cursor.StepWhile(char.IsAsciiLetter);
        }

        private void Sign(char c)
        {
            var line = _cursor.Line;
            var text = Array.Find(Operators, _cursor.Sees) ?? c.ToString();
            _cursor.Step(text.Length);
            switch (text)
            {
                case ";":
                    return;
                case "{":
                    _depth++;
                    break;
                case "}" when _templates.TryPeek(out var depth) && depth == _depth:
                    _templates.Pop();
                    Add("}", line);
                    Template();
                    return;
                case "}":
                    _depth--;
                    break;
                case "===" or "!==":
                    text = text[..2];
                    break;
                case "=>":
                    // (a) => is a =>
                    if (_tokens is [.., { Text: "(" }, { Text: "n" }, { Text: ")" }])
                    {
                        _tokens.RemoveAt(_tokens.Count - 1);
                        _tokens.RemoveAt(_tokens.Count - 2);
                    }
                    break;
            }
            if (text is ")" or "]" or "}" && _tokens is [.., { Text: "," }]) _tokens.RemoveAt(_tokens.Count - 1);
            Add(text, line);
        }

        private bool IsRegex() => _tokens.Count == 0 || _tokens[^1].Text is not ("n" or "s" or ")" or "]" or "}" or "this" or "super" or "null" or "true" or "false" or "/re/")
            && !char.IsAsciiDigit(_tokens[^1].Text[0]) && !Standard.Contains(_tokens[^1].Text);

        private static bool IsName(char c) => char.IsLetter(c) || c is '_' or '$' or '#' or '\\' || char.IsSurrogate(c);
    }
}
