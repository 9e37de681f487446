using System.Buffers.Binary;
using System.Text;

namespace Podium.Platform.Files;

// RFC 9559 on EBML (RFC 8794). Browsers record without knowing the sizes of segment and clusters, nor the duration.
internal static class MatroskaInspector
{
    private const uint Header = 0x1a45dfa3, DocType = 0x4282, Segment = 0x18538067;
    private const uint SeekHead = 0x114d9b74, Info = 0x1549a966, Tracks = 0x1654ae6b, Cluster = 0x1f43b675, Cues = 0x1c53bb6b;
    private const uint Attachments = 0x1941a469, Chapters = 0x1043a770, Tags = 0x1254c367;
    private const uint TimestampScale = 0x2ad7b1, Duration = 0x4489;
    private const uint TrackEntry = 0xae, TrackType = 0x83, Video = 0xe0, PixelWidth = 0xb0, PixelHeight = 0xba;
    private const uint Timestamp = 0xe7, SimpleBlock = 0xa3, BlockGroup = 0xa0, Block = 0xa1, BlockDuration = 0x9b;
    private const long Unknown = -1;
    private const int MostElements = 50_000_000;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var movie = new Movie();
        var header = await ElementAsync(content, 0, content.Length, movie);
        if (header.Id != Header || header.Size == Unknown) throw Malformed.Damaged(FileKind.Matroska);
        if (await DocTypeAsync(content, header, movie) is "webm") findings.Kind = FileKind.WebM;

        var segment = await ElementAsync(content, header.End, content.Length, movie);
        if (segment.Id != Segment) throw Malformed.Damaged(findings.Kind);
        var end = segment.Size == Unknown ? content.Length : segment.End;
        for (var offset = segment.Start; offset < end;)
            offset = await PartAsync(content, offset, end, movie);

