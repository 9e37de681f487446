using System.Net;
using System.Text.Json;
using Podium.Voting;
using Podium.Voting.Fraud;

namespace Podium.Tests.Voting;

/// <summary>The rules by themselves: what is seen together, and what each rule makes of it.</summary>
public sealed class FraudRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 2, 12, 0, 0, TimeSpan.Zero);

    private static FraudVote Vote(long entry, double minute = 0, long? voter = null, int option = 1) => new() { EntryId = entry, CastAt = Noon.AddMinutes(minute), Voter = voter ?? entry, Option = option };

    private static FraudRules Only(params FraudRule[] rules) => new() { Rules = rules };

    [Fact]
    public void Voters_of_an_address_are_counted_once_each_and_within_the_time()
    {
        var memory = new FraudMemory();
        var rules = Only(new FraudRule { Signal = FraudSignal.AddressVoters, Threshold = 3, Minutes = 10, Weight = 30 });
        List<FraudFinding> From(long entry, double minute, long voter) => memory.Observe(Vote(entry, minute, voter) with { Address = 7 }, rules);

        Assert.Empty(From(1, 0, 100));
        Assert.Empty(From(2, 1, 100)); // the same voter votes again
        Assert.Empty(From(3, 2, 101));
        var third = Assert.Single(From(4, 3, 102));
        Assert.Equal((FraudSignal.AddressVoters, 3m, 3m, 10, 30), (third.Signal, third.Value, third.Threshold, third.Minutes, third.Weight));
        // the earlier ones are as doubtful as the third, by the last vote of each
        Assert.Equal([2, 3], memory.Late.Select(late => late.Entry).Order());
        Assert.Empty(memory.Observe(Vote(5, 4, 103) with { Address = 8 }, rules));
        Assert.Empty(From(6, 12.5, 104)); // two of the three are out of the time
        Assert.Equal(2, memory.CountOf(SightingKind.Address, 7, Noon.AddMinutes(12.5), 10));
    }

    [Fact]
    public void A_key_runs_hot_until_the_first_that_matter_are_out_of_the_time()
    {
        var memory = new FraudMemory();
        foreach (var (entry, minute) in new[] { (1, 0.0), (2, 2.0), (3, 5.0) }) memory.Observe(Vote(entry, minute) with { Device = 9 }, Only());

        Assert.Equal(Noon.AddMinutes(10), memory.HotUntil(SightingKind.Device, 9, Noon.AddMinutes(5), 10, 3));
        Assert.Equal(Noon.AddMinutes(12), memory.HotUntil(SightingKind.Device, 9, Noon.AddMinutes(5), 10, 2));
        Assert.Null(memory.HotUntil(SightingKind.Device, 9, Noon.AddMinutes(5), 10, 4));
        Assert.Null(memory.HotUntil(SightingKind.Device, 10, Noon.AddMinutes(5), 10, 1));
    }

    [Fact]
    public void What_is_taken_out_and_put_into_another_memory_goes_on_where_it_was()
    {
        var rules = new FraudRules();
        var votes = Enumerable.Range(1, 300).Select(number => Vote(number, number * 0.7, number, 1 + (number % 3)) with { Address = number % 5, Network = 1, Device = number % 11, Agent = 1 + (number % 2), Place = number % 2 }).ToList();
        var (whole, first, second) = (new FraudMemory(), new FraudMemory(), new FraudMemory());
        foreach (var memory in new[] { whole, first, second })
        {
            memory.Locate(0, 43.2, 76.9);
            memory.Locate(1, 41.9, -87.6);
        }
        var expected = votes.Select(vote => FraudRules.ScoreOf(whole.Observe(vote, rules))).ToList();
        var split = votes.Take(120).Select(vote => FraudRules.ScoreOf(first.Observe(vote, rules))).ToList();
        foreach (var seen in first.Changed) second.Remember(seen);
        foreach (var traffic in first.Added) second.Remember(traffic);
        split.AddRange(votes.Skip(120).Select(vote => FraudRules.ScoreOf(second.Observe(vote, rules))));

        Assert.Equal(expected, split);
        Assert.Contains(expected, score => score >= 60);
    }

    // Almaty 43.24 N 76.89 E, Astana 51.17 N 71.43 E, Chicago 41.88 N 87.63 W: 975 km and about 10,580 km by the great circle
    [Theory]
    [InlineData(1, 60, 900, true)]
    [InlineData(1, 120, 900, false)]
    [InlineData(2, 600, 1000, true)]
    [InlineData(2, 660, 1000, false)]
    [InlineData(0, 1, 1, false)]
    public void Nobody_travels_faster_than_a_plane(int to, double minutes, int threshold, bool fires)
    {
        var memory = new FraudMemory();
        foreach (var (place, latitude, longitude) in new[] { (0, 43.24, 76.89), (1, 51.17, 71.43), (2, 41.88, -87.63) }) memory.Locate(place, latitude, longitude);
        var rules = Only(new FraudRule { Signal = FraudSignal.Travel, Threshold = threshold, Minutes = 24 * 60, Weight = 40 });
        memory.Observe(Vote(1, 0, 5) with { Place = 0 }, rules);

        Assert.Equal(fires, memory.Observe(Vote(2, minutes, 5) with { Place = to }, rules).Count == 1);
    }

    [Fact]
    public void A_burst_is_a_share_that_jumps_and_not_a_crowd_that_comes()
    {
        var rules = Only(new FraudRule { Signal = FraudSignal.Burst, Threshold = 6, Minutes = 24 * 60, Weight = 20 });
        int Fired(Func<int, int> evening)
        {
            var memory = new FraudMemory();
            var entry = 0;
            // five options, evenly, over some hours
            for (var minute = 0; minute < 300; minute++) memory.Observe(Vote(++entry, minute, option: 1 + (minute % 5)), rules);
            var fired = 0;
            for (var number = 0; number < 200; number++) fired += memory.Observe(Vote(++entry, 320 + (number * 0.02), option: evening(number)), rules).Count;
            return fired;
        }

        Assert.Equal(0, Fired(number => 1 + (number % 5)));
        Assert.InRange(Fired(_ => 3), 150, 200);
    }

    [Fact]
    public void A_browser_that_prefers_one_option_stands_out()
    {
        var rules = Only(new FraudRule { Signal = FraudSignal.LopsidedAgent, Threshold = 6, Minutes = 48 * 60, Weight = 20 });
        var memory = new FraudMemory();
        for (var number = 0; number < 500; number++) Assert.Empty(memory.Observe(Vote(number, number, option: 1 + (number % 5)) with { Agent = 1 + (number % 7) }, rules));
        var fired = 0;
        for (var number = 0; number < 60; number++) fired += memory.Observe(Vote(1000 + number, 500 + number, option: 2) with { Agent = 99 }, rules).Count;

        Assert.InRange(fired, 30, 60);
    }

    [Theory]
    [InlineData(null, 100, true, "ScriptedAgent")]
    [InlineData("curl/8.5", 100, true, "ScriptedAgent")]
    [InlineData("Mozilla/5.0 (X11) HeadlessChrome/126", 100, true, "ScriptedAgent")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", 100, true, "")]
    [InlineData("Mozilla/5.0", 100, false, "NoDevice")]
    [InlineData("Mozilla/5.0", 30, true, "CaptchaScore")]
    [InlineData("Mozilla/5.0", 5, true, "CaptchaScore CaptchaScore")]
    [InlineData("Mozilla/5.0", null, true, "CaptchaMissing")]
    public void What_is_plain_is_seen_at_the_door(string? agent, int? captcha, bool hasDevice, string expected)
    {
        var found = AtTheDoor.Look(new FraudRules { Captcha = CaptchaMode.Asked }, hasDevice, AtTheDoor.IsScripted(agent), captcha, (_, _) => 0);

        Assert.Equal(expected, string.Join(' ', found.Select(finding => finding.Signal)));
    }

    [Fact]
    public void Scores_add_up_to_a_hundred_and_say_what_becomes_of_a_vote()
    {
        var rules = new FraudRules { HoldAt = 60, VoidAt = 90 };
        FraudFinding Of(int weight) => new(FraudSignal.Burst, 1, 1, 1, weight);

        Assert.Equal(100, FraudRules.ScoreOf([Of(70), Of(70)]));
        Assert.Equal([VoteState.Counted, VoteState.Held, VoteState.Held, VoteState.Void], new[] { 59, 60, 89, 90 }.Select(rules.StateOf));
        Assert.Equal(VoteState.Counted, new FraudRules { HoldAt = null }.StateOf(100));
        var signals = new[] { FraudSignal.NoDevice, FraudSignal.LopsidedAgent };
        Assert.Equal(signals, FraudRules.SignalsOf(FraudRules.FlagsOf([.. signals.Select(signal => new FraudFinding(signal, 1, 1, 1, 1))])));
    }

    [Theory]
    [InlineData("a@mailinator.com", true)]
    [InlineData("a@box.MAILINATOR.com", true)]
    [InlineData("a@mailinator.com.example.org", false)]
    [InlineData("a@ours.example", true)]
    [InlineData("a@notours.example", false)]
    [InlineData("a@gmail.com", false)]
    [InlineData(null, false)]
    public void Mailboxes_to_throw_away_are_known_by_their_domain(string? address, bool expected) => Assert.Equal(expected, DisposableMail.Is(address, ["ours.example"]));

    [Theory]
    [InlineData("recaptcha", """{"success":true,"score":0.9,"action":"vote"}""", true, 90)]
    [InlineData("recaptcha", """{"success":true,"score":0.1}""", true, 10)]
    [InlineData("recaptcha", """{"success":true,"score":0.9,"action":"login"}""", false, 0)]
    [InlineData("turnstile", """{"success":true,"action":"","hostname":"example.org"}""", true, 100)]
    [InlineData("hcaptcha", """{"success":true,"score":0.8}""", true, 20)]
    [InlineData("hcaptcha", """{"success":false,"error-codes":["expired-input-response"]}""", false, 0)]
    [InlineData("turnstile", """{"success":false,"error-codes":["timeout-or-duplicate"]}""", false, 0)]
    [InlineData("recaptcha", """{"success":false,"error-codes":["invalid-input-secret"]}""", null, null)]
    [InlineData("turnstile", """{"success":false,"error-codes":["internal-error"]}""", null, null)]
    [InlineData("recaptcha", "[]", null, null)]
    public void Answers_of_captcha_services_are_read_alike(string provider, string said, bool? passed, int? score)
    {
        using var answer = JsonDocument.Parse(said);
        var verdict = CaptchaVerifier.Read(answer.RootElement, provider);
        Assert.Equal((passed, score), (verdict?.Passed, verdict?.Score));
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.200", true)]
    [InlineData("203.0.113.7", "203.0.114.7", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:ffff::9", true)]
    [InlineData("2001:db8:1::1", "2001:db8:2::1", false)]
    [InlineData("::ffff:203.0.113.7", "203.0.113.9", true)]
    public void Networks_are_256_addresses_or_a_48(string one, string other, bool same) =>
        Assert.Equal(same, AtTheDoor.NetworkOf(IPAddress.Parse(one)) == AtTheDoor.NetworkOf(IPAddress.Parse(other)));
}
