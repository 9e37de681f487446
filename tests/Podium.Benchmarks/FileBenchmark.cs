using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Hosting;
using Podium.Platform.Databases;
using Podium.Platform.Files;

namespace Podium.Benchmarks;

/// <summary>What it takes to look into large files: time, and the most memory that was resident meanwhile.</summary>
internal static class FileBenchmark
{
    private const long Gigabyte = 1L << 30;

    public static async Task RunAsync(BenchServers servers)
    {
        // the trigger is off, so that the look can be measured apart from the upload
        await using var app = await servers.StartPodiumAsync(new Dictionary<string, string?> { ["AzureWebJobs.FileUploaded.Disabled"] = "true", ["AzureWebJobs.WatchFiles.Disabled"] = "true" });
        var actor = await FurnishAsync(app);
        await LookAsync(app, actor, "a WAV recording of 1 MB (warm-up)", FileKind.Wav, new Recording(1 << 20));
        await LookAsync(app, actor, "a WAV recording of 10 MB", FileKind.Wav, new Recording(10 << 20));
        await LookAsync(app, actor, "a WAV recording of 1 GB", FileKind.Wav, new Recording(Gigabyte));
        await LookAsync(app, actor, "a text of 1 GB", FileKind.Text, new Words(Gigabyte));
    }

    private static async Task<Actor> FurnishAsync(EmulatedApp app)
    {
        using var operators = BenchTenant.OperatorOf(app);
        using var body = new StringContent("""{ "slug": "bench", "name": "Benchmark", "languages": ["en"], "administratorEmail": "boss@example.org" }""", Encoding.UTF8, "application/json");
        (await operators.PostAsync(new Uri("/api/operations/tenants", UriKind.Relative), body)).EnsureSuccessStatusCode();
        var (tenant, user) = await app.Services.GetRequiredService<Database>().AsPlatform().SingleAsync<(Guid, Guid)>("SELECT tenant_id, id FROM users");
        return new Actor { TenantId = tenant, UserId = user };
    }

    private static async Task LookAsync(EmulatedApp app, Actor actor, string what, FileKind kind, Made content)
    {
        var now = DateTimeOffset.UtcNow;
        var id = Guid.CreateVersion7(now);
        await app.Services.GetRequiredService<Database>().As(actor).ExecuteAsync(
            """
            INSERT INTO files (tenant_id, id, purpose, owner_id, name, rules, place, state, created_at, upload_until, look_at)
            VALUES (@TenantId, @id, 'document', @UserId, 'large', @rules::jsonb, 'documents/' || @id, 'awaiting', @now, @until, @until)
            """,
            new { actor.TenantId, actor.UserId, id, now, until = now.AddHours(1), rules = $$"""{ "allowed": ["{{kind.ToString().ToLowerInvariant()}}"], "maxBytes": {{2 * Gigabyte}} }""" });
        var uploads = app.Services.GetRequiredService<BlobServiceClient>().GetBlobContainerClient(FileStore.Uploads);
        await uploads.CreateIfNotExistsAsync();
        await uploads.GetBlobClient($"{actor.TenantId}/{id}").UploadAsync(content);

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5"); // the peak begins anew
        var before = Status("VmRSS");
        var watch = Stopwatch.StartNew();
        await app.Services.GetRequiredService<CheckFile>().RunAsync(actor, id, CancellationToken.None);
        var seconds = watch.Elapsed.TotalSeconds;
        var peak = Status("VmHWM");
        var state = await app.Services.GetRequiredService<Database>().As(actor).SingleAsync<string>("SELECT state || ' ' || coalesce(sha256, '') FROM files WHERE id = @id", new { id });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"files: {what}: {state[..16]}, {seconds:0.00} s ({content.Length / 1e6 / seconds:0} MB/s); resident before {before} MB, peak {peak} MB (+{peak - before} MB)"));
    }

    private static long Status(string name) =>
        long.Parse(File.ReadLines("/proc/self/status").Single(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    // content that is made as it is read
    private abstract class Made(long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => length;
        public override long Position { get => _position; set => _position = value; }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, length - _position);
            Fill(buffer[..count], _position);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) =>
            _position = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? _position : length);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected abstract void Fill(Span<byte> part, long position);
    }

    private sealed class Recording(long length) : Made(length)
    {
        private readonly byte[] _head = Head((uint)length);

        protected override void Fill(Span<byte> part, long position)
        {
            for (var i = 0; i < part.Length; i++)
                part[i] = position + i < _head.Length ? _head[position + i] : (byte)((position + i) * 31 >> 5);
        }

        private static byte[] Head(uint length)
        {
            var head = new byte[44];
            "RIFF"u8.CopyTo(head);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), length - 8);
            "WAVEfmt "u8.CopyTo(head.AsSpan(8));
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(16), 16);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(20), 1);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(22), 2);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(24), 48000);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(28), 192000);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(32), 4);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(34), 16);
            "data"u8.CopyTo(head.AsSpan(36));
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(40), length - 44);
            return head;
        }
    }

    private sealed class Words(long length) : Made(length)
    {
        private static readonly byte[] Line = "The quick brown fox jumps over the lazy dog, and then over it again.\n"u8.ToArray();

        protected override void Fill(Span<byte> part, long position)
        {
            for (var i = 0; i < part.Length; i++) part[i] = Line[(position + i) % Line.Length];
        }
    }
}
