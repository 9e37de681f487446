namespace Podium.Platform.Access;

/// <summary>Every permission there is, and the roles each tenant starts with.</summary>
public static class Permissions
{
    public const string TenantManage = "tenant.manage";
    public const string UserRead = "user.read";
    public const string UserManage = "user.manage";
    public const string RoleManage = "role.manage";
    public const string RoleGrant = "role.grant";
    public const string InstitutionManage = "institution.manage";
    public const string InstitutionVerify = "institution.verify";
    public const string IssuerManage = "issuer.manage";
    public const string CompetitionManage = "competition.manage";
    public const string CompetitionConclude = "competition.conclude";
    public const string CompetitionJudge = "competition.judge";
    public const string ContentManage = "content.manage";
    public const string AnalyticsRead = "analytics.read";
    public const string AnalyticsManage = "analytics.manage";
    public const string DiscussionModerate = "discussion.moderate";
    public const string AuditRead = "audit.read";
    public const string AnnouncementSend = "announcement.send";
    public const string NotificationManage = "notification.manage";
    public const string FileManage = "file.manage";
    public const string WebhookManage = "webhook.manage";
    public const string VotingManage = "voting.manage";
    public const string VotingAudit = "voting.audit";
    public const string ExamManage = "exam.manage";
    public const string ExamApprove = "exam.approve";
    public const string ExamCentre = "exam.centre";
    public const string ExamMarks = "exam.marks";

    public const string EmergencyAct = "emergency.act";

    public const string SongModerate = "song.moderate";

    public const string PointsManage = "points.manage";

    /// <summary>What each permission allows.</summary>
    public static readonly IReadOnlyDictionary<string, string> All = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [TenantManage] = "Change the tenant's name, languages, branding and settings.",
        [UserRead] = "See people's accounts.",
        [UserManage] = "Invite, change, suspend and delete people's accounts.",
        [RoleManage] = "Define roles.",
        [RoleGrant] = "Give roles to people and take them away.",
        [InstitutionManage] = "Add and change institutions and their programs.",
        [InstitutionVerify] = "Declare that an institution is what it says it is.",
        [IssuerManage] = "Set up sign-in by other issuers.",
        [CompetitionManage] = "Create and run competitions.",
        [CompetitionConclude] = "Cancel, reopen and archive competitions.",
        [CompetitionJudge] = "Judge what is assigned.",
        [ContentManage] = "Write, review and publish tracks and challenges, and see how they are completed.",
        [AnalyticsRead] = "See what is counted: dashboards, series, funnels, judges' work, and take it out.",
        [AnalyticsManage] = "Define which events front-ends may tell.",
        [DiscussionModerate] = "Hide and restore what learners say and share, and silence people for a while.",
        [AuditRead] = "Read the audit log.",
        [AnnouncementSend] = "Tell something to everybody, or to all of a role or an institution.",
        [NotificationManage] = "Change the words of mails and see what became of them.",
        [FileManage] = "See and download all files, withdraw them and give them back.",
        [WebhookManage] = "Set up other systems that are told what happens.",
        [VotingManage] = "Set up votings, open and close them, judge doubtful votes, and publish results.",
        [SongModerate] = "See all songs of a contest, let them in and turn them away.",
        [PointsManage] = "Define achievements, points and seasons, see who has earned what, and take it back.",
        [VotingAudit] = "Take a voting's whole log out, to count again.",
        [EmergencyAct] = "Freeze competitions, move all deadlines, void rounds, halt votings, withdraw files everywhere, tell everybody; and approve what another asks for.",
        [ExamManage] = "Set up examinations, their centres, subjects and grades, decide cases, and compute results.",
        [ExamApprove] = "Approve results for publication; never those that one has asked for.",
        [ExamCentre] = "Enter a centre's candidates, give them their secrets, and see the centre's published results.",
        [ExamMarks] = "Send marks in.",
    };

    /// <summary>A role that every tenant has from its first day.</summary>
    public sealed record BuiltInRole(string Name, string Description, IReadOnlyList<string> Permissions);

    public const string Administrator = "ADMINISTRATOR";
    public const string Participant = "PARTICIPANT";

    public static readonly IReadOnlyList<BuiltInRole> BuiltInRoles =
    [
        new(Administrator, "Runs the tenant.", ["*"]),
        new("ORGANIZER", "Runs competitions.", [CompetitionManage, CompetitionConclude, UserRead, InstitutionManage, AnnouncementSend, FileManage, VotingManage, SongModerate, EmergencyAct, PointsManage, AnalyticsRead]),
        new("JUDGE", "Judges what is assigned.", [CompetitionJudge]),
        new(Participant, "Takes part. Everybody who registers is one.", []),
        new("AUDITOR", "Reads what was done, changes nothing.", [AuditRead, UserRead, VotingAudit]),
        new("AUTHOR", "Writes coding practice.", [ContentManage, DiscussionModerate]),
        new("EXAM_OFFICER", "Runs examinations.", [ExamManage, ExamCentre, ExamMarks, InstitutionManage, UserRead]),
        new("EXAM_APPROVER", "Approves results for publication.", [ExamApprove]),
        new("CENTRE_HEAD", "Runs an examination centre, or a region of them.", [ExamCentre, ExamMarks]),
    ];

    /// <summary>Whether a role may hold this: a permission, a whole subject, or all.</summary>
    public static bool IsKnown(string permission) =>
        permission == "*" || All.ContainsKey(permission) ||
        (permission.EndsWith(".*", StringComparison.Ordinal) && All.Keys.Any(known => known.StartsWith(permission[..^1], StringComparison.Ordinal)));
}
