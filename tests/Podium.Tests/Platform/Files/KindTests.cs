using System.IO.Compression;
using System.Security.Cryptography;
using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

public sealed class KindTests
{
    internal static readonly byte[] Elf = [0x7f, .. "ELF"u8, 2, 1, 1, .. new byte[60]];
    internal static readonly byte[] SevenZip = [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4];

    public static TheoryData<FileKind, byte[]> Recognised => new()
    {
        { FileKind.LinuxProgram, Elf },
        { FileKind.WindowsProgram, [.. "MZ"u8, .. new byte[58], 64, 0, 0, 0, .. "PE\0\0"u8] },
        { FileKind.MacProgram, [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1] },
        { FileKind.MacProgram, [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2] },
        { FileKind.JavaClass, [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65] },
        { FileKind.SevenZip, SevenZip },
        { FileKind.Rar, [.. "Rar!"u8, 0x1a, 7, 1, 0] },
        { FileKind.Gzip, Gzip() },
        { FileKind.Xz, [0xfd, .. "7zXZ"u8, 0, 0] },
        { FileKind.Zstandard, [0x28, 0xb5, 0x2f, 0xfd] },
        { FileKind.Bzip2, [.. "BZh91AY&SY"u8] },
        { FileKind.Tar, Tar() },
        { FileKind.LegacyOffice, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] },
        { FileKind.Unknown, [0, 1, 2, 3] },
        { FileKind.Text, [.. "MZ is how this text begins, and there is nothing in it that would make it a program."u8] },
    };

    [Theory]
    [MemberData(nameof(Recognised))]
    public async Task A_kind_is_known_by_its_first_bytes_and_refused_unless_allowed(FileKind kind, byte[] bytes)
    {
        Assert.Equal(kind, (await Look.AtAsync(bytes)).Kind);
        var report = await Look.BadAsync(bytes, "kind-not-allowed", Look.Only(FileKind.Pdf));
        Assert.Equal($"This is {kind.InWords()}; what is taken here: a PDF document.", report.Faults.Single(fault => fault.Code == "kind-not-allowed").Message);
    }

    [Fact]
    public void Every_kind_has_words_and_a_media_type()
    {
        foreach (var kind in Enum.GetValues<FileKind>().Where(kind => kind != FileKind.Unknown))
        {
            Assert.NotEqual(FileKind.Unknown.InWords(), kind.InWords());
            Assert.Matches("^[a-z]+/[a-z0-9.+-]+$", kind.MediaType());
        }
    }

    [Fact]
    public async Task An_empty_file_is_refused() => Assert.Equal(["empty"], (await Look.AtAsync([])).Codes());

    [Fact]
    public async Task The_hash_is_of_the_whole_file_whatever_was_looked_at()
    {
        foreach (var bytes in Samples.All().Select(sample => sample.Bytes).Append(new byte[300_000]).Append(Sounds.Wav(1_000_000)).Append(Videos.Mp4()[..50]))
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await Look.AtAsync(bytes)).Sha256);
    }

    [Fact]
    public async Task A_file_larger_than_allowed_is_not_read()
    {
        var report = await FileInspection.InspectAsync(new Endless(3L << 30), Look.Everything, TestContext.Current.CancellationToken);
        Assert.Equal(["too-large"], report.Codes());
        Assert.Equal("", report.Sha256);
        Assert.Equal("The file has 3221.23 MB; at most 100 MB are taken.", report.Faults[0].Message);
    }

    [Fact]
    public async Task A_large_file_is_read_once_and_never_held()
    {
        var stream = new Endless(300_000_000, Sounds.Wav(0, announced: 299_999_000)[..^0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = await FileInspection.InspectAsync(stream, Look.Everything with { MaxBytes = 1L << 40 }, TestContext.Current.CancellationToken);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2_000_000);
        Assert.Equal(FileKind.Wav, report.Kind);
        Assert.Equal(300_000_000, stream.Given);
    }

    [Fact]
    public async Task A_failure_of_the_stream_is_no_fault_of_the_file()
    {
        await Assert.ThrowsAsync<IOException>(() => FileInspection.InspectAsync(new Endless(1000, failing: true), Look.Everything, TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FileInspection.InspectAsync(new MemoryStream([1]), Look.Everything, new CancellationToken(canceled: true)));
    }

    private static byte[] Gzip()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write("text"u8);
        return packed.ToArray();
    }

    private static byte[] Tar()
    {
        using var file = new MemoryStream();
        using (var tar = new System.Formats.Tar.TarWriter(file, leaveOpen: true))
            tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "a.txt") { DataStream = new MemoryStream([1, 2, 3]) });
        return file.ToArray();
    }

    private sealed class Endless(long length, byte[]? head = null, bool failing = false) : Stream
    {
        public long Given { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => length;
        public override long Position { get; set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (failing) throw new IOException("The disk is gone.");
            var count = (int)Math.Min(buffer.Length, length - Position);
            buffer.Span[..count].Clear();
            if (head is not null && Position < head.Length) head.AsSpan((int)Position, Math.Min(count, head.Length - (int)Position)).CopyTo(buffer.Span);
            (Position, Given) = (Position + count, Given + count);
            return ValueTask.FromResult(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void Flush() => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
