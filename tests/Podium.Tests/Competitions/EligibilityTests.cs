using Podium.Competitions;

namespace Podium.Tests.Competitions;

public sealed class EligibilityTests
{
    private static readonly Guid School = Guid.NewGuid();
    private static readonly Guid Program = Guid.NewGuid();
    private static readonly DateOnly Day = new(2026, 2, 28);

    [Theory]
    [InlineData("2008-02-28", "2026-02-28", 18)]
    [InlineData("2008-03-01", "2026-02-28", 17)]
    [InlineData("2008-02-29", "2026-02-28", 17)] // born on a leap day: a year older on 1 March of other years
    [InlineData("2008-02-29", "2026-03-01", 18)]
    [InlineData("2008-02-29", "2028-02-29", 20)]
    [InlineData("2026-02-28", "2026-02-28", 0)]
    public void Age_is_counted_in_whole_years(string birth, string day, int age) =>
        Assert.Equal(age, Eligibility.AgeOn(DateOnly.Parse(birth, null), DateOnly.Parse(day, null)));

    [Fact]
    public void Empty_rules_exclude_nobody() => Assert.Empty(Eligibility.FaultsOf(new EligibilityRules(), new Eligibility.Person(null, false, null, null, null), Day));

    [Theory]
    [InlineData(true, true, "KZ", "2008-02-28", "")]
    [InlineData(false, true, "KZ", "2008-02-28", "institution,institution-verified")]
    [InlineData(true, false, "KZ", "2008-02-28", "program")]
    [InlineData(true, true, "RU", "2008-02-28", "country")]
    [InlineData(true, true, null, "2008-02-28", "country")]
    [InlineData(true, true, "KZ", "2010-03-01", "age")]
    [InlineData(true, true, "KZ", "2005-02-28", "age")]
    [InlineData(true, true, "KZ", null, "age")]
    [InlineData(false, false, null, null, "institution,institution-verified,program,country,age")]
    public void Every_rule_that_is_not_fulfilled_is_told(bool atSchool, bool inProgram, string? country, string? birth, string codes)
    {
        var rules = new EligibilityRules { Institutions = [School], Programs = [Program], Countries = ["KZ", "KG"], MinAge = 16, MaxAge = 20, VerifiedInstitution = true };
        var person = new Eligibility.Person(atSchool ? School : null, atSchool, inProgram ? Program : null, country, birth is null ? null : DateOnly.Parse(birth, null));

        Assert.Equal(codes, string.Join(',', Eligibility.FaultsOf(rules, person, Day).Select(fault => fault.Code)));
    }
}
