using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

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
        var text = new StringBuilder("\ufeff").Append(Header); // without the mark, spreadsheets take UTF-8 for something else
        for (; more; more = await rows.MoveNextAsync())
        {
            Append(text, rows.Current);
            if (text.Length >= FlushedAt) await FlushAsync(response, text);
        }
        await FlushAsync(response, text);
    }

    internal static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        // what begins so would be run as a formula by whoever opens the file
        if (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static void Append(StringBuilder text, ReadAuditLog.Entry entry) => text.AppendJoin(
        ',',
        entry.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        entry.ActorId?.ToString(),
        Cell(entry.ActorName),
        Cell(entry.Address),
        entry.Action.ToString().ToLowerInvariant(),
        Cell(entry.TableName),
        Cell(entry.RowKey),
        Cell(entry.Old?.GetRawText()),
        Cell(entry.New?.GetRawText()),
        Cell(entry.Trace),
        entry.Id.ToString()).Append("\r\n");

    private static async Task FlushAsync(HttpResponse response, StringBuilder text)
    {
        await response.WriteAsync(text.ToString(), response.HttpContext.RequestAborted);
        text.Clear();
    }
}
