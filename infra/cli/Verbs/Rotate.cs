using System.CommandLine;
using Podium.Operations;

namespace Podium.Cli.Verbs;

/// <summary>Moves what is encrypted to the current encryption key.</summary>
internal static class Rotate
{
    public static Verb Verb() => new("rotate", "Move stored secrets to the current key.", "rotate encryption --dry-run") { Encryption() };

    private static Verb Encryption()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Count what would be encrypted anew, and change nothing." };
        return new Verb("encryption", "Encrypt every encrypted column anew under Encryption__Current. A run that was cut off goes on where it ended.", "rotate encryption --dry-run", "rotate encryption") { dryRun }
            .Does(call => call.Value(dryRun) ? CountAsync(call) : RunAsync(call));
    }

    private static async Task<int> CountAsync(Call call)
    {
        var columns = await call.Get<RotateEncryption>().CountAsync(call.Stop);
        call.Answer(
            columns.Select(column => new { column.Shard, column = column.Column.ToString(), column.Keys, column.Pending }),
            screen => screen.Table(
                columns,
                ("shard", column => column.Shard),
                ("column", column => column.Column.ToString()),
                ("values by key", column => string.Join(", ", column.Keys.Select(key => $"{key.Key}: {key.Value}"))),
                ("to encrypt anew", column => $"{column.Pending}")));
        return ExitCode.Ok;
    }

    private static async Task<int> RunAsync(Call call)
    {
        var rotation = call.Get<RotateEncryption>();
        var total = (await rotation.CountAsync(call.Stop)).Sum(column => column.Pending);
        var results = await call.ProgressAsync("Encrypting anew", total, ticker => rotation.Run(new Sum(ticker), call.Stop));
        call.Answer(
            results.Select(result => new { result.Shard, column = result.Column.ToString(), result.Rotated, result.Unreadable, result.Left }),
            screen => screen.Table(
                results,
                ("shard", result => result.Shard),
                ("column", result => result.Column.ToString()),
                ("encrypted anew", result => $"{result.Rotated}"),
                ("do not open", result => $"{result.Unreadable}"),
                ("left", result => $"{result.Left}")));
        if (results.Sum(result => result.Unreadable) is > 0 and var closed)
            throw new CommandException($"{closed} values do not open with any of Encryption__Keys and were left as they are: put their key back and run this again.");
        return results.Any(result => result.Left > 0)
            ? throw new CommandException("Some values were written under an earlier key meanwhile: give every instance of the app the current key, then run this again.")
            : ExitCode.Ok;
    }

    private sealed class Sum(Ticker ticker) : IProgress<RotateEncryption.Progress>
    {
        private readonly Dictionary<(string, object), long> _done = [];

        public void Report(RotateEncryption.Progress value)
        {
            _done[(value.Shard, value.Column)] = value.Done;
            ticker.Done(_done.Values.Sum());
        }
    }
}
