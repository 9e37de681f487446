using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Files;

/// <summary>Kills Podium's own process again and again while hundreds of uploads wait to be looked into: nothing is lost, nobody is told twice.</summary>
public sealed class FileCrashTests
{
    private const int Kills = 6;
    private const int Files = 300;

    private static readonly byte[] Good = PdfFile.OfPages(3).Plain();
    private static readonly byte[] Bad = Good[..^30];

    [Fact]
    public async Task Kills_among_uploads_lose_no_file_and_tell_nobody_twice()
    {
        var start = DateTimeOffset.UtcNow;
        await using var app = await PodiumApp.StartAsync(new AppOptions { Start = new DateTimeOffset(start.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero) });
        var boss = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        var asked = await boss.AskAsync(Good, "template.pdf");
        await app.QueryAsync<long>(
            $"""
            WITH made AS (
                INSERT INTO files (tenant_id, id, purpose, owner_id, name, rules, place, state, trace_parent, created_at, upload_until, look_at)
                SELECT tenant_id, fresh.id, purpose, owner_id, 'file-' || lpad(number::text, 4, '0') || '.pdf', rules, 'documents/' || tenant_id || '/' || fresh.id, state, trace_parent, created_at, upload_until, look_at
                FROM files CROSS JOIN generate_series(1, {Files}) AS number CROSS JOIN LATERAL (SELECT ('00000000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid AS id) AS fresh
                WHERE files.id = '{asked["file"]!["id"]}'
                RETURNING 1
            )
            SELECT count(*) FROM made
            """);
        await boss.Http.DeleteAsync($"/api/files/{asked["file"]!["id"]}").OkAsync();
        await app.SettleAsync();

        var inTheMiddle = 0;
        await app.RestartAsync(TimeSpan.FromMinutes(10), async () =>
        {
            var uploads = app.Storage.GetBlobContainerClient("uploads");
            await Parallel.ForEachAsync(Enumerable.Range(1, Files), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, stop) =>
                await uploads.UploadBlobAsync($"{boss.Tenant.Id}/{IdOf(number)}", BinaryData.FromBytes(IsGood(number) ? Good : Bad), stop));
            var random = new Random(20261121);
            var settings = new Dictionary<string, string?> { ["Postgres"] = app.Postgres, ["AzureWebJobsStorage"] = app.StorageConnection };
            for (var kill = 1; kill <= Kills; kill++)
            {
                await using var victim = ProcessApp.Launch(BuiltApp.Functions, settings, "--port", "0");
                var allowed = await LeftAsync() - random.Next(1, Files / Kills);
                await victim.KillAsync(victim.ReadyAsync(), random.Next(1, 200), async () => await LeftAsync() <= allowed);
                if (await LeftAsync() > 0) inTheMiddle++;
            }

            Task<long> LeftAsync() => app.QueryAsync<long>("SELECT count(*) FROM files WHERE look_at IS NOT NULL");
        });
        // a workload that ended early would prove nothing
        Assert.True(inTheMiddle >= Kills / 2, $"Only {inTheMiddle} of {Kills} kills met unfinished work.");
        await app.SettleAsync();
        // what was cut off between a commit and its sending leaves with the sweep, what a look left open is seen by the watchdog
        await app.AdvanceAsync(TimeSpan.FromMinutes(20));

        // what is wrong says itself: the state, the reason, and what still waits
        Assert.Equal("", await app.QueryAsync<string>(
            $"""
            SELECT coalesce(string_agg(name || ' ' || state || ' ' || faults || ' looks ' || attempts || ' next ' || coalesce(look_at::text, '') || ' ' || coalesce(last_error, '') || ' bytes ' || coalesce(bytes, 0), E'\n'), '')
            FROM files
            WHERE name LIKE 'file-%' AND CASE WHEN name ~ '[02468]\.pdf$' THEN state <> 'accepted' OR bytes <> {Good.Length} ELSE state <> 'quarantined' END
            """));
        Assert.Equal("", await app.QueryAsync<string>(
            """
            SELECT coalesce(string_agg(name || ' told ' || number || ' times, on the outbox ' || (SELECT count(*) FROM outbox WHERE body->>'fileId' = told.id::text), E'\n'), '')
            FROM (
                SELECT id, name, (SELECT count(*) FROM notifications WHERE kind = 'file' AND body LIKE '%' || name || '%') AS number
                FROM files WHERE name LIKE 'file-%' AND state = 'quarantined'
            ) AS told
            WHERE number <> 1
            """));
        Assert.Equal(Files / 2, await app.QueryAsync<long>("SELECT count(*) FROM notifications WHERE kind = 'file'"));
        Assert.Equal((0, Files / 2, Files / 2), (await CountAsync(app, "uploads"), await CountAsync(app, "documents"), await CountAsync(app, "quarantine")));
        var content = await app.Storage.GetBlobContainerClient("documents").GetBlobClient($"{boss.Tenant.Id}/{IdOf(2)}").DownloadContentAsync();
        Assert.Equal(Good, content.Value.Content.ToArray());
    }

    private static bool IsGood(int number) => number % 2 == 0;

    private static string IdOf(int number) => $"00000000-0000-7000-8000-{number:000000000000}";

    private static async Task<int> CountAsync(PodiumApp app, string container)
    {
        var count = 0;
        await foreach (var _ in app.Storage.GetBlobContainerClient(container).GetBlobsAsync()) count++;
        return count;
    }
}
