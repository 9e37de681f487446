using Podium.Platform.Files;

namespace Podium.Tests.Platform.Files;

internal static class Look
{
    public static readonly FileRules Everything = new() { Allowed = Enum.GetValues<FileKind>().ToHashSet(), MaxBytes = 100_000_000 };

    public static Task<FileReport> AtAsync(byte[] bytes, FileRules? rules = null) =>
        FileInspection.InspectAsync(new MemoryStream(bytes), rules ?? Everything, TestContext.Current.CancellationToken);

    public static FileRules Only(params FileKind[] kinds) => Everything with { Allowed = kinds.ToHashSet() };

    public static string[] Codes(this FileReport report) => [.. report.Faults.Select(fault => fault.Code)];

    public static async Task<FileReport> GoodAsync(byte[] bytes, FileKind kind, FileRules? rules = null)
    {
        var report = await AtAsync(bytes, rules);
        Assert.Empty(report.Faults);
        Assert.Equal(kind, report.Kind);
        return report;
    }

    public static async Task<FileReport> BadAsync(byte[] bytes, string code, FileRules? rules = null)
    {
        var report = await AtAsync(bytes, rules);
        Assert.Contains(code, report.Codes());
        return report;
    }
}
