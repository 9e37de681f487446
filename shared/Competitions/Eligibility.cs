using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Whether a person may take part.</summary>
public static class Eligibility
{
    /// <summary>What is known of somebody.</summary>
    public sealed record Person(Guid? InstitutionId, bool InstitutionVerified, Guid? ProgramId, string? Country, DateOnly? DateOfBirth);

    /// <summary>What keeps somebody out; what is not known of them counts as not fulfilled.</summary>
    public static IReadOnlyList<Fault> FaultsOf(EligibilityRules rules, Person person, DateOnly day, string pointer = "")
    {
        var faults = new List<Fault>();
        if (rules.Institutions.Count > 0 && !Holds(rules.Institutions, person.InstitutionId))
            Say("institution", person.InstitutionId is null ? "The profile names no institution." : "The institution is not among those that may take part.");
        if (rules.VerifiedInstitution && !person.InstitutionVerified) Say("institution-verified", "The institution is not verified.");
        if (rules.Programs.Count > 0 && !Holds(rules.Programs, person.ProgramId))
            Say("program", person.ProgramId is null ? "The profile names no program." : "The program is not among those that may take part.");
        if (rules.Countries.Count > 0 && (person.Country is null || !rules.Countries.Contains(person.Country)))
            Say("country", person.Country is null ? "The profile names no country." : "The country is not among those that may take part.");
        if (rules.MinAge is null && rules.MaxAge is null) return faults;
        if (person.DateOfBirth is not { } birth) Say("age", "The profile names no date of birth.");
        else if (AgeOn(birth, day) < rules.MinAge) Say("age", $"Whoever takes part must be {rules.MinAge} or older on {day:yyyy-MM-dd}.");
        else if (AgeOn(birth, day) > rules.MaxAge) Say("age", $"Whoever takes part must be {rules.MaxAge} or younger on {day:yyyy-MM-dd}.");
        return faults;

        void Say(string code, string detail) => faults.Add(new Fault(pointer, code, detail));
    }

    /// <summary>Whole years; who was born on 29 February is a year older on 1 March of other years.</summary>
    public static int AgeOn(DateOnly birth, DateOnly day) =>
        day.Year - birth.Year - ((day.Month, day.Day).CompareTo((birth.Month, birth.Day)) < 0 ? 1 : 0);

    private static bool Holds(IReadOnlyList<Guid> some, Guid? one) => one is { } id && some.Contains(id);
}
