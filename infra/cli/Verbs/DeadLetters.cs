using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Podium.Operations;

namespace Podium.Cli.Verbs;

/// <summary>Messages that their queue has given up.</summary>
internal static class DeadLetterVerbs
{
    private const int Most = 1000;

    public static Verb Verb() => new("dead-letters", "Look at messages that their queue has given up, put them back, or throw them away.", "dead-letters list", "dead-letters replay --queue notifications")
    {
        List(),
        Show(),
        Replay(),
        Purge(),
    };

    private static Option<string?> Queue()
    {
        var queue = new Option<string?>("--queue", "-q") { Description = "Only this queue; all without it." };
        queue.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && !Queues.All.Any(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
                result.AddError($"There is no queue '{name}'; there are {string.Join(", ", Queues.All.Select(known => known.Name))}.");
        });
        return queue;
    }

    private static Option<long?> Message() => new("--message", "-m") { Description = "Only the message of this sequence number.", HelpName = "sequence" };

    private static IEnumerable<DeadLetters.Source> Chosen(Call call, Option<string?> queue) =>
        Queues.All.Where(known => call.Value(queue) is not { } name || known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static async Task<List<DeadLetters.Letter>> LettersAsync(Call call, Option<string?> queue)
    {
        var letters = new List<DeadLetters.Letter>();
        foreach (var chosen in Chosen(call, queue)) letters.AddRange(await call.Get<DeadLetters>().ListAsync(chosen, Most, call.Stop));
        return letters;
    }

    private static Verb List()
    {
        var queue = Queue();
        return new Verb("list", "List them, with why they are there.", "dead-letters list --queue notifications") { queue }.Does(async call =>
        {
            var letters = await LettersAsync(call, queue);
            call.Answer(letters, screen =>
            {
                if (letters.Count == 0)
                {
                    screen.Line("There are none.");
                    return;
                }
                screen.Table(
                    letters,
                    ("queue", letter => letter.Queue),
                    ("sequence", letter => letter.Sequence.ToString(CultureInfo.InvariantCulture)),
                    ("message id", letter => letter.MessageId),
                    ("subject", letter => letter.Subject),
                    ("sent", letter => letter.SentAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)),
                    ("tries", letter => letter.Deliveries.ToString(CultureInfo.InvariantCulture)),
                    ("reason", letter => letter.Reason));
            });
        });
    }

    private static Verb Show()
    {
        var sequence = new Argument<long>("sequence") { Description = "The message's sequence number." };
        var queue = Queue();
        return new Verb("show", "Show one with its body.", "dead-letters show 42 --queue notifications") { sequence, queue }.Does(async call =>
        {
            var found = (await LettersAsync(call, queue)).Where(letter => letter.Sequence == call.Value(sequence)).ToList();
            if (found.Count == 0) throw new CommandException($"There is no dead letter {call.Value(sequence)}; 'podium dead-letters list' names them.");
            if (found.Count > 1) throw new CommandException($"Several queues have a dead letter {call.Value(sequence)}: name one with --queue.", ExitCode.Usage);
            var letter = found[0];
            call.Answer(letter, screen =>
            {
                screen.Facts(
                    ("queue", letter.Queue),
                    ("sequence", letter.Sequence.ToString(CultureInfo.InvariantCulture)),
                    ("message id", letter.MessageId),
                    ("subject", letter.Subject),
                    ("sent", letter.SentAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)),
                    ("tries", letter.Deliveries.ToString(CultureInfo.InvariantCulture)),
                    ("reason", letter.Reason),
                    ("description", letter.Description),
                    ("which means", letter.Explanation),
                    ("properties", letter.Properties.Count == 0 ? null : JsonSerializer.Serialize(letter.Properties)));
                screen.Line("");
                screen.Line(letter.Body);
            });
        });
    }

    private static Verb Replay()
    {
        var (queue, message) = (Queue(), Message());
        return new Verb("replay", "Put them back into their queues, under their own message ids.", "dead-letters replay --queue notifications", "dead-letters replay --message 42") { queue, message }.Does(async call =>
        {
            var results = new List<DeadLetters.Replayed>();
            foreach (var chosen in Chosen(call, queue)) results.Add(await call.Get<DeadLetters>().ReplayAsync(chosen, call.Value(message), call.Stop));
            ThrowIfNone(call, message, results.Sum(result => result.Count + result.Waiting.Count));
            call.Answer(results, screen => screen.Line($"{results.Sum(result => result.Count)} put back."));
            var waiting = results.SelectMany(result => result.Waiting).ToList();
            if (waiting.Count == 0) return ExitCode.Ok;
            throw new CommandException(
                $"{waiting.Count} were sent so lately that their queue would drop them as duplicates: replay them after {waiting.Max(letter => letter.Until).UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}.");
        });
    }

    private static Verb Purge()
    {
        var (queue, message) = (Queue(), Message());
        return new Verb("purge", "Throw them away.", "dead-letters purge --queue self_checks", "dead-letters purge --message 42 --yes") { queue, message }.Does(async call =>
        {
            var chosen = Chosen(call, queue).ToList();
            call.Confirm($"{(call.Value(message) is { } one ? $"Dead letter {one}" : "Every dead letter")} of {string.Join(", ", chosen.Select(known => known.Name))} is thrown away.");
            var purged = new List<object>();
            var total = 0;
            foreach (var known in chosen)
            {
                var count = await call.Get<DeadLetters>().PurgeAsync(known, call.Value(message), call.Stop);
                purged.Add(new { queue = known.Name, count });
                total += count;
            }
            ThrowIfNone(call, message, total);
            call.Answer(purged, screen => screen.Line($"{total} thrown away."));
        });
    }

    private static void ThrowIfNone(Call call, Option<long?> message, int met)
    {
        if (met == 0 && call.Value(message) is { } sequence) throw new CommandException($"There is no dead letter {sequence}; 'podium dead-letters list' names them.");
    }
}
