using Podium.Notifications;

namespace Podium.Webhooks;

/// <summary>What administrators are told about webhooks.</summary>
internal static class WebhookTexts
{
    public static IReadOnlyList<Notify.Text> Disabled(string url) =>
    [
        new("en", "A webhook was switched off", $"{url} has not taken what it was told. See its deliveries, and switch it on again when it works."),
        new("ru", "Вебхук отключён", $"{url} не принимает сообщения. Посмотрите журнал доставки и включите его снова, когда он заработает."),
        new("kk", "Вебхук өшірілді", $"{url} хабарламаларды қабылдамайды. Жеткізу журналын қарап, ол жұмыс істегенде қайта қосыңыз."),
        new("fr", "Un webhook a été désactivé", $"{url} n'accepte plus les messages. Consultez ses livraisons et réactivez-le quand il fonctionne."),
    ];
}
