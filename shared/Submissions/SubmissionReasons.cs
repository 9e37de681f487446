using System.Collections.Frozen;
using Podium.Platform.Files;

namespace Podium.Submissions;

/// <summary>Why a submission does not count, in the reader's language. Of files their own reasons speak.</summary>
internal static class SubmissionReasons
{
    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> ByCode = new Dictionary<string, Dictionary<string, string>>
    {
        ["late"] = new()
        {
            ["en"] = "It came after the last instant at which it could be handed in.",
            ["fr"] = "Elle est arrivée après le dernier instant où elle pouvait être remise.",
            ["kk"] = "Ол тапсыруға болатын соңғы сәттен кейін келді.",
            ["ru"] = "Она пришла после последнего момента, когда её можно было сдать.",
        },
        ["not-taking-part"] = new()
        {
            ["en"] = "The entry does not take part any more.",
            ["fr"] = "L'inscription ne participe plus.",
            ["kk"] = "Қатысушы енді қатыспайды.",
            ["ru"] = "Участник больше не участвует.",
        },
        ["file-withdrawn"] = new()
        {
            ["en"] = "One of its files is not valid any more.",
            ["fr"] = "L'un de ses fichiers n'est plus valable.",
            ["kk"] = "Файлдарының бірі енді жарамсыз.",
            ["ru"] = "Один из её файлов больше не действителен.",
        },
    }.ToFrozenDictionary(code => code.Key, code => code.Value.ToFrozenDictionary());

    public static IEnumerable<string> Codes => ByCode.Keys;

    public static string Say(string code, string language, StoredFile? file = null)
    {
        if (file is not null && file.View(language).Reasons is { Count: > 0 } reasons) return $"{file.Name}: {string.Join(' ', reasons.Select(reason => reason.Message))}";
        var texts = ByCode[ByCode.ContainsKey(code) ? code : "file-withdrawn"];
        return texts.GetValueOrDefault(language.Split('-')[0]) ?? texts["en"];
    }
}
