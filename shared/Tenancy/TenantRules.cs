using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Podium.Tenancy;

/// <summary>A list of language tags, each once.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class LanguageTagsAttribute : ValidationAttribute
{
    public LanguageTagsAttribute() => ErrorMessage = "Each must be a language tag such as 'en' or 'pt-BR', and stand there once.";

    public override bool IsValid(object? value) =>
        value is not IEnumerable<string> tags || (tags.All(tag => Tag().IsMatch(tag)) && tags.Distinct(StringComparer.OrdinalIgnoreCase).Count() == tags.Count());

    [GeneratedRegex("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    private static partial Regex Tag();
}

/// <summary>A list of host names.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class HostNamesAttribute : ValidationAttribute
{
    public HostNamesAttribute() => ErrorMessage = "Each must be a host name such as 'contest.example.org', without scheme or port.";

    public override bool IsValid(object? value) => value is not IEnumerable<string> hosts || hosts.All(host => host.Length <= 253 && Host().IsMatch(host));

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")]
    private static partial Regex Host();
}

/// <summary>A time zone by its IANA name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeZoneNameAttribute : ValidationAttribute
{
    public TimeZoneNameAttribute() => ErrorMessage = "It must be a time zone such as 'Asia/Almaty' or 'UTC'.";

    public override bool IsValid(object? value) =>
        value is not string name || (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId);
}
