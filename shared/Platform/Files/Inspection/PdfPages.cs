namespace Podium.Platform.Files;

// The nodes of the page tree, gathered as objects come by, and counted from the root when all are known.
internal sealed class PdfPages
{
    private const int MostNodes = 20_000, MostKids = 200_000;

    private readonly Dictionary<int, int[]> _nodes = [];

    // nodes whose list of kids is an object of its own
    private readonly Dictionary<int, int> _lists = [];
    private int _kids;

    public void Meet(int number, PdfLexer lexer)
    {
        if (lexer.Root.Token != PdfToken.Dictionary || lexer.Find(0, "Kids"u8) is not { } kids) return;
        var isNode = lexer.Find(0, "Type"u8) is { } type ? lexer.IsName(type, "Pages"u8) : lexer.Find(0, "Count"u8) is not null;
        if (!isNode) return;
        if (_nodes.Count + _lists.Count >= MostNodes) throw Malformed.TooComplex(FileKind.Pdf);
        if (lexer[kids].Token == PdfToken.Reference) _lists[number] = lexer[kids].Target;
        else _nodes[number] = Targets(lexer, kids);
    }

    /// <summary>Counts the pages under a root, but no further than one beyond the most that are taken.</summary>
    public async ValueTask<int> CountAsync(int root, int? most, Func<int, ValueTask<PdfLexer?>> resolve)
    {
        var pages = 0;
        var seen = new HashSet<int>();
        var open = new Stack<int>([root]);
        while (open.TryPop(out var number) && !(pages > most))
        {
            if (await KidsAsync(number, resolve) is not { } kids) pages++;
            else if (!seen.Add(number)) throw Malformed.Damaged(FileKind.Pdf);
            else
                foreach (var kid in kids) open.Push(kid);
            if (open.Count > MostKids) throw Malformed.TooComplex(FileKind.Pdf);
        }
        return pages;
    }

    public bool IsNode(int number) => _nodes.ContainsKey(number) || _lists.ContainsKey(number);

    private async ValueTask<int[]?> KidsAsync(int number, Func<int, ValueTask<PdfLexer?>> resolve)
    {
        if (_nodes.TryGetValue(number, out var kids)) return kids;
        if (!_lists.TryGetValue(number, out var list)) return null;
        return await resolve(list) is { Root.Token: PdfToken.Array } lexer ? Targets(lexer, 0) : throw Malformed.Damaged(FileKind.Pdf);
    }

    private int[] Targets(PdfLexer lexer, int array)
    {
        if (lexer[array].Token != PdfToken.Array) throw Malformed.Damaged(FileKind.Pdf);
        var targets = lexer.Items(array).Select(item => lexer[item].Target).Where(target => target >= 0).ToArray();
        if ((_kids += targets.Length) > MostKids) throw Malformed.TooComplex(FileKind.Pdf);
        return targets;
    }
}
