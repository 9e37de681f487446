using Podium.Platform.Access;
using Podium.Platform.Problems;

namespace Podium.Voting.Fraud;

/// <summary>Looks at a vote before it is cast, in process: captcha, browser, device, and whether its address, network or device runs hot.</summary>
public sealed class VoteDoor(FraudRulesBook book, CaptchaVerifier captcha, FraudKeys keys, TimeProvider clock)
{
    /// <summary>What goes along with the vote into the database.</summary>
    internal sealed record Entrance(long? Device, short? Captcha, short Score, int Flags, bool Hold);

    internal async Task<Outcome<Entrance>> LookAsync(Caller caller, Guid sessionId, CastVote.Request request, CancellationToken cancellationToken)
    {
        var (_, rules) = await book.KnownAsync(caller, sessionId, cancellationToken);
        var (score, refused) = await CaptchaAsync(caller, rules, request.Captcha, cancellationToken);
        if (refused is not null) return refused;
        var hot = await book.HotAsync(caller, sessionId, cancellationToken);
        var device = request.DeviceFingerprint is { } fingerprint ? keys.Device(caller, fingerprint) : (long?)null;
        var (address, network, now) = (keys.Address(caller, caller.Address), keys.Network(caller, caller.Address), clock.GetUtcNow());
        var findings = AtTheDoor.Look(rules, device is not null, AtTheDoor.IsScripted(caller.UserAgent), score, (signal, minutes) => signal switch
        {
            FraudSignal.AddressVoters => hot.VotersOf(SightingKind.Address, address, minutes, now),
            FraudSignal.NetworkVoters => hot.VotersOf(SightingKind.Network, network, minutes, now),
            _ => hot.VotersOf(SightingKind.Device, device, minutes, now),
        });
        var sum = FraudRules.ScoreOf(findings);
        // what is void is said by the whole look afterwards, with its explanation
        return new Entrance(device, (short?)score, (short)sum, FraudRules.FlagsOf(findings), rules.StateOf(sum) != VoteState.Counted);
    }

    private async Task<(int? Score, Problem? Problem)> CaptchaAsync(Caller caller, FraudRules rules, string? token, CancellationToken cancellationToken)
    {
        if (rules.Captcha == CaptchaMode.Off || captcha.Provider is null) return (null, null);
        if (token is null) return (null, rules.Captcha == CaptchaMode.Required ? new Problem(VotingProblems.CaptchaRequired) : null);
        var verdict = await captcha.VerifyAsync(token, caller.Address, cancellationToken);
        return verdict.Passed == false ? (null, new Problem(VotingProblems.CaptchaRefused)) : (verdict.Score, null);
    }
}
