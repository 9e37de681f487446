using System.Buffers.Binary;
using static Podium.Tests.Platform.Files.Bytes;

namespace Podium.Tests.Platform.Files;

// The tables of contents of films, around nothing.
internal static class Videos
{
    public static byte[] Mp4(string brand = "isom", bool videoTrack = true, int seconds = 5, bool contentsFirst = false, bool wide = false)
    {
        var movie = Movie(videoTrack, seconds, wide);
        var media = wide ? Join(Big32(1), Latin("mdat"), Big64(16 + 50), new byte[50]) : Box("mdat", new byte[50]);
        return Join(Box("ftyp", Latin(brand + "\0\0\0\0" + brand)), contentsFirst ? movie : Box("free", []), media, contentsFirst ? [] : movie);
    }

    /// <summary>As browsers record: nothing known ahead, and a fragment for each second.</summary>
    public static byte[] Fragmented(int seconds) => Join(
        Box("ftyp", Latin("iso5\0\0\0\0iso5")),
        Box("moov", Join(Header(0, wide: false), Track("vide", 0, wide: false), Box("mvex", Box("trex", Join(Big32(0), Big32(1), Big32(1), Big32(20), Big32(0), Big32(0)))))),
        Join([.. Enumerable.Range(0, seconds).Select(second => Join(
            Box("moof", Join(Box("mfhd", new byte[8]), Box("traf", Join(
                Box("tfhd", Join(Big32(0x020000), Big32(1))),
                Box("tfdt", Join(Big32(0), Big32(second * 1000))),
                Box("trun", Join(Big32(0x000100), Big32(3), Big32(300), Big32(300), Big32(400))))))),
            Box("mdat", new byte[10])))]));

    public static byte[] Box(string type, byte[] body) => Join(Big32(8 + body.Length), Latin(type), body);

    private static byte[] Movie(bool videoTrack, int seconds, bool wide) =>
        Box("moov", Join(Header(seconds, wide), videoTrack ? Track("vide", seconds, wide) : [], Track("soun", seconds, wide)));

    private static byte[] Header(int seconds, bool wide) => Box("mvhd", Join(Times(600, seconds * 600L, wide), new byte[80]));

    private static byte[] Track(string handler, int seconds, bool wide) => Box("trak", Join(
        Box("tkhd", Join(wide ? Join([1, 0, 0, 3], new byte[16]) : Join([0, 0, 0, 3], new byte[8]), Big32(1), new byte[wide ? 12 : 8], new byte[52],
            Big32(handler == "vide" ? 640 << 16 : 0), Big32(handler == "vide" ? 480 << 16 : 0))),
        Box("mdia", Join(Box("mdhd", Join(Times(1000, seconds * 1000L, wide), new byte[4])), Box("hdlr", Join(new byte[8], Latin(handler), new byte[13]))))));

    private static byte[] Times(int scale, long units, bool wide) => wide
        ? Join([1, 0, 0, 0], new byte[16], Big32(scale), Big64(units))
        : Join(new byte[4], new byte[8], Big32(scale), Big32(units));

    public static byte[] Matroska(string docType = "webm", double? seconds = 4.0, bool video = true, bool unknownSizes = false, int clusters = 4)
    {
        var info = Element(0x1549a966, Join(Element(0x2ad7b1, [0x0f, 0x42, 0x40]), seconds is { } known ? Element(0x4489, Real(known * 1000)) : []));
        var track = video
            ? Join(Element(0x83, [1]), Element(0xe0, Join(Element(0xb0, Big16(320)), Element(0xba, Big16(240)))))
            : Element(0x83, [2]);
        var body = Join(
            info,
            Element(0xec, new byte[3]),
            Element(0x1654ae6b, Element(0xae, track)),
            Join([.. Enumerable.Range(0, clusters).Select(second => Cluster(second, unknownSizes))]));
        return Join(
            Element(0x1a45dfa3, Join(Element(0x4286, [1]), Element(0x4282, Latin(docType)))),
            unknownSizes ? Join([0x18, 0x53, 0x80, 0x67], Unknown, body) : Element(0x18538067, body));
    }

    private static readonly byte[] Unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

    private static byte[] Cluster(int second, bool unknownSize)
    {
        var body = Join(
            Element(0xe7, Big32(second * 1000)),
            Element(0xa3, Join([0x81], Big16(0), [0x80], new byte[20])),
            Element(0xa0, Join(Element(0xa1, Join([0x81], Big16(900), [0], new byte[9])), Element(0x9b, [100]))));
        return unknownSize ? Join([0x1f, 0x43, 0xb6, 0x75], Unknown, body) : Element(0x1f43b675, body);
    }

    public static byte[] Element(uint id, byte[] body)
    {
        var name = Big32(id).SkipWhile(octet => octet == 0).ToArray();
        return Join(name, body.Length < 127 ? [(byte)(0x80 | body.Length)] : Join([0x08], Big32(body.Length)), body);
    }

    private static byte[] Real(double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return bytes;
    }
}
