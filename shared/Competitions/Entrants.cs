using System.Globalization;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Competitions;

/// <summary>Holds people against what a competition asks of those who take part.</summary>
public sealed class Entrants(FieldCipher cipher)
{
    private sealed record Facts
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        public Guid? InstitutionId { get; init; }

        public required bool InstitutionVerified { get; init; }

        public Guid? ProgramId { get; init; }

        public string? Country { get; init; }

        public string? DateOfBirthEncrypted { get; init; }
    }

    /// <summary>What keeps some people from taking part together, or null. The pointer of a fault names the person where there are several.</summary>
    internal async Task<Problem?> FaultAsync(Session session, Guid tenantId, LockedCompetition competition, IReadOnlyCollection<Guid> people, CancellationToken cancellationToken)
    {
        var rules = competition.Rules;
        if (rules.Eligibility is { Institutions.Count: 0, Programs.Count: 0, Countries.Count: 0, MinAge: null, MaxAge: null, VerifiedInstitution: false } && !rules.Teams.SameInstitution) return null;
        var known = await session.QueryAsync<Facts>(
            """
            SELECT users.id, first_name || ' ' || last_name AS name, institution_id, institutions.verified_at IS NOT NULL AS institution_verified, program_id,
                   coalesce(users.country, institutions.country) AS country, date_of_birth_encrypted
            FROM users
            LEFT JOIN institutions ON institutions.tenant_id = users.tenant_id AND institutions.id = institution_id AND institutions.deleted_at IS NULL
            WHERE users.tenant_id = @tenantId AND users.id = ANY (@people)
            ORDER BY users.id
            """,
            new { tenantId, people = people.ToArray() },
            cancellationToken);
        var day = DateOnly.FromDateTime((competition.CompetitionStart ?? DateTimeOffset.MaxValue).UtcDateTime);
        var faults = new List<Fault>();
        foreach (var person in known)
        {
            var found = Eligibility.FaultsOf(rules.Eligibility, PersonOf(tenantId, person), day, people.Count == 1 ? "" : $"/members/{person.Id}");
            faults.AddRange(people.Count == 1 ? found : found.Select(fault => fault with { Detail = $"{person.Name}: {fault.Detail}" }));
        }
        if (rules.Teams.SameInstitution && people.Count > 1 && known.Select(person => person.InstitutionId).Distinct().Count() > 1)
            faults.Add(new Fault("/members", "same-institution", "All members of a team must belong to one institution."));
        return faults.Count == 0 ? null : new Problem(CompetitionProblems.NotEligible) { Faults = faults };
    }

    private Eligibility.Person PersonOf(Guid tenantId, Facts person) => new(
        person.InstitutionId,
        person.InstitutionVerified,
        person.ProgramId,
        person.Country,
        person.DateOfBirthEncrypted is { } birth
            ? DateOnly.ParseExact(cipher.Decrypt(birth, EncryptedColumn.DateOfBirth.Context(tenantId, person.Id)), "O", CultureInfo.InvariantCulture)
            : null);
}
