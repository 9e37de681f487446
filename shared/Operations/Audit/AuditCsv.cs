using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Podium.Platform.Csv;

namespace Podium.Operations.Audit;

/// <summary>Entries of the log as a file for spreadsheets, written as they are read.</summary>
public sealed class AuditCsv(IAsyncEnumerable<ReadAuditLog.Entry> entries, string fileName) : IResult
{
    private const int FlushedAt = 64 * 1024;
    private const string Header = "at,actorId,actorName,address,action,table,rowKey,old,new,trace,id\r\n";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        await using var rows = entries.GetAsyncEnumerator(httpContext.RequestAborted);
        // before the first byte, so that a database that is away can still be told
        var more = await rows.MoveNextAsync();
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        response.Headers.CacheControl = "no-store";
        var text = new StringBuilder(CsvCell.Mark).Append(Header);
        for (; more; more = await rows.MoveNextAsync())
        {
            Append(text, rows.Current);
            if (text.Length >= FlushedAt) await FlushAsync(response, text);
        }
        await FlushAsync(response, text);
    }

    private static void Append(StringBuilder text, ReadAuditLog.Entry entry) => text.AppendJoin(
        ',',
        entry.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        entry.ActorId?.ToString(),
        CsvCell.Of(entry.ActorName),
        CsvCell.Of(entry.Address),
        entry.Action.ToString().ToLowerInvariant(),
        CsvCell.Of(entry.TableName),
        CsvCell.Of(entry.RowKey),
        CsvCell.Of(entry.Old?.GetRawText()),
        CsvCell.Of(entry.New?.GetRawText()),
        CsvCell.Of(entry.Trace),
        entry.Id.ToString()).Append("\r\n");

    private static async Task FlushAsync(HttpResponse response, StringBuilder text)
    {
        await response.WriteAsync(text.ToString(), response.HttpContext.RequestAborted);
        text.Clear();
    }
}
