using System.Globalization;

namespace Podium.Analytics;

/// <summary>The words of pictures and reports in one language.</summary>
public sealed class AnalyticsWords
{
    public static readonly IReadOnlyList<string> Languages = ["en", "fr", "kk", "ru"];

    private static readonly Dictionary<string, string[]> All = new()
    {
        ["events"] = ["Events and people per day", "Événements et personnes par jour", "Күн сайынғы оқиғалар мен адамдар", "События и люди по дням"],
        ["registrations"] = ["Registrations per day", "Inscriptions par jour", "Күн сайынғы тіркелулер", "Регистрации по дням"],
        ["people"] = ["New people per day", "Nouvelles personnes par jour", "Күн сайынғы жаңа адамдар", "Новые люди по дням"],
        ["funnel"] = ["How far people come", "Jusqu’où l’on va", "Адамдар қай кезеңге жетеді", "Как далеко проходят участники"],
        ["rounds"] = ["Rounds", "Tours", "Турлар", "Туры"],
        ["judges"] = ["Judges’ work", "Travail des jurés", "Қазылардың жұмысы", "Работа жюри"],
        ["work"] = ["Your reviews", "Vos évaluations", "Сіздің бағалауларыңыз", "Ваши оценки"],
        ["pace"] = ["Your finished reviews per day", "Vos évaluations terminées par jour", "Күн сайын аяқталған бағалауларыңыз", "Ваши завершённые оценки по дням"],
        ["competitions"] = ["Competitions", "Concours", "Байқаулар", "Конкурсы"],
        ["submissions"] = ["Submissions per day", "Travaux remis par jour", "Күн сайын тапсырылған жұмыстар", "Сданные работы по дням"],
        ["nothing"] = ["There is nothing to show yet.", "Il n’y a encore rien à montrer.", "Әзірге көрсететін ештеңе жоқ.", "Показывать пока нечего."],
        ["event"] = ["Events", "Événements", "Оқиғалар", "События"],
        ["persons"] = ["People", "Personnes", "Адамдар", "Люди"],
        ["entered"] = ["Entered", "Inscrits", "Қатысады", "Участвуют"],
        ["submitted"] = ["Submitted", "Remis", "Тапсырды", "Сдали"],
        ["reviewed"] = ["Reviewed", "Évalués", "Бағаланды", "Оценены"],
        ["advanced"] = ["Go on", "Qualifiés", "Өтті", "Прошли"],
        ["done"] = ["Done", "Terminées", "Аяқталды", "Готово"],
        ["open"] = ["Open", "À faire", "Ашық", "Осталось"],
        ["overdue"] = ["Overdue", "En retard", "Мерзімі өтті", "Просрочено"],
        ["count"] = ["Number", "Nombre", "Саны", "Число"],
        ["entry:registered"] = ["Registered", "Inscrits", "Тіркелді", "Зарегистрированы"],
        ["entry:team-complete"] = ["Team complete", "Équipe complète", "Команда толық", "Команда собрана"],
        ["entry:submitted"] = ["Submitted", "Travail remis", "Жұмыс тапсырды", "Сдали работу"],
        ["entry:reviewed"] = ["Reviewed", "Évalués", "Бағаланды", "Оценены"],
        ["entry:advanced"] = ["Went on", "Qualifiés", "Келесі турға өтті", "Прошли дальше"],
        ["entry:finalist"] = ["In the last round", "Au dernier tour", "Соңғы турда", "В последнем туре"],
        ["draft"] = ["Draft", "Brouillon", "Жоба", "Черновик"],
        ["published"] = ["Published", "Publié", "Жарияланған", "Опубликован"],
        ["active"] = ["Active", "En cours", "Өтіп жатыр", "Идёт"],
        ["judging"] = ["Judging", "Évaluation", "Бағалану", "Оценивание"],
        ["completed"] = ["Completed", "Terminé", "Аяқталған", "Завершён"],
        ["cancelled"] = ["Cancelled", "Annulé", "Тоқтатылған", "Отменён"],
        ["archived"] = ["Archived", "Archivé", "Мұрағатта", "В архиве"],
        ["period"] = ["{0} to {1}, time zone {2}", "du {0} au {1}, fuseau horaire {2}", "{0} – {1}, уақыт белдеуі {2}", "с {0} по {1}, часовой пояс {2}"],
        ["reportLine"] =
        [
            "{0}: {1} registrations this week, {2} approved entries, {3} reviews done, {4} open, {5} overdue.",
            "{0} : {1} inscriptions cette semaine, {2} participations acceptées, {3} évaluations terminées, {4} à faire, {5} en retard.",
            "{0}: осы аптада {1} тіркелу, {2} мақұлданған қатысу, {3} бағалау аяқталды, {4} ашық, {5} мерзімі өтті.",
            "{0}: за неделю {1} регистраций, {2} допущенных участий, {3} оценок готово, {4} осталось, {5} просрочено.",
        ],
    };

    private readonly int _column;

    private AnalyticsWords(int column) => (_column, Language) = (column, Languages[column]);

    public string Language { get; }

    public static IEnumerable<string> Keys => All.Keys;

    public string this[string key] => All[key][_column];

    /// <summary>The words where there are any for it, else the key itself.</summary>
    public string Name(string key) => All.TryGetValue(key, out var words) ? words[_column] : key;

    public string Say(string key, params object[] values) => string.Format(CultureInfo.InvariantCulture, this[key], values);

    /// <summary>In a language, its parent (kk for kk-KZ), or English.</summary>
    public static AnalyticsWords Of(string language)
    {
        var at = Languages.Index().FirstOrDefault(known => language.Split('-')[0].Equals(known.Item, StringComparison.OrdinalIgnoreCase));
        return new AnalyticsWords(at.Item is null ? 0 : at.Index);
    }

    /// <summary>A day as figures, which every language of ours reads alike.</summary>
    public static string Day(DateOnly day) => day.ToString("dd.MM", CultureInfo.InvariantCulture);
}
