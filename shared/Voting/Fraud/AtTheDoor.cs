using System.Net;
using System.Net.Sockets;

namespace Podium.Voting.Fraud;

/// <summary>What can be said of a vote before it is cast, without asking anybody: from the request, and from what is known to run hot.</summary>
public static class AtTheDoor
{
    // what libraries and crawlers say of themselves; a browser that hides is not among them
    private static readonly string[] Scripts = ["curl", "wget", "python", "httpclient", "okhttp", "go-http", "java/", "libwww", "headless", "phantomjs", "selenium", "puppeteer", "playwright", "scrapy", "axios", "node-fetch", "postman", "bot/", "spider"];

    private static readonly IPNetwork[] Private = [.. new[] { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10" }.Select(IPNetwork.Parse)];

    public static bool IsScripted(string? agent) => agent is null || Scripts.Any(script => agent.Contains(script, StringComparison.OrdinalIgnoreCase));

    /// <summary>An address that tells nothing of who comes from it: none at all, or one of a network of our own, such as a proxy that is not named as one.</summary>
    public static bool IsShared(IPAddress? address) =>
        address is null || IPAddress.IsLoopback(address) || Private.Any(network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    /// <summary>The network of an address: what one customer of a provider has at least, and often more.</summary>
    public static string NetworkOf(IPAddress address)
    {
        var bytes = address.IsIPv4MappedToIPv6 ? address.MapToIPv4().GetAddressBytes() : address.GetAddressBytes();
        return Convert.ToHexString(bytes, 0, address.AddressFamily == AddressFamily.InterNetwork || bytes.Length == 4 ? 3 : 6);
    }

    /// <summary>An address as voters share one: of IPv6 the /64 that a household or a machine has to itself.</summary>
    public static string AddressOf(IPAddress address)
    {
        var bytes = address.IsIPv4MappedToIPv6 ? address.MapToIPv4().GetAddressBytes() : address.GetAddressBytes();
        return Convert.ToHexString(bytes, 0, bytes.Length == 4 ? 4 : 8);
    }

    /// <summary>The findings that need no history but what runs hot: how many were last seen with the vote's address, network and device.</summary>
    public static List<FraudFinding> Look(FraudRules rules, bool hasDevice, bool isScripted, int? captcha, Func<FraudSignal, int, int> hot)
    {
        var findings = new List<FraudFinding>();
        foreach (var rule in rules.Rules)
        {
            var value = rule.Signal is FraudSignal.AddressVoters or FraudSignal.NetworkVoters or FraudSignal.DeviceVoters
                ? hot(rule.Signal, rule.Minutes)
                : ValueOf(rule.Signal, hasDevice, isScripted, captcha, rules.Captcha);
            if (value is { } known && rule.Fires(known)) findings.Add(new FraudFinding(rule.Signal, known, rule.Threshold, rule.Minutes, rule.Weight));
        }
        return findings;
    }

    internal static decimal? ValueOf(FraudSignal signal, bool hasDevice, bool isScripted, int? captcha, CaptchaMode mode) => signal switch
    {
        FraudSignal.NoDevice => hasDevice ? 0 : 1,
        FraudSignal.ScriptedAgent => isScripted ? 1 : 0,
        FraudSignal.CaptchaScore => captcha,
        FraudSignal.CaptchaMissing => mode != CaptchaMode.Off && captcha is null ? 1 : 0,
        _ => null,
    };
}
