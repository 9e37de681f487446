using System.Text;
using Microsoft.AspNetCore.Http;

namespace Podium.Platform.Csv;

/// <summary>A table as a file for spreadsheets, written as it is read.</summary>
public sealed class CsvAnswer(IAsyncEnumerable<string?[]> rows, string fileName) : IResult
{
    private const int FlushedAt = 64 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        await using var lines = rows.GetAsyncEnumerator(httpContext.RequestAborted);
        // before the first byte, so that a database that is away can still be told
        var more = await lines.MoveNextAsync();
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        response.Headers.CacheControl = "no-store";
        var text = new StringBuilder(CsvCell.Mark);
        for (; more; more = await lines.MoveNextAsync())
        {
            text.AppendJoin(',', lines.Current.Select(CsvCell.Of)).Append("\r\n");
            if (text.Length >= FlushedAt) await FlushAsync(response, text);
        }
        await FlushAsync(response, text);
    }

    private static async Task FlushAsync(HttpResponse response, StringBuilder text)
    {
        await response.WriteAsync(text.ToString(), response.HttpContext.RequestAborted);
        text.Clear();
    }
}
