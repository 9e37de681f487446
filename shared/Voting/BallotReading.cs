using System.ComponentModel.DataAnnotations;
using Podium.Platform.Problems;

namespace Podium.Voting;

/// <summary>What a voter chose, held against the voting's rules and written as the database keeps it.</summary>
public static class BallotReading
{
    public sealed record Choice
    {
        public required Guid OptionId { get; init; }

        /// <summary>Its place, for methods that rank: 1 is the first.</summary>
        [Range(1, 1000)]
        public int? Rank { get; init; }

        /// <summary>For methods that score.</summary>
        [Range(-1000, 1000)]
        public int? Score { get; init; }
    }

    /// <summary>Option 0 is a whole ballot, whose choices follow; else a vote for that option on its own.</summary>
    public sealed record Ballot(short OptionNo, short[]? Choices);

    /// <summary>
    /// Choices are option numbers. A ranking has them in its order, negative where one stands at the same place as the one before; scores are pairs of option and score.
    /// </summary>
    public static Outcome<Ballot> Read(VotingSessions.Details voting, IReadOnlyList<Choice> choices, Guid? voter)
    {
        var isRanked = voting.Method is VotingMethod.InstantRunoff or VotingMethod.Schulze or VotingMethod.Stv;
        var single = voting.Method == VotingMethod.Plurality;
        var most = single ? 1 : Math.Min(voting.MostOptions ?? int.MaxValue, voting.Options.Count);
        var faults = new List<Fault>();
        if (choices.Count > most) faults.Add(new Fault("/choices", "too-many", most == 1 ? "Choose one option." : $"Choose {most} options at most."));
        var numbers = new short[choices.Count];
        for (var i = 0; i < choices.Count; i++)
        {
            var choice = choices[i];
            var option = voting.Options.FirstOrDefault(one => one.Id == choice.OptionId);
            numbers[i] = (short)(option?.Number ?? 0);
            if (option is null) faults.Add(new Fault($"/choices/{i}/optionId", "unknown", "There is no such option."));
            else if (numbers.AsSpan(0, i).Contains(numbers[i])) faults.Add(new Fault($"/choices/{i}/optionId", "repeated", "This option is chosen already."));
            else if (option.OwnerId is { } owner && owner == voter) faults.Add(new Fault($"/choices/{i}/optionId", "own", "Nobody votes for their own."));
            if (isRanked != choice.Rank is not null) faults.Add(new Fault($"/choices/{i}/rank", isRanked ? "required" : "unexpected", isRanked ? "Say at which place." : "This voting does not rank."));
            var isScored = voting.Method == VotingMethod.Score;
            if (isScored != choice.Score is not null) faults.Add(new Fault($"/choices/{i}/score", isScored ? "required" : "unexpected", isScored ? "Give it a score." : "This voting does not score."));
            else if (isScored && (choice.Score < voting.LowestScore || choice.Score > voting.HighestScore)) faults.Add(new Fault($"/choices/{i}/score", "range", $"It must be between {voting.LowestScore} and {voting.HighestScore}."));
            if (isRanked && voting.Method != VotingMethod.Schulze && choices.Take(i).Any(other => other.Rank == choice.Rank)) faults.Add(new Fault($"/choices/{i}/rank", "repeated", "Another option stands at this place."));
        }
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        if (voting.Ballot == BallotKind.Option) return new Ballot(numbers[0], null);
        return new Ballot(0, voting.Method switch
        {
            VotingMethod.Score => [.. choices.Index().OrderBy(choice => numbers[choice.Index]).SelectMany(choice => new[] { numbers[choice.Index], (short)choice.Item.Score!.Value })],
            VotingMethod.Plurality or VotingMethod.Approval => [.. numbers.Order()],
            _ => Ranking(choices, numbers),
        });
    }

    private static short[] Ranking(IReadOnlyList<Choice> choices, short[] numbers)
    {
        var order = choices.Index().OrderBy(choice => choice.Item.Rank).ThenBy(choice => numbers[choice.Index]).ToList();
        var written = new short[order.Count];
        for (var i = 0; i < order.Count; i++)
        {
            var number = numbers[order[i].Index];
            written[i] = i > 0 && order[i].Item.Rank == order[i - 1].Item.Rank ? (short)-number : number;
        }
        return written;
    }
}
