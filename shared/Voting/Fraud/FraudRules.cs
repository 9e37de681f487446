using System.ComponentModel.DataAnnotations;
using Podium.Platform.Api;

namespace Podium.Voting.Fraud;

/// <summary>What can speak against a vote. Each is a bit of a vote's flags, by its place here, so that the order stays.</summary>
public enum FraudSignal
{
    /// <summary>How many voters came from the vote's address in the time.</summary>
    AddressVoters,

    /// <summary>The same of its network: 256 addresses of IPv4, a /48 of IPv6.</summary>
    NetworkVoters,

    /// <summary>How many voters shared the device's fingerprint in the time.</summary>
    DeviceVoters,

    /// <summary>The front-end sent no fingerprint.</summary>
    NoDevice,

    /// <summary>No browser says of itself what this one says: a script, a library, nothing at all.</summary>
    ScriptedAgent,

    /// <summary>The captcha's score, 0 to 100, was at most this.</summary>
    CaptchaScore,

    /// <summary>A captcha was asked for, and there is no score: none was sent, or its service did not answer.</summary>
    CaptchaMissing,

    /// <summary>The voter's mailbox is one of those that are thrown away.</summary>
    DisposableMail,

    /// <summary>The voter's account was at most so many minutes old.</summary>
    FreshAccount,

    /// <summary>The speed in km/h at which voter or device would have had to travel from where it voted in the time before.</summary>
    Travel,

    /// <summary>By how many standard deviations the option's votes of these minutes exceed its share in the time before.</summary>
    Burst,

    /// <summary>By how many standard deviations voters with this browser prefer the option beyond all voters.</summary>
    LopsidedAgent,
}

/// <summary>Whether a voting asks for captchas.</summary>
public enum CaptchaMode
{
    Off,

    /// <summary>A vote without one is taken, and the rules weigh it.</summary>
    Asked,

    /// <summary>A vote without one is refused.</summary>
    Required,
}

/// <summary>If the signal's value reaches the threshold (captcha score and age: falls to it), the vote's score grows by the weight.</summary>
public sealed record FraudRule
{
    public required FraudSignal Signal { get; init; }

    /// <summary>What reaches or falls to it fires. Voters are counted up to 200. Signals that are there or not take 1.</summary>
    [Range(0, 100_000), Example(6)]
    public decimal Threshold { get; init; } = 1;

    /// <summary>The time that is looked at; signals without a time ignore it.</summary>
    [Range(1, 30 * 24 * 60), Example(10)]
    public int Minutes { get; init; } = 60;

    [Range(1, 100), Example(30)]
    public required int Weight { get; init; }

    internal bool IsAtMost => Signal is FraudSignal.CaptchaScore or FraudSignal.FreshAccount;

    internal bool Fires(decimal value) => IsAtMost ? value <= Threshold : value >= Threshold;
}

/// <summary>A rule that spoke against a vote: what it saw, what it takes, and what it weighs.</summary>
public sealed record FraudFinding(FraudSignal Signal, decimal Value, decimal Threshold, int Minutes, int Weight);

/// <summary>What organisers decide about doubtful votes of a voting.</summary>
public sealed record FraudRules
{
    public const int Most = 100;

    /// <summary>Every rule is looked at on its own; what fires adds up, to 100 at most.</summary>
    [MaxLength(50)]
    public IReadOnlyList<FraudRule> Rules { get; init; } = Usual;

    /// <summary>Votes with this score or more are held until somebody decides; absent: none are.</summary>
    [Range(1, Most), Example(60)]
    public int? HoldAt { get; init; } = 60;

    /// <summary>Votes with this score or more are void at once; absent: none are.</summary>
    [Range(1, Most), Example(100)]
    public int? VoidAt { get; init; }

    public CaptchaMode Captcha { get; init; }

    /// <summary>Domains of throw-away mailboxes beside those that are known.</summary>
    [MaxLength(1000), Example(new[] { "mailinator.example" })]
    public IReadOnlyList<string> DisposableDomains { get; init; } = [];

    /// <summary>
    /// A family votes from one address, a class within an hour from one network: neither is held for that alone. It takes two kinds of reasons, or one in excess.
    /// </summary>
    public static readonly IReadOnlyList<FraudRule> Usual =
    [
        new() { Signal = FraudSignal.AddressVoters, Threshold = 6, Minutes = 10, Weight = 30 },
        new() { Signal = FraudSignal.AddressVoters, Threshold = 40, Minutes = 60, Weight = 40 },
        new() { Signal = FraudSignal.NetworkVoters, Threshold = 40, Minutes = 60, Weight = 15 },
        new() { Signal = FraudSignal.DeviceVoters, Threshold = 4, Minutes = 7 * 24 * 60, Weight = 40 },
        new() { Signal = FraudSignal.DeviceVoters, Threshold = 6, Minutes = 7 * 24 * 60, Weight = 20 },
        new() { Signal = FraudSignal.DeviceVoters, Threshold = 10, Minutes = 7 * 24 * 60, Weight = 40 },
        new() { Signal = FraudSignal.NoDevice, Weight = 10 },
        new() { Signal = FraudSignal.ScriptedAgent, Weight = 30 },
        new() { Signal = FraudSignal.CaptchaScore, Threshold = 30, Weight = 40 },
        new() { Signal = FraudSignal.CaptchaScore, Threshold = 10, Weight = 20 },
        new() { Signal = FraudSignal.CaptchaMissing, Weight = 30 },
        new() { Signal = FraudSignal.DisposableMail, Weight = 30 },
        new() { Signal = FraudSignal.FreshAccount, Threshold = 10, Weight = 10 },
        new() { Signal = FraudSignal.Travel, Threshold = 1000, Minutes = 24 * 60, Weight = 40 },
        new() { Signal = FraudSignal.Burst, Threshold = 6, Minutes = 24 * 60, Weight = 30 },
        new() { Signal = FraudSignal.LopsidedAgent, Threshold = 6, Minutes = 48 * 60, Weight = 30 },
    ];

    internal static int ScoreOf(IReadOnlyCollection<FraudFinding> findings) => Math.Min(Most, findings.Sum(finding => finding.Weight));

    internal static int FlagsOf(IReadOnlyCollection<FraudFinding> findings) => findings.Aggregate(0, (flags, finding) => flags | (1 << (int)finding.Signal));

    internal static IReadOnlyList<FraudSignal> SignalsOf(int flags) => [.. Enum.GetValues<FraudSignal>().Where(signal => (flags & (1 << (int)signal)) != 0)];

    internal VoteState StateOf(int score) => score >= VoidAt ? VoteState.Void : score >= HoldAt ? VoteState.Held : VoteState.Counted;
}
