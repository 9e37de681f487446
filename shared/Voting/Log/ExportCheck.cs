using System.Text.Json;
using Podium.Platform.Api;

namespace Podium.Voting.Log;

/// <summary>
/// Checks an export by itself, without the app that made it: every entry against its hash, every part against its root, every seal against the one before, and the
/// results by counting again.
/// </summary>
public static class ExportCheck
{
    private const int MostFaults = 50;

    /// <summary>What was found. Counted: whether the results in the file were counted again, and came out the same.</summary>
    public sealed record Report
    {
        public Guid SessionId { get; set; }

        public long Entries { get; set; }

        public int Seals { get; set; }

        /// <summary>The last seal, to be held against the published one.</summary>
        public string Head { get; set; } = "";

        public bool? ResultsAgree { get; set; }

        public List<string> Faults { get; } = [];

        public bool IsSound => Faults.Count == 0;
    }

    /// <summary>Ballots as the log leaves them.</summary>
    private sealed class Standing
    {
        private readonly Dictionary<(Guid Voter, int Period, int Option), (VoteRecord Cast, bool Counts)> _votes = [];

        public string? Take(VoteRecord record)
        {
            var key = (record.Voter, record.Period, record.Option);
            var isThere = _votes.TryGetValue(key, out var known);
            var delta = (record.Action, isThere, known.Counts) switch
            {
                ("cast", false, _) when record.Delta is 0 or 1 => record.Delta,
                ("withdrawn" or "held" or "voided", true, true) => -1,
                ("withdrawn" or "held" or "voided" or "counted", true, false) => record.Action == "counted" ? 1 : 0,
                _ => (int?)null,
            };
            if (delta != record.Delta) return $"its action '{record.Action}' does not fit what was there before";
            if (record.Action == "withdrawn") _votes.Remove(key);
            else _votes[key] = (record.Action == "cast" ? record : known.Cast, record.Action switch { "cast" => record.Delta == 1, "counted" => true, _ => false });
            return null;
        }

        public IReadOnlyList<CountedVoting.Ballots> Ballots() =>
            [.. _votes.Values.Where(vote => vote.Counts).Select(vote => new CountedVoting.Ballots(vote.Cast.Option, vote.Cast.Choices, vote.Cast.Weight, vote.Cast.Group, vote.Cast.Country, 1))];
    }

    /// <summary>What reading one file leaves.</summary>
    private sealed class Reading
    {
        public Report Report { get; } = new();

        public Standing Standing { get; } = new();

        public ExportVotes.Header? Header { get; set; }

        public ExportVotes.End? End { get; set; }

        public MerkleTree.Builder Tree { get; set; } = new();

        public long LastId { get; set; }

        public long NextNo { get; set; } = 1;

        public bool IsTrusted { get; set; } = true;

        public void Fault(string fault)
        {
            IsTrusted = false;
            if (Report.Faults.Count < MostFaults) Report.Faults.Add(fault);
        }
    }

    /// <summary>Checks a file, against the published head where it is known; a jury's file is needed to count points again.</summary>
    public static async Task<Report> RunAsync(TextReader file, string? publishedHead, TextReader? juryFile, CancellationToken cancellationToken)
    {
        var reading = await ReadAsync(file, cancellationToken);
        var report = reading.Report;
        if (publishedHead is not null && !publishedHead.Equals(report.Head, StringComparison.OrdinalIgnoreCase)) reading.Fault($"The last seal is {report.Head}, and not the published {publishedHead.ToLowerInvariant()}.");
        if (reading is not { Header: { } header, End.Results: { } results, IsTrusted: true }) return report;
        Reading? jury = null;
        if (header.JurySessionId is { } juryId)
        {
            if (juryFile is null) return report;
            jury = await ReadAsync(juryFile, cancellationToken);
            foreach (var fault in jury.Report.Faults) reading.Fault($"In the jury's file: {fault}");
            if (jury.Report.SessionId != juryId) reading.Fault("The jury's file is of another voting.");
            if (!reading.IsTrusted) return report;
        }
        var counted = CountedVoting.Count(header.Rules, header.Options, reading.Standing.Ballots(), Convert.FromHexString(report.Head), reading.LastId, jury?.Header?.Rules, jury?.Standing.Ballots());
        report.ResultsAgree = JsonSerializer.Serialize(counted, Json.Options) == JsonSerializer.Serialize(results, Json.Options);
        if (report.ResultsAgree == false) reading.Fault($"The results in the file are not what the log comes to: it elects {string.Join(", ", counted.Winners)}, the file says {string.Join(", ", results.Winners)}.");
        return report;
    }

