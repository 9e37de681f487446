using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Identity;

/// <summary>What a person sees and changes of their own account.</summary>
public sealed class OwnProfile(Database database, People people, ConfirmPassword confirm, EmailLinks links, FieldCipher cipher, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required string Email { get; init; }

        public required string FirstName { get; init; }

        public required string LastName { get; init; }

        public string? Username { get; init; }

        public required string Language { get; init; }

        public string? TimeZone { get; init; }

        public string? Country { get; init; }

        public Guid? InstitutionId { get; init; }

        public Guid? ProgramId { get; init; }

        public string? StudentNumber { get; init; }

        public int? GraduationYear { get; init; }

        public string? Phone { get; init; }

        public string? DateOfBirth { get; init; }

        public required bool SecondFactor { get; init; }

        public required int Version { get; init; }

        public IReadOnlyList<RoleView> Roles { get; init; } = [];
    }

    public sealed record RoleView(string Role, ScopeType Scope, Guid? ScopeId, IReadOnlyList<string> Permissions, DateTimeOffset? ExpiresAt);

    /// <summary>Fields that are absent stay as they are; an empty text clears one that may be empty.</summary>
    public sealed record Change
    {
        [StringLength(100, MinimumLength = 1), Example("Ada")]
        public string? FirstName { get; init; }

        [StringLength(100, MinimumLength = 1), Example("Byron")]
        public string? LastName { get; init; }

        [RegularExpression("[A-Za-z0-9][A-Za-z0-9_.-]{2,29}", ErrorMessage = "3 to 30 letters, digits, dots, hyphens and underscores."), StringLength(30), Example("ada.byron")]
        public string? Username { get; init; }

        [StringLength(35, MinimumLength = 2), Example("en")]
        public string? Language { get; init; }

        [TimeZoneName, StringLength(64), Example("Asia/Almaty")]
        public string? TimeZone { get; init; }

        [RegularExpression("[A-Z]{2}", ErrorMessage = "Two capital letters (ISO 3166)."), StringLength(2), Example("KZ")]
        public string? Country { get; init; }

        public Guid? InstitutionId { get; init; }

        public Guid? ProgramId { get; init; }

        [StringLength(50), Example("21B030999")]
        public string? StudentNumber { get; init; }

        [Range(1900, 2200), Example(2027)]
        public int? GraduationYear { get; init; }

        [RegularExpression("\\+[0-9]{6,15}", ErrorMessage = "A number with its country code, such as +77010000000."), StringLength(16), Example("+77010000000")]
        public string? Phone { get; init; }

        [Example("2004-12-10")]
        public DateOnly? DateOfBirth { get; init; }
    }

    public sealed record EmailChange
    {
        [Email, StringLength(254, MinimumLength = 3), Example("ada@example.org")]
        public required string Email { get; init; }

        [StringLength(256, MinimumLength = 1), Example("correct horse battery")]
        public required string Password { get; init; }
    }


    public async Task<Outcome<View>> ReadAsync(Caller caller, CancellationToken cancellationToken)
    {
        var row = await database.As(caller).FirstAsync<View>(Select + " WHERE users.tenant_id = @TenantId AND users.id = @Person", new { caller.TenantId, caller.Person }, cancellationToken);
        return row is null ? Problem.NotFound("person") : Clear(caller, row);
    }

    public Task<Outcome<View>> ChangeAsync(Caller caller, Change change, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var institution = change.InstitutionId;
            if (institution is null && change.ProgramId is not null)
                institution = await session.FirstAsync<Guid?>("SELECT institution_id FROM users WHERE tenant_id = @TenantId AND id = @Person", new { caller.TenantId, caller.Person }, cancellationToken);
            if (await Affiliation.FaultAsync(session, caller, institution, change.ProgramId, cancellationToken) is { } fault) return fault;
            var changed = await session.ExecuteAsync(
                """
                UPDATE users
                SET first_name = coalesce(@FirstName, first_name), last_name = coalesce(@LastName, last_name),
                    username = nullif(coalesce(@Username, username), ''), language = coalesce(@language, language), time_zone = coalesce(@TimeZone, time_zone),
                    country = nullif(coalesce(@Country, country), ''), institution_id = coalesce(@InstitutionId, institution_id),
                    program_id = CASE WHEN @InstitutionId <> institution_id THEN @ProgramId ELSE coalesce(@ProgramId, program_id) END,
                    student_number = nullif(coalesce(@StudentNumber, student_number), ''), graduation_year = coalesce(@GraduationYear, graduation_year),
                    phone_encrypted = nullif(coalesce(@phone, phone_encrypted), ''), date_of_birth_encrypted = coalesce(@birth, date_of_birth_encrypted),
                    version = version + 1, updated_at = @now, updated_by = @Person
                WHERE tenant_id = @TenantId AND id = @Person AND version = coalesce(@ifMatch, version)
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    FirstName = change.FirstName?.Trim(),
                    LastName = change.LastName?.Trim(),
                    change.Username,
                    language = change.Language is null ? null : caller.Tenant.LanguageFor([change.Language]),
                    change.TimeZone,
                    change.Country,
                    change.InstitutionId,
                    change.ProgramId,
                    change.StudentNumber,
                    change.GraduationYear,
                    phone = string.IsNullOrEmpty(change.Phone) ? change.Phone : cipher.Encrypt(change.Phone, PhoneContext(caller)),
                    birth = change.DateOfBirth is { } birth ? cipher.Encrypt(birth.ToString("O", null), BirthContext(caller)) : null,
                    ifMatch,
                    now = clock.GetUtcNow(),
                },
                cancellationToken);
            if (changed == 0) return CommonProblems.Stale;
            await people.ForgetAsync(session, caller.TenantId, caller.Person);
            return Clear(caller, await session.SingleAsync<View>(Select + " WHERE users.tenant_id = @TenantId AND users.id = @Person", new { caller.TenantId, caller.Person }, cancellationToken));
        },
        cancellationToken);

    /// <summary>Mails a link to the new address; it takes effect when that is used. Whether the address is taken only its reader learns.</summary>
    public async Task<Outcome<SendLink.Result>> ChangeEmailAsync(Caller caller, EmailChange change, CancellationToken cancellationToken)
    {
        if (await confirm.Run(caller, change.Password, cancellationToken) is { } problem) return problem;
        return await database.InTransaction<SendLink.Result>(
            caller,
            async session =>
            {
                var key = EmailAddress.KeyOf(change.Email);
                var taken = await session.FirstAsync<Guid?>("SELECT id FROM users WHERE tenant_id = @TenantId AND email_key = @key", new { caller.TenantId, key }, cancellationToken);
                if (taken is null)
                    await links.SendAsync(session, caller.TenantId, caller.Person, EmailLinks.Purpose.Change, change.Email.Trim(), caller.Language, change.Email.Trim());
                await links.TellPersonAsync(session, caller, "account-email-changing");
                return new SendLink.Result("verification-sent");
            },
            cancellationToken);
    }

    private const string Select =
        """
        SELECT users.id, email, first_name, last_name, username, language, time_zone, country, institution_id, program_id, student_number, graduation_year,
               phone_encrypted AS phone, date_of_birth_encrypted AS date_of_birth, version, user_credentials.totp_confirmed_at IS NOT NULL AS second_factor
        FROM users
        LEFT JOIN user_credentials ON user_credentials.tenant_id = users.tenant_id AND user_credentials.user_id = users.id
        """;

    private static string PhoneContext(Caller caller) => EncryptedColumn.Phone.Context(caller.TenantId, caller.Person);

    private static string BirthContext(Caller caller) => EncryptedColumn.DateOfBirth.Context(caller.TenantId, caller.Person);

    private View Clear(Caller caller, View row) => row with
    {
        Phone = row.Phone is null ? null : cipher.Decrypt(row.Phone, PhoneContext(caller)),
        DateOfBirth = row.DateOfBirth is null ? null : cipher.Decrypt(row.DateOfBirth, BirthContext(caller)),
        Roles = [.. caller.Grants.Select(grant => new RoleView(grant.Role, grant.Scope.Type, grant.Scope.Id, grant.Permissions, grant.ExpiresAt))],
    };
}
