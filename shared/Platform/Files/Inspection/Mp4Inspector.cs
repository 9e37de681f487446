using System.Buffers.Binary;

namespace Podium.Platform.Files;

// ISO/IEC 14496-12 and the QuickTime format it grew from: boxes in boxes, the table of contents before or behind the media.
internal static class Mp4Inspector
{
    private const int MostBoxes = 2_000_000;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var movie = new Movie();
        var (offset, media) = (0L, false);
        while (offset < content.Length)
        {
            var box = await BoxAsync(content, offset, content.Length, movie, outermost: true);
            if (box.Is("ftyp"u8)) await BrandsAsync(content, box, findings);
            else if (box.Is("moov"u8)) await MovieAsync(content, box, movie);
            else if (box.Is("moof"u8)) await FragmentAsync(content, box, movie);
            else if (box.Is("mdat"u8)) media = true;
            else if (offset == 0) findings.Kind = FileKind.QuickTime;
            if (findings.Kind == FileKind.Unknown) return;
            offset = box.End;
        }

        if (!movie.Found) throw new Malformed("unfinished-recording", "The recording has no table of contents: it was cut off or never finished. Export it again.");
        if (!media || movie.Tracks.Count == 0) throw Malformed.Damaged(findings.Kind);
        Sum(movie, findings);
    }

    private static void Sum(Movie movie, Findings findings)
    {
        var video = movie.Tracks.Find(track => track.Handler == Code("vide"u8));
        if (video is null && !movie.Tracks.Exists(track => track.Handler == Code("soun"u8)))
            throw new Malformed("no-media", "The file has neither sound nor pictures in it.");

        if (video is null) findings.Kind = FileKind.M4a;
        else if (video is { Width: > 0, Height: > 0 }) findings.Sized(video.Width, video.Height);

        // a recording in fragments is described bit by bit, and its header may know nothing
        var seconds = Math.Max(movie.Seconds, movie.Tracks.Max(track => track.FragmentSeconds));
        findings.Lasts(seconds > 0 ? seconds : movie.Tracks.Max(track => track.Seconds));
    }

    private static async ValueTask BrandsAsync(Content content, Box box, Findings findings)
    {
        if (box.Length < 8) throw Malformed.Damaged(FileKind.Mp4);
        var brand = (await content.TakeAsync(box.Start, 4)).Span;
        // still pictures in the same wrapping: HEIC, AVIF and camera raw
        if (brand.SequenceEqual("heic"u8) || brand.SequenceEqual("heix"u8) || brand.SequenceEqual("hevc"u8) || brand.SequenceEqual("mif1"u8)
            || brand.SequenceEqual("msf1"u8) || brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) || brand.SequenceEqual("crx "u8))
            findings.Kind = FileKind.Unknown;
        else if (brand.SequenceEqual("qt  "u8))
            findings.Kind = FileKind.QuickTime;
    }

    private static async Task MovieAsync(Content content, Box moov, Movie movie)
    {
        if (movie.Found) throw Malformed.Damaged(FileKind.Mp4);
        movie.Found = true;
        for (var offset = moov.Start; offset < moov.End;)
        {
            var box = await BoxAsync(content, offset, moov.End, movie);
            if (box.Is("mvhd"u8)) movie.Seconds = (await TimesAsync(content, box)).Seconds;
            else if (box.Is("trak"u8)) await TrackAsync(content, box, movie);
            else if (box.Is("mvex"u8)) await DefaultsAsync(content, box, movie);
            offset = box.End;
        }
    }

    private static async Task TrackAsync(Content content, Box trak, Movie movie)
    {
        var track = new Track();
        for (var offset = trak.Start; offset < trak.End;)
        {
            var box = await BoxAsync(content, offset, trak.End, movie);
            if (box.Is("tkhd"u8)) await TrackHeaderAsync(content, box, track);
            else if (box.Is("mdia"u8)) await MediaAsync(content, box, track, movie);
            offset = box.End;
        }
        if (movie.Tracks.Count == Movie.MostTracks) throw Malformed.TooComplex(FileKind.Mp4);
        movie.Tracks.Add(track);
    }

    private static async ValueTask TrackHeaderAsync(Content content, Box box, Track track)
    {
        var size = (await VersionAsync(content, box)) == 1 ? 96 : 84;
        if (box.Length < size) throw Malformed.Damaged(FileKind.Mp4);
        var bytes = (await content.TakeAsync(box.Start, size)).Span;
        track.Id = BinaryPrimitives.ReadUInt32BigEndian(bytes[(size == 96 ? 20 : 12)..]);
        track.Width = BinaryPrimitives.ReadUInt16BigEndian(bytes[(size - 8)..]);
        track.Height = BinaryPrimitives.ReadUInt16BigEndian(bytes[(size - 4)..]);
    }

    private static async Task MediaAsync(Content content, Box mdia, Track track, Movie movie)
    {
        for (var offset = mdia.Start; offset < mdia.End;)
        {
            var box = await BoxAsync(content, offset, mdia.End, movie);
            if (box.Is("mdhd"u8)) (track.Scale, track.Seconds) = await TimesAsync(content, box);
            else if (box.Is("hdlr"u8) && box.Length >= 12) track.Handler = BinaryPrimitives.ReadUInt32BigEndian((await content.TakeAsync(box.Start + 8, 4)).Span);
            offset = box.End;
        }
    }

    // mvhd and mdhd begin alike: created, modified, units in a second, units
    private static async ValueTask<(uint Scale, double Seconds)> TimesAsync(Content content, Box box)
    {
        var wide = await VersionAsync(content, box) == 1;
        if (box.Length < (wide ? 32 : 20)) throw Malformed.Damaged(FileKind.Mp4);
        var bytes = (await content.TakeAsync(box.Start, wide ? 32 : 20)).Span;
        var scale = BinaryPrimitives.ReadUInt32BigEndian(bytes[(wide ? 20 : 12)..]);
        if (scale == 0) throw Malformed.Damaged(FileKind.Mp4);
        var units = wide ? BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
        var unknown = wide ? ulong.MaxValue : uint.MaxValue;
        return (scale, units == unknown ? 0 : units / (double)scale);
    }

    private static async Task DefaultsAsync(Content content, Box mvex, Movie movie)
    {
        for (var offset = mvex.Start; offset < mvex.End;)
        {
            var box = await BoxAsync(content, offset, mvex.End, movie);
            if (box.Is("trex"u8) && box.Length >= 24)
            {
                var bytes = (await content.TakeAsync(box.Start, 24)).Span;
                if (movie.Track(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..])) is { } track)
                    track.SampleUnits = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
            }
            offset = box.End;
        }
    }

    private static async Task FragmentAsync(Content content, Box moof, Movie movie)
    {
        for (var offset = moof.Start; offset < moof.End;)
        {
            var box = await BoxAsync(content, offset, moof.End, movie);
            if (box.Is("traf"u8)) await TrackFragmentAsync(content, box, movie);
            offset = box.End;
        }
    }

    private static async Task TrackFragmentAsync(Content content, Box traf, Movie movie)
    {
        Track? track = null;
        uint? sampleUnits = null;
        for (var offset = traf.Start; offset < traf.End;)
        {
            var box = await BoxAsync(content, offset, traf.End, movie);
            if (box.Is("tfhd"u8) && box.Length >= 8)
            {
                var bytes = (await content.PeekAsync(box.Start, (int)Math.Min(box.Length, 28))).Span;
                track = movie.Track(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
                var flags = bytes[3];
                var at = 8 + ((flags & 1) != 0 ? 8 : 0) + ((flags & 2) != 0 ? 4 : 0);
                if ((flags & 8) != 0 && at + 4 <= bytes.Length) sampleUnits = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            }
            else if (box.Is("tfdt"u8) && track is not null)
                track.FragmentUnits = await BaseTimeAsync(content, box);
            else if (box.Is("trun"u8) && track is not null)
                track.FragmentUnits += await RunUnitsAsync(content, box, sampleUnits ?? track.SampleUnits);
            offset = box.End;
        }
    }

    private static async ValueTask<double> BaseTimeAsync(Content content, Box box)
    {
        var wide = await VersionAsync(content, box) == 1;
        if (box.Length < (wide ? 12 : 8)) throw Malformed.Damaged(FileKind.Mp4);
        var bytes = (await content.TakeAsync(box.Start + 4, wide ? 8 : 4)).Span;
        return wide ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static async ValueTask<double> RunUnitsAsync(Content content, Box box, uint sampleUnits)
    {
        if (box.Length < 8) throw Malformed.Damaged(FileKind.Mp4);
        var head = (await content.TakeAsync(box.Start, 8)).Span;
        var flags = head[2] << 8 | head[3];
        var count = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        const int hasUnits = 0x100;
        if ((flags & hasUnits) == 0) return count * (double)sampleUnits;

        var first = box.Start + 8 + ((flags & 1) != 0 ? 4 : 0) + ((flags & 4) != 0 ? 4 : 0);
        var step = 4 * int.PopCount(flags & 0xf00);
        if (first + (long)count * step > box.End) throw Malformed.Damaged(FileKind.Mp4);
        var units = 0.0;
        for (var i = 0L; i < count; i++)
            units += BinaryPrimitives.ReadUInt32BigEndian((await content.TakeAsync(first + i * step, 4)).Span);
        return units;
    }

    private static async ValueTask<byte> VersionAsync(Content content, Box box) =>
        box.Length >= 4 ? (await content.TakeAsync(box.Start, 4)).Span[0] : throw Malformed.Damaged(FileKind.Mp4);

    private static async ValueTask<Box> BoxAsync(Content content, long offset, long end, Movie movie, bool outermost = false)
    {
        if (++movie.Boxes > MostBoxes) throw Malformed.TooComplex(FileKind.Mp4);
        // QuickTime closes some lists of boxes with four zeros
        if (!outermost && end - offset < 8) return new Box(0, end, end);

        var head = (await content.PeekAsync(offset, 16)).Span;
        if (head.Length < 8) throw Malformed.Truncated();
        var (size, type, header) = ((ulong)BinaryPrimitives.ReadUInt32BigEndian(head), BinaryPrimitives.ReadUInt32BigEndian(head[4..]), 8);
        if (size == 0) size = (ulong)(end - offset);
        else if (size == 1)
        {
            if (head.Length < 16) throw Malformed.Truncated();
            (size, header) = (BinaryPrimitives.ReadUInt64BigEndian(head[8..]), 16);
        }

        if (size < (ulong)header || outermost && !IsType(head[4..8])) throw Malformed.Damaged(FileKind.Mp4);
        if (size > (ulong)(end - offset)) throw outermost ? Malformed.Truncated() : Malformed.Damaged(FileKind.Mp4);
        return new Box(type, offset + header, offset + (long)size);
    }

    private static bool IsType(ReadOnlySpan<byte> type) => !type.ContainsAnyExceptInRange((byte)' ', (byte)'~');

    private static uint Code(ReadOnlySpan<byte> name) => BinaryPrimitives.ReadUInt32BigEndian(name);

    private readonly record struct Box(uint Type, long Start, long End)
    {
        public long Length => End - Start;

        public bool Is(ReadOnlySpan<byte> name) => Type == Code(name);
    }

    private sealed class Movie
    {
        public const int MostTracks = 100;

        public bool Found { get; set; }
        public double Seconds { get; set; }
        public int Boxes { get; set; }
        public List<Track> Tracks { get; } = [];

        public Track? Track(uint id) => Tracks.Find(track => track.Id == id);
    }

    private sealed class Track
    {
        public uint Id { get; set; }
        public uint Handler { get; set; }
        public int Width { get; set; }
        public int Height { get; set; }
        public uint Scale { get; set; }
        public double Seconds { get; set; }
        public uint SampleUnits { get; set; }
        public double FragmentUnits { get; set; }

        public double FragmentSeconds => Scale == 0 ? 0 : FragmentUnits / Scale;
    }
}