    private static async Task<Reading> ReadAsync(TextReader file, CancellationToken cancellationToken)
    {
        var reading = new Reading();
        var lineNumber = 0L;
        while (await file.ReadLineAsync(cancellationToken) is { } text)
        {
            lineNumber++;
            ExportVotes.Line? line = null;
            try
            {
                line = JsonSerializer.Deserialize<ExportVotes.Line>(text, Json.Options);
            }
            catch (JsonException)
            {
                // said below
            }
            if (reading.End is not null) reading.Fault($"Line {lineNumber} stands after the end.");
            else if (line is null || lineNumber == 1 != line.Header is not null) reading.Fault($"Line {lineNumber} is no line of an export of the form {ExportVotes.Format}.");
            else if (line.Header is { } header) Begin(reading, header);
            else if (line.Entry is { } entry) Check(reading, entry);
            else if (line.Seal is { } seal) Check(reading, seal);
            else if (line.End is { } end) Check(reading, end);
            else reading.Fault($"Line {lineNumber} cannot be read.");
        }
        if (reading.End is null) reading.Fault("The file is cut off: its last line is missing.");
        return reading;
    }

    private static void Begin(Reading reading, ExportVotes.Header header)
    {
        if (header.Format != ExportVotes.Format) reading.Fault($"The file is of the form '{header.Format}', and not {ExportVotes.Format}.");
        reading.Header = header;
        reading.Report.SessionId = header.SessionId;
        reading.Report.Head = Convert.ToHexStringLower(Seal.Origin(header.SessionId));
    }

    private static void Check(Reading reading, ExportVotes.Entry entry)
    {
        var record = entry.Record;
        if (entry.No != reading.NextNo)
        {
            reading.Fault(entry.No > reading.NextNo
                ? $"{(entry.No == reading.NextNo + 1 ? $"Entry {reading.NextNo} is" : $"Entries {reading.NextNo} to {entry.No - 1} are")} missing, or stand further on."
                : $"Entry {entry.No} stands where {reading.NextNo} should be.");
        }
        if (record.Id <= reading.LastId) reading.Fault($"Entry {entry.No} is older than the one before it.");
        if (record.SessionId != reading.Header?.SessionId) reading.Fault($"Entry {entry.No} is of another voting.");
        var leaf = record.Leaf();
        if (Convert.ToHexStringLower(leaf) != entry.Leaf) reading.Fault($"Entry {entry.No} was changed.");
        if (reading.Standing.Take(record) is { } oddity) reading.Fault($"Entry {entry.No} cannot be: {oddity}.");
        reading.Tree.Add(leaf);
        reading.NextNo = entry.No + 1;
        reading.LastId = record.Id;
        reading.Report.Entries++;
    }

    private static void Check(Reading reading, VoteLog.SealView view)
    {
        var report = reading.Report;
        report.Seals++;
        var (first, last) = (view.FirstNo, view.FirstNo + view.Entries - 1);
        if (view.Number != report.Seals) reading.Fault($"Seal {view.Number} stands where {report.Seals} should be.");
        if (reading.NextNo != last + 1 || reading.Tree.Count != view.Entries || reading.LastId != view.LastId) reading.Fault($"Seal {view.Number} is for the entries {first} to {last}, which are not those before it.");
        if (!IsHash(view.Root) || !IsHash(view.Previous) || !IsHash(view.Seal))
        {
            reading.Fault($"Seal {view.Number} has no hashes.");
        }
        else
        {
            if (Convert.ToHexStringLower(reading.Tree.Root()) != view.Root) reading.Fault($"What seal {view.Number} sealed, the entries {first} to {last}, is not what stands here.");
            if (view.Previous != report.Head) reading.Fault($"Seal {view.Number} does not follow the one before it.");
            var seal = new Seal { Number = view.Number, FirstNo = view.FirstNo, Entries = view.Entries, LastId = view.LastId, Root = Convert.FromHexString(view.Root), Previous = Convert.FromHexString(view.Previous), SealedAt = view.SealedAt };
            if (Convert.ToHexStringLower(seal.Hash(reading.Header!.SessionId)) != view.Seal) reading.Fault($"Seal {view.Number} was changed.");
        }
        report.Head = view.Seal;
        reading.Tree = new MerkleTree.Builder();
        reading.NextNo = last + 1;
    }

    private static void Check(Reading reading, ExportVotes.End end)
    {
        reading.End = end;
        if (reading.Tree.Count > 0) reading.Fault("The last entries have no seal.");
        if (end.Entries != reading.Report.Entries) reading.Fault($"There are {reading.Report.Entries} entries, and the end says {end.Entries}.");
        if (end.Head != reading.Report.Head) reading.Fault("The end names another last seal.");
    }

    private static bool IsHash(string text) => text.Length == 2 * MerkleTree.HashBytes && text.All(character => char.IsAsciiHexDigitLower(character));
}
