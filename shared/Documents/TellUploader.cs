using Podium.Notifications;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Messaging;

namespace Podium.Documents;

/// <summary>Tells an uploader that a file was not accepted, for purposes whose feature has nothing more to do.</summary>
public sealed class TellUploader(Inbox inbox, Notify notify)
{
    public const string Subject = "file-decided";

    private static readonly (string Language, string Title, string Withdrawn, string Name)[] Words =
    [
        ("en", "Your file was not accepted", "Your file was withdrawn by the organisers", "File"),
        ("fr", "Votre fichier n’a pas été accepté", "Votre fichier a été retiré par les organisateurs", "Fichier"),
        ("kk", "Файлыңыз қабылданбады", "Ұйымдастырушылар файлыңызды алып тастады", "Файл"),
        ("ru", "Ваш файл не принят", "Организаторы отозвали ваш файл", "Файл"),
    ];

    public Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var decision = delivery.Read<FileDecision>();
        if (decision.State is not (FileStates.Quarantined or FileStates.Rejected or FileStates.Revoked)) return Task.CompletedTask;
        return inbox.OnceAsync(delivery, session => TellAsync(session, delivery, decision, cancellationToken), cancellationToken);
    }

    internal async Task TellAsync(Session session, Delivery delivery, FileDecision decision, CancellationToken cancellationToken)
    {
        if (await StoredFile.FindAsync(session, delivery.Tenant.Id, decision.FileId, cancellationToken) is not { } file) throw new UnreadableMessageException("unknown-file", $"There is no file {decision.FileId}.");
        var texts = Words.Select(words => new Notify.Text(
            words.Language,
            decision.State == FileStates.Revoked ? words.Withdrawn : words.Title,
            $"{words.Name}: {file.Name}\n{(decision.State == FileStates.Revoked ? decision.Reason : string.Join('\n', file.View(words.Language).Reasons.Select(reason => reason.Message)))}"));
        await notify.RunAsync(session, delivery.Tenant.Id, delivery.Tenant.TimeZone, new Notify.Notice(NotificationKinds.File, [.. texts], null), [file.OwnerId]);
    }
}
