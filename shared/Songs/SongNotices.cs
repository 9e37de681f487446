using Podium.Notifications;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Songs;

/// <summary>Tells artists what becomes of their songs.</summary>
public sealed class SongNotices(Notify notify)
{
    private static readonly (string Language, string Approved, string Rejected, string Refused)[] Words =
    [
        ("en", "Your song “{0}” is in the contest", "Your song “{0}” was not let in", "The recording of “{0}” was not accepted"),
        ("fr", "Votre chanson « {0} » participe au concours", "Votre chanson « {0} » n’a pas été retenue", "L’enregistrement de « {0} » n’a pas été accepté"),
        ("kk", "«{0}» әніңіз байқауға қабылданды", "«{0}» әніңіз қабылданбады", "«{0}» әнінің жазбасы қабылданбады"),
        ("ru", "Ваша песня «{0}» участвует в конкурсе", "Ваша песня «{0}» не допущена", "Запись песни «{0}» не принята"),
    ];

    internal Task DecidedAsync(Session session, Tenant tenant, Guid artist, string title, bool approved, string? reason) =>
        TellAsync(session, tenant, artist, words => approved ? words.Approved : words.Rejected, title, _ => reason ?? "");

    internal Task RefusedAsync(Session session, Tenant tenant, Guid artist, string title, Func<string, string> reasons) => TellAsync(session, tenant, artist, words => words.Refused, title, reasons);

    private Task TellAsync(Session session, Tenant tenant, Guid artist, Func<(string Language, string Approved, string Rejected, string Refused), string> words, string title, Func<string, string> body) => notify.RunAsync(
        session,
        tenant.Id,
        tenant.TimeZone,
        new Notify.Notice(
            NotificationKinds.Song,
            [.. Words.Select(said => new Notify.Text(said.Language, string.Format(System.Globalization.CultureInfo.InvariantCulture, words(said), title), body(said.Language)))],
            null),
        [artist]);
}
