using Podium.Notifications;

namespace Podium.Privacy;

/// <summary>What people are told about their data.</summary>
internal static class PrivacyTexts
{
    public static IReadOnlyList<Notify.Text> ExportReady =>
    [
        new("en", "Your data is ready", "The file with all that is kept about you can be fetched for seven days."),
        new("ru", "Ваши данные готовы", "Файл со всем, что о вас хранится, можно скачать в течение семи дней."),
        new("kk", "Деректеріңіз дайын", "Сіз туралы сақталған барлық деректер файлын жеті күн ішінде жүктеп алуға болады."),
        new("fr", "Vos données sont prêtes", "Le fichier de tout ce qui est conservé à votre sujet peut être téléchargé pendant sept jours."),
    ];
}