        if (end < content.Length) throw new Malformed("trailing-data", "There is something behind the end of the recording: export it again.");
        Sum(movie, findings);
    }

    private static void Sum(Movie movie, Findings findings)
    {
        if (!movie.HasVideo && !movie.HasAudio) throw new Malformed("no-media", "The file has neither sound nor pictures in it.");
        if (movie.Clusters == 0) throw Malformed.Truncated();
        if (movie is { Width: > 0, Height: > 0 }) findings.Sized(movie.Width, movie.Height);
        if (!movie.HasVideo) findings.MediaType = findings.Kind == FileKind.WebM ? "audio/webm" : "audio/x-matroska";

        const double nanosecondsInASecond = 1e9;
        var scale = movie.Scale / nanosecondsInASecond;
        findings.Lasts(movie.Duration > 0 ? movie.Duration * scale : movie.LastUnit * scale);
        // the last blocks lie close to the end; ten seconds and a twentieth is more than they can be apart
        if (movie.Duration * scale > movie.LastUnit * scale * 1.05 + 10) throw Malformed.Truncated();
    }

    private static async ValueTask<string> DocTypeAsync(Content content, Element header, Movie movie)
    {
        for (var offset = header.Start; offset < header.End;)
        {
            var element = await ElementAsync(content, offset, header.End, movie);
            if (element.Id == DocType && element.Size is > 0 and < 32)
                return Encoding.ASCII.GetString((await content.TakeAsync(element.Start, (int)element.Size)).Span.TrimEnd((byte)0));
            offset = element.End;
        }
        throw Malformed.Damaged(FileKind.Matroska);
    }

    private static async ValueTask<long> PartAsync(Content content, long offset, long end, Movie movie)
    {
        var part = await ElementAsync(content, offset, end, movie);
        if (part.Id == Cluster) return await ClusterAsync(content, part, end, movie);
        if (part.Size == Unknown) throw Malformed.Damaged(FileKind.Matroska);
        if (part.Id == Info) await InfoAsync(content, part, movie);
        else if (part.Id == Tracks) await TracksAsync(content, part, movie);
        return part.End;
    }

    private static async Task InfoAsync(Content content, Element info, Movie movie)
    {
        for (var offset = info.Start; offset < info.End;)
        {
            var element = await ElementAsync(content, offset, info.End, movie);
            if (element.Id == TimestampScale) movie.Scale = await NumberAsync(content, element);
            else if (element.Id == Duration) movie.Duration = await RealAsync(content, element);
            offset = element.End;
        }
        if (movie.Scale == 0 || !double.IsFinite(movie.Duration) || movie.Duration < 0) throw Malformed.Damaged(FileKind.Matroska);
    }

    private static async Task TracksAsync(Content content, Element tracks, Movie movie)
    {
        for (var offset = tracks.Start; offset < tracks.End;)
        {
            var entry = await ElementAsync(content, offset, tracks.End, movie);
            if (entry.Id == TrackEntry) await TrackAsync(content, entry, movie);
            offset = entry.End;
        }
    }

    private static async Task TrackAsync(Content content, Element track, Movie movie)
    {
        for (var offset = track.Start; offset < track.End;)
        {
            var element = await ElementAsync(content, offset, track.End, movie);
            if (element.Id == TrackType)
            {
                var type = await NumberAsync(content, element);
                movie.HasVideo |= type == 1;
                movie.HasAudio |= type == 2;
            }
            else if (element.Id == Video) await VideoAsync(content, element, movie);
            offset = element.End;
        }
    }

    private static async Task VideoAsync(Content content, Element video, Movie movie)
    {
        for (var offset = video.Start; offset < video.End;)
        {
            var element = await ElementAsync(content, offset, video.End, movie);
            if (element.Id == PixelWidth) movie.Width = (long)Math.Min(await NumberAsync(content, element), int.MaxValue);
            else if (element.Id == PixelHeight) movie.Height = (long)Math.Min(await NumberAsync(content, element), int.MaxValue);
            offset = element.End;
        }
    }

    private static async ValueTask<long> ClusterAsync(Content content, Element cluster, long segmentEnd, Movie movie)
    {
        movie.Clusters++;
        var end = cluster.Size == Unknown ? segmentEnd : cluster.End;
        var time = 0.0;
        for (var offset = cluster.Start; offset < end;)
        {
            var element = await ElementAsync(content, offset, end, movie);
            // a cluster of unknown size ends where something begins that cannot be in it
            if (cluster.Size == Unknown && element.Id is Cluster or Cues or Tags or Info or Tracks or SeekHead or Attachments or Chapters) return offset;
            if (element.Size == Unknown) throw Malformed.Damaged(FileKind.Matroska);
            if (element.Id == Timestamp) time = await NumberAsync(content, element);
            else if (element.Id == SimpleBlock) movie.Reach(time + await BlockTimeAsync(content, element));
            else if (element.Id == BlockGroup) await BlockGroupAsync(content, element, time, movie);
            offset = element.End;
        }
        return end;
    }

    private static async Task BlockGroupAsync(Content content, Element group, double time, Movie movie)
    {
        var (start, duration) = (0.0, 0.0);
        for (var offset = group.Start; offset < group.End;)
        {
            var element = await ElementAsync(content, offset, group.End, movie);
            if (element.Id == Block) start = await BlockTimeAsync(content, element);
            else if (element.Id == BlockDuration) duration = await NumberAsync(content, element);
            offset = element.End;
        }
        movie.Reach(time + start + duration);
    }

    // after the number of the track: its time in the cluster
    private static async ValueTask<double> BlockTimeAsync(Content content, Element block)
    {
        if (block.Size == Unknown) throw Malformed.Damaged(FileKind.Matroska);
        var head = (await content.PeekAsync(block.Start, (int)Math.Min(block.Size, 10))).Span;
        var number = head.IsEmpty ? 0 : byte.LeadingZeroCount(head[0]) + 1;
        return head.Length >= number + 2 && number is > 0 and <= 8
            ? BinaryPrimitives.ReadInt16BigEndian(head[number..])
            : throw Malformed.Damaged(FileKind.Matroska);
    }

    private static async ValueTask<ulong> NumberAsync(Content content, Element element)
    {
        if (element.Size is < 0 or > 8) throw Malformed.Damaged(FileKind.Matroska);
        var number = 0ul;
        foreach (var octet in (await content.TakeAsync(element.Start, (int)element.Size)).Span)
            number = number << 8 | octet;
        return number;
    }

    private static async ValueTask<double> RealAsync(Content content, Element element)
    {
        if (element.Size is not (0 or 4 or 8)) throw Malformed.Damaged(FileKind.Matroska);
        var bytes = (await content.TakeAsync(element.Start, (int)element.Size)).Span;
        return bytes.Length switch
        {
            0 => 0,
            4 => BinaryPrimitives.ReadSingleBigEndian(bytes),
            _ => BinaryPrimitives.ReadDoubleBigEndian(bytes),
        };
    }

    private static async ValueTask<Element> ElementAsync(Content content, long offset, long end, Movie movie)
    {
        if (++movie.Elements > MostElements) throw Malformed.TooComplex(FileKind.Matroska);
        var head = (await content.PeekAsync(offset, 12)).Span;
        if (head.Length < 2) throw Malformed.Truncated();

        var idLength = byte.LeadingZeroCount(head[0]) + 1;
        if (idLength > 4) throw Malformed.Damaged(FileKind.Matroska);
        if (head.Length <= idLength) throw Malformed.Truncated();
        var sizeLength = byte.LeadingZeroCount(head[idLength]) + 1;
        if (sizeLength > 8) throw Malformed.Damaged(FileKind.Matroska);
        if (head.Length < idLength + sizeLength) throw Malformed.Truncated();

        var id = 0u;
        foreach (var octet in head[..idLength]) id = id << 8 | octet;
        var size = head[idLength] & (0xffL >> sizeLength);
        foreach (var octet in head[(idLength + 1)..(idLength + sizeLength)]) size = size << 8 | octet;

        var start = offset + idLength + sizeLength;
        if (size == (1L << 7 * sizeLength) - 1) return new Element(id, start, Unknown);
        if (size > end - start) throw end == content.Length ? Malformed.Truncated() : Malformed.Damaged(FileKind.Matroska);
        return new Element(id, start, size);
    }

    private readonly record struct Element(uint Id, long Start, long Size)
    {
        // only a segment and a cluster may leave their end open, and they are asked first
        public long End => Size == Unknown ? throw Malformed.Damaged(FileKind.Matroska) : Start + Size;
    }

    private sealed class Movie
    {
        public ulong Scale { get; set; } = 1_000_000;
        public double Duration { get; set; }
        public double LastUnit { get; private set; }
        public bool HasVideo { get; set; }
        public bool HasAudio { get; set; }
        public long Width { get; set; }
        public long Height { get; set; }
        public int Clusters { get; set; }
        public int Elements { get; set; }

        public void Reach(double unit) => LastUnit = Math.Max(LastUnit, unit);
    }
}
