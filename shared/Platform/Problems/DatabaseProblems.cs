using System.Collections.Frozen;
using Npgsql;
using Podium.Competitions;
using Podium.Emergencies;
using Podium.Exams;
using Podium.Identity;
using Podium.Judging;
using Podium.Learning;
using Podium.Learning.Community;
using Podium.Platform.Files;
using Podium.Points;
using Podium.Running;
using Podium.Submissions;
using Podium.Tenancy;

namespace Podium.Platform.Problems;

/// <summary>What the database's refusals mean to a caller. A constraint is named for its rule, so its name is enough.</summary>
public static class DatabaseProblems
{
    private static readonly FrozenDictionary<string, Problem> ByConstraint = new Dictionary<string, Problem>
    {
        ["tenants_parent"] = Problem.Invalid("/parentId", "unknown", "There is no such tenant."),
        ["tenants_slug_unique"] = TenancyProblems.SlugTaken,
        ["tenant_hosts_host_unique"] = TenancyProblems.HostTaken,
        ["users_username_unique"] = IdentityProblems.UsernameTaken,
        ["users_email_unique"] = IdentityProblems.EmailTaken,
        ["users_institution"] = Problem.Invalid("/institutionId", "unknown", "There is no such institution."),
        ["users_program"] = Problem.Invalid("/programId", "unknown", "There is no such program."),
        ["institutions_name_unique"] = IdentityProblems.InstitutionExists,
        ["programs_name_unique"] = IdentityProblems.ProgramExists,
        ["programs_institution"] = Problem.NotFound("institution"),
        ["roles_name_unique"] = IdentityProblems.RoleExists,
        ["user_roles_role"] = IdentityProblems.RoleInUse,
        ["user_roles_once"] = IdentityProblems.RoleHeldAlready,
        ["categories_name_unique"] = CompetitionProblems.CategoryExists,
        ["categories_no_cycle"] = Problem.Invalid("/parentId", "cycle", "A category cannot stand below itself."),
        ["categories_not_own_parent"] = Problem.Invalid("/parentId", "cycle", "A category cannot stand below itself."),
        ["categories_depth"] = Problem.Invalid("/parentId", "depth", "A tree of categories has eight levels at most."),
        ["competitions_slug_unique"] = CompetitionProblems.SlugTaken,
        ["competitions_external_id_unique"] = CompetitionProblems.ExternalIdTaken,
        ["competitions_seats"] = CompetitionProblems.SeatsTaken,
        ["competitions_move_allowed"] = CompetitionProblems.MoveNotAllowed,
        ["competitions_draft_has_nobody"] = CompetitionProblems.HasRegistrations,
        ["competitions_frozen"] = CompetitionProblems.Frozen,
        ["emergencies_another_person"] = EmergencyProblems.AnotherPerson,
        ["competitions_winner"] = Problem.Invalid("/winnerTeamId", "unknown", "There is no such team in this competition."),
        ["competition_rounds_number_unique"] = CompetitionProblems.RoundExists,
        ["competition_rounds_valid_times"] = Problem.Invalid("/closesAt", "order", "A round closes after it has opened."),
        ["teams_name_unique"] = CompetitionProblems.TeamNameTaken,
        ["teams_external_id_unique"] = CompetitionProblems.ExternalIdTaken,
        ["teams_captain_participant"] = CompetitionProblems.CaptainNotParticipant,
        ["team_members_max_size"] = CompetitionProblems.TeamFull,
        ["team_invitations_once"] = CompetitionProblems.InvitedAlready,
        ["team_invitations_address_once"] = CompetitionProblems.InvitedAlready,
        ["registrations_once"] = CompetitionProblems.AlreadyRegistered,
        ["registrations_external_id_unique"] = CompetitionProblems.ExternalIdTaken,
        ["competition_entrants_pkey"] = CompetitionProblems.AlreadyTakingPart,
        ["submissions_one_draft"] = SubmissionProblems.DraftExists,
        ["submissions_handed_in_stays"] = SubmissionProblems.NotADraft,
        ["submissions_pkey"] = IdentityProblems.IdTaken,
        ["judges_have_the_role"] = JudgingProblems.NotAJudge,
        ["judges_user_unique"] = JudgingProblems.JudgeExists,
        ["judge_conflicts_once"] = JudgingProblems.ConflictDeclared,
        ["competition_appeals_standing_unique"] = RunningProblems.AppealRaised,
        ["competition_appeals_open_unique"] = RunningProblems.AppealRaised,
        ["competition_appeals_pkey"] = IdentityProblems.IdTaken,
        ["appeal_messages_pkey"] = IdentityProblems.IdTaken,
        ["reviews_final_stays"] = JudgingProblems.ReviewFinal,
        ["identity_issuers_name_unique"] = IdentityProblems.IssuerExists,
        ["identity_issuers_client_unique"] = IdentityProblems.IssuerExists,
        ["user_identities_pkey"] = IdentityProblems.IdentityTaken,
        ["user_identities_one_per_issuer"] = IdentityProblems.IdentityLinked,
        ["files_pkey"] = FileProblems.IdTaken,
        ["files_place_unique"] = FileProblems.IdTaken,
        ["user_identities_issuer"] = Problem.NotFound("issuer"),
        ["voting_sessions_competition"] = Problem.Invalid("/competitionId", "unknown", "There is no such competition."),
        ["achievement_backfills_under_way"] = PointProblems.BackfillUnderWay,
        ["point_seasons_apart"] = PointProblems.SeasonsOverlap,
        ["tracks_slug_unique"] = LearningProblems.SlugTaken,
        ["modules_slug_unique"] = LearningProblems.SlugTaken,
        ["lessons_slug_unique"] = LearningProblems.SlugTaken,
        ["challenges_slug_unique"] = LearningProblems.SlugTaken,
        ["challenge_posts_one_solution"] = CommunityProblems.SharedAlready,
        ["challenge_posts_pkey"] = IdentityProblems.IdTaken,
        ["version_splits_open_unique"] = LearningProblems.SplitOpen,
        ["exam_sessions_once"] = ExamProblems.SessionExists,
        ["exam_candidates_number_unique"] = ExamProblems.NumberTaken,
        ["exam_moderations_centre"] = Problem.Invalid("/centreId", "unknown", "There is no such centre."),
        ["exam_runs_under_way"] = ExamProblems.RunUnderWay,
        ["exam_appeals_once"] = ExamProblems.AppealExists,
        ["exam_runs_pkey"] = ExamProblems.IdTaken,
        ["exam_approvals_another_person"] = ExamProblems.AnotherPerson,
    }.ToFrozenDictionary();

    /// <summary>The problem an error of the database means, or null where it is our own fault.</summary>
    public static Problem? Of(Exception error) => error switch
    {
        PostgresException { ConstraintName: { } name } when ByConstraint.TryGetValue(name, out var known) => known,
        PostgresException refused => refused.SqlState switch
        {
            PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation => new Problem(CommonProblems.Conflict),
            // text that PostgreSQL cannot hold (a NUL) or a number out of its range came from the client
            PostgresErrorCodes.UntranslatableCharacter or PostgresErrorCodes.CharacterNotInRepertoire => new Problem(CommonProblems.Invalid, "The text holds characters that cannot be stored."),
            PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
                or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections =>
                new Problem(CommonProblems.Unavailable) { RetryAfter = TimeSpan.FromSeconds(2) },
            _ => null,
        },
        NpgsqlException { IsTransient: true } => new Problem(CommonProblems.Unavailable) { RetryAfter = TimeSpan.FromSeconds(5) },
        _ => null,
    };
}
