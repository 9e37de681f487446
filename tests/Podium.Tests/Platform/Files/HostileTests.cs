using System.Diagnostics;
using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

// Good files made bad in every place. Whatever comes out, it must come out soon, and as a report. What only the net under
// the inspectors caught is a mistake of theirs, so it counts as one here.
public sealed class HostileTests
{
    // generous, since tests share their machine; what takes time without bound takes longer
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public static TheoryData<string> Names => [.. Samples.All().Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_sample_is_good(string name) => await Look.GoodAsync(Of(name).Bytes, Of(name).Kind);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_cut_off_anywhere_is_reported(string name)
    {
        var bytes = Of(name).Bytes;
        for (var length = 0; length < bytes.Length; length++)
            await TryAsync(bytes[..length], $"{name} cut at {length}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_with_one_byte_changed_anywhere_is_reported(string name)
    {
        var bytes = Of(name).Bytes;
        for (var at = 0; at < bytes.Length; at++)
            foreach (var value in (byte[])[0, 0x20, 0xff, (byte)(bytes[at] ^ 1)])
                await TryAsync(bytes.With(at, value), $"{name} with {value:x2} at {at}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_changed_in_many_places_is_reported(string name)
    {
        var bytes = Of(name).Bytes;
        for (var seed = 0; seed < 300; seed++)
            await TryAsync(Mutate(bytes, new Random(seed)), $"{name} of seed {seed}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Numbers_at_their_limits_anywhere_are_reported(string name)
    {
        var bytes = Of(name).Bytes;
        for (var at = 0; at + 8 <= bytes.Length; at++)
            foreach (var value in (byte[][])[[0xff, 0xff, 0xff, 0xff], Bytes.Big64(-1), Bytes.Big64(0x7fffffff_7fffffff)])
                await TryAsync(bytes.With(at, value), $"{name} with {Convert.ToHexString(value)} at {at}");
    }

    [Fact]
    public async Task Long_stretches_of_one_byte_behind_any_beginning_are_reported()
    {
        foreach (var sample in Samples.All())
            foreach (var value in (byte[])[0, 0x20, (byte)'(', (byte)'<', (byte)'[', 0x80, 0xff])
            {
                var stretch = new byte[300_000];
                Array.Fill(stretch, value);
                await TryAsync([.. sample.Bytes[..(sample.Bytes.Length / 2)], .. stretch], $"half of {sample.Name} and {value:x2}");
                await TryAsync([.. sample.Bytes[..12], .. stretch, .. sample.Bytes[12..]], $"{sample.Name} parted by {value:x2}");
            }
    }

    private static Sample Of(string name) => Samples.All().Single(sample => sample.Name == name);

    private static async Task TryAsync(byte[] bytes, string what)
    {
        var watch = Stopwatch.StartNew();
        FileReport report;
        try
        {
            report = await Look.AtAsync(bytes);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{what}: {error.Message}", error);
        }
        Assert.True(watch.Elapsed < Patience, $"{what} took {watch.Elapsed}");
        Assert.True(!report.Codes().Contains("unreadable"), $"{what} was caught by the net only");
        Assert.Equal(64, report.Sha256.Length);
        Assert.True(report.Duration is null || report.Duration >= TimeSpan.Zero);
        Assert.True(report.Archive is null || report.Archive.UnpackedBytes <= Look.Everything.MaxArchiveBytes);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var copy = bytes.ToList();
        for (var change = random.Next(1, 6); change > 0 && copy.Count > 0; change--)
        {
            var at = random.Next(copy.Count);
            switch (random.Next(5))
            {
                case 0:
                    copy[at] = (byte)random.Next(256);
                    break;
                case 1:
                    copy.RemoveRange(at, Math.Min(random.Next(1, 20), copy.Count - at));
                    break;
                case 2:
                    copy.InsertRange(at, copy.GetRange(0, random.Next(1, Math.Min(40, copy.Count))));
                    break;
                case 3:
                    var from = random.Next(copy.Count);
                    copy.InsertRange(at, copy.GetRange(from, Math.Min(random.Next(1, 60), copy.Count - from)));
                    break;
                default:
                    for (var i = at; i < Math.Min(copy.Count, at + 4); i++) copy[i] = 0xff;
                    break;
            }
        }
        return [.. copy];
    }
}
