using System.Globalization;
using System.Text;
using static Podium.Tests.Platform.Files.Bytes;

namespace Podium.Tests.Platform.Files;

// A PDF written object by object, with a table at its end or with everything packed into streams.
internal sealed class PdfFile
{
    private readonly SortedDictionary<int, byte[]> _objects = [];

    public string Header { get; init; } = "%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n";

    public string Trailer { get; init; } = "/Root 1 0 R";

    public static PdfFile OfPages(int pages, string catalog = "")
    {
        var file = new PdfFile { [1] = $"<< /Type /Catalog /Pages 2 0 R {catalog} >>" };
        file[2] = $"<< /Type /Pages /Count {pages} /Kids [ {string.Join(' ', Enumerable.Range(10, pages).Select(page => $"{page} 0 R"))} ] >>";
        for (var page = 10; page < 10 + pages; page++)
            file[page] = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>";
        file[3] = "<< /Length 10 >>\nstream\n0 0 m (JS)\nendstream";
        return file;
    }

    public string this[int number]
    {
        set => _objects[number] = Latin(value);
    }

    public void Set(int number, byte[] value) => _objects[number] = value;

    public byte[] Plain()
    {
        var text = new MemoryStream();
        text.Write(Latin(Header));
        Append(text, _objects, $"{Trailer} /Size {_objects.Keys.Max() + 1}");
        return text.ToArray();
    }

    /// <summary>A change saved behind what is there already.</summary>
    public static byte[] Update(byte[] file, int previous, SortedDictionary<int, byte[]> objects)
    {
        var text = new MemoryStream();
        text.Write(file);
        Append(text, objects, $"/Root 1 0 R /Size 100 /Prev {previous}");
        return text.ToArray();
    }

    public static int StartOf(byte[] file)
    {
        var text = Encoding.Latin1.GetString(file);
        var at = text.LastIndexOf("startxref", StringComparison.Ordinal) + 10;
        return int.Parse(text.AsSpan(at, text.IndexOf('\n', at) - at), CultureInfo.InvariantCulture);
    }

    /// <summary>All objects but streams in one object stream, and a cross-reference stream with a predictor, as modern writers do.</summary>
    public byte[] Packed(bool indirectLength = false)
    {
        const int stream = 90, table = 91, length = 92;
        var packed = _objects.Where(item => !Encoding.Latin1.GetString(item.Value).Contains("stream", StringComparison.Ordinal)).ToList();
        var (numbers, values) = (new StringBuilder(), new StringBuilder());
        foreach (var (number, value) in packed)
        {
            numbers.Append(CultureInfo.InvariantCulture, $"{number} {values.Length} ");
            values.Append(Encoding.Latin1.GetString(value)).Append('\n');
        }

        var rows = new SortedDictionary<int, byte[]> { [0] = [0, 0, 0, 0, 0] };
        for (var i = 0; i < packed.Count; i++) rows[packed[i].Key] = Join([2], Big16(0), [stream, (byte)i]);
        var text = new MemoryStream();
        text.Write(Latin(Header));
        var body = Pictures.Zlib(Latin($"{numbers}{values}"));
        foreach (var (number, value) in _objects.Except(packed)) Place(number, value);
        if (indirectLength) Place(length, Latin(body.Length.ToString(CultureInfo.InvariantCulture)));
        var lengthText = indirectLength ? $"{length} 0 R" : $"{body.Length}";
        Place(stream, Join(Latin($"<< /Type /ObjStm /N {packed.Count} /First {numbers.Length} /Filter /FlateDecode /Length {lengthText} >>\nstream\n"), body, Latin("\nendstream")));

        var start = text.Length;
        rows[table] = Join([1], Big32(start)[1..], [0]);
        var data = Pictures.Zlib(Predicted([.. Enumerable.Range(0, 93).Select(number => rows.GetValueOrDefault(number, [0, 0, 0, 0, 0]))]));
        text.Write(Join(
            Latin($"{table} 0 obj\n<< /Type /XRef /W [1 3 1] /Size 93 {Trailer} /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 5 >> /Length {data.Length} >>\nstream\r\n"),
            data, Latin($"\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n")));
        return text.ToArray();

        void Place(int number, byte[] value)
        {
            rows[number] = Join([1], Big32(text.Length)[1..], [0]);
            text.Write(Join(Latin($"{number} 0 obj\n"), value, Latin("\nendobj\n")));
        }
    }

    private static void Append(MemoryStream text, SortedDictionary<int, byte[]> objects, string trailer)
    {
        var table = new StringBuilder("xref\n0 1\n0000000000 65535 f \n");
        foreach (var (number, value) in objects)
        {
            table.Append(CultureInfo.InvariantCulture, $"{number} 1\n{text.Length:D10} 00000 n \n");
            text.Write(Join(Latin($"{number} 0 obj\n"), value, Latin("\nendobj\n")));
        }
        var start = text.Length;
        text.Write(Latin($"{table}trailer\n<< {trailer} >>\nstartxref\n{start}\n%%EOF\n"));
    }

    // each row as its difference from the one above
    private static byte[] Predicted(byte[][] rows)
    {
        var above = new byte[5];
        var all = new List<byte>();
        foreach (var row in rows)
        {
            all.Add(2);
            for (var i = 0; i < 5; i++) all.Add((byte)(row[i] - above[i]));
            above = row;
        }
        return [.. all];
    }
}
