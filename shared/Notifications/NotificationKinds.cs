namespace Podium.Notifications;

/// <summary>When a mail is sent about something.</summary>
public enum EmailMode
{
    Immediate,
    Digest,
    Off,
}

/// <summary>A kind of thing that people are told, and how, where they have said nothing else.</summary>
public sealed record NotificationKind(string Name, string Description, bool InApp, EmailMode Email);

/// <summary>All kinds there are.</summary>
public static class NotificationKinds
{
    public static readonly NotificationKind Announcement = new("announcement", "What the organisers tell everybody.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind File = new("file", "What became of a file that you sent.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind WebhookDisabled = new("webhook-disabled", "A webhook was switched off because nothing reached it.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind ExportReady = new("export-ready", "The file with all that is kept about you can be fetched.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Registration = new("registration", "What becomes of one's registrations.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Team = new("team", "Invitations to teams, requests, who comes and goes.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Competition = new("competition", "When a competition one takes part in changes.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Reminder = new("reminder", "What one may be about to miss.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Judging = new("judging", "What one is asked to judge.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Submission = new("submission", "What becomes of what one has handed in.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Song = new("song", "What becomes of one's songs.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind ExamResults = new("exam-results", "When results of an examination are published.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind Achievement = new("achievement", "What one has earned: achievements, and when one is taken back.", InApp: true, EmailMode.Immediate);

    public static readonly NotificationKind WeeklyReport = new("weekly-report", "How your competitions go, on Monday morning.", InApp: false, EmailMode.Immediate);

    public static readonly NotificationKind Discussion = new("discussion", "Answers to what one said about challenges, followers, and what moderators did.", InApp: true, EmailMode.Digest);

    public static readonly IReadOnlyDictionary<string, NotificationKind> All = new[]
    {
        Announcement,
        File,
        WebhookDisabled,
        ExportReady,
        Registration,
        Team,
        Competition,
        Reminder,
        Judging,
        Submission,
        Song,
        ExamResults,
        Achievement,
        WeeklyReport,
        Discussion,
    }.ToDictionary(kind => kind.Name);
}
