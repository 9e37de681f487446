namespace Podium.Platform.Files;

// Objects packed together: numbers and places first, then the values. Places must ascend, as the standard says, so that no
// value is read twice.
internal sealed class PdfObjectStream
{
    private const int MostObjects = 50_000;

    private readonly ArraySegment<byte> _bytes;
    private readonly int[] _numbers;
    private readonly int[] _ends;
    private readonly int _first;

    public PdfObjectStream(int number, ArraySegment<byte> bytes, long first, long count)
    {
        if (first < 0 || first > bytes.Count || count is < 0 or > MostObjects) throw Malformed.Damaged(FileKind.Pdf);
        (Number, _bytes, _first) = (number, bytes, (int)first);
        (_numbers, _ends) = (new int[count], new int[count]);

        var lexer = new PdfLexer();
        lexer.Move(bytes.Array!, 0, _first);
        var last = -1L;
        for (var i = 0; i < count; i++)
        {
            var (name, place) = (PdfReader.Number(lexer.Word()), PdfReader.Number(lexer.Word()));
            if (name is < 0 or > int.MaxValue || place <= last || place > bytes.Count - first) throw Malformed.Damaged(FileKind.Pdf);
            _numbers[i] = (int)name;
            if (i == 0) _first += (int)place;
            else _ends[i - 1] = (int)(first + place);
            last = place;
        }
        if (count > 0) _ends[^1] = bytes.Count;
    }

    public int Number { get; }

    public int Count => _numbers.Length;

    /// <summary>The number of the object at an index.</summary>
    public int this[int index] => _numbers[index];

    public void Read(int index, PdfReader reader) => reader.Value(_bytes, index == 0 ? _first : _ends[index - 1], _ends[index]);
}
