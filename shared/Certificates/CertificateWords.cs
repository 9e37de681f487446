using System.Globalization;

namespace Podium.Certificates;

/// <summary>What stands on a sheet besides what is certified, in the languages there are.</summary>
internal sealed record CertificateWords
{
    public required string Language { get; init; }

    public required string Certificate { get; init; }

    public required string Transcript { get; init; }

    public required string Award { get; init; }

    public required string Certifies { get; init; }

    /// <summary>Has passed this.</summary>
    public required string Passed { get; init; }

    public required string Obtained { get; init; }

    public required string TookPart { get; init; }

    public required string Place { get; init; }

    public required string SharedPlace { get; init; }

    public required string InTeam { get; init; }

    public required string Candidate { get; init; }

    public required string Centre { get; init; }

    public required string Subject { get; init; }

    public required string Grade { get; init; }

    public required string Division { get; init; }

    public required string Number { get; init; }

    public required string IssuedOn { get; init; }

    public required string VerifyAt { get; init; }

    public required string Signed { get; init; }

    public required string Page { get; init; }

    public required IReadOnlyDictionary<string, string> Statuses { get; init; }

    public static CertificateWords Of(string language) => All.FirstOrDefault(words => language.StartsWith(words.Language, StringComparison.OrdinalIgnoreCase)) ?? All[0];

    /// <summary>Day, month and year as the language writes them, in the Gregorian calendar everywhere.</summary>
    public string Date(DateTimeOffset instant) => $"{instant.UtcDateTime.Day} {Months[Language][instant.UtcDateTime.Month - 1]} {instant.UtcDateTime.Year.ToString(CultureInfo.InvariantCulture)}{(Language is "ru" ? " г." : Language is "kk" ? " ж." : "")}";

    // spelled out here, and not left to what a machine happens to know of cultures: a sheet is the same everywhere
    private static readonly Dictionary<string, string[]> Months = new()
    {
        ["en"] = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
        ["fr"] = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
        ["ru"] = ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"],
        ["kk"] = ["қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"],
    };

    internal static readonly IReadOnlyList<CertificateWords> All =
    [
        new()
        {
            Language = "en", Certificate = "Certificate", Transcript = "Transcript of results", Award = "Certificate", Certifies = "This is to certify that", Passed = "has passed", Obtained = "obtained the following results",
            TookPart = "took part in", Place = "Place {0}", SharedPlace = "Place {0}, shared", InTeam = "as a member of {0}", Candidate = "Candidate number", Centre = "Centre", Subject = "Subject", Grade = "Grade",
            Division = "Division", Number = "Certificate number", IssuedOn = "Issued on", VerifyAt = "Verify at", Page = "Page {0} of {1}",
            Signed = "This document is signed electronically. Anybody can verify it by the code or the number; the signed document is within this file.",
            Statuses = new Dictionary<string, string> { ["absent"] = "absent", ["excused"] = "excused", ["disqualified"] = "disqualified", ["withheld"] = "withheld", ["graded"] = "", ["incomplete"] = "incomplete" },
        },
        new()
        {
            Language = "fr", Certificate = "Certificat", Transcript = "Relevé de notes", Award = "Certificat", Certifies = "Il est certifié que", Passed = "a été reçu(e) à l’examen", Obtained = "a obtenu les résultats suivants",
            TookPart = "a participé à", Place = "{0}ᵉ place", SharedPlace = "{0}ᵉ place ex æquo", InTeam = "au sein de l’équipe {0}", Candidate = "Numéro de candidat", Centre = "Centre", Subject = "Matière", Grade = "Note",
            Division = "Mention", Number = "Numéro du certificat", IssuedOn = "Délivré le", VerifyAt = "À vérifier sur", Page = "Page {0} sur {1}",
            Signed = "Ce document est signé électroniquement. Chacun peut le vérifier à l’aide du code ou du numéro ; le document signé se trouve dans ce fichier.",
            Statuses = new Dictionary<string, string> { ["absent"] = "absent(e)", ["excused"] = "dispensé(e)", ["disqualified"] = "disqualifié(e)", ["withheld"] = "réservé", ["graded"] = "", ["incomplete"] = "incomplet" },
        },
        new()
        {
            Language = "ru", Certificate = "Сертификат", Transcript = "Выписка результатов", Award = "Сертификат", Certifies = "Настоящим удостоверяется, что", Passed = "успешно сдал(а) экзамен", Obtained = "имеет следующие результаты",
            TookPart = "принял(а) участие в конкурсе", Place = "{0}-е место", SharedPlace = "{0}-е место (разделённое)", InTeam = "в составе команды {0}", Candidate = "Номер участника", Centre = "Центр", Subject = "Предмет", Grade = "Оценка",
            Division = "Категория", Number = "Номер сертификата", IssuedOn = "Выдан", VerifyAt = "Проверка", Page = "Страница {0} из {1}",
            Signed = "Документ подписан электронной подписью. Любой может проверить его по коду или номеру; подписанный документ находится внутри этого файла.",
            Statuses = new Dictionary<string, string> { ["absent"] = "не явился", ["excused"] = "освобождён", ["disqualified"] = "дисквалифицирован", ["withheld"] = "отложено", ["graded"] = "", ["incomplete"] = "не завершено" },
        },
        new()
        {
            Language = "kk", Certificate = "Сертификат", Transcript = "Нәтижелер көшірмесі", Award = "Сертификат", Certifies = "Осы құжат мынаны растайды:", Passed = "емтиханды сәтті тапсырды", Obtained = "келесі нәтижелерге ие болды",
            TookPart = "байқауға қатысты", Place = "{0}-орын", SharedPlace = "{0}-орын (бөліскен)", InTeam = "{0} командасының құрамында", Candidate = "Үміткер нөмірі", Centre = "Орталық", Subject = "Пән", Grade = "Баға",
            Division = "Санат", Number = "Сертификат нөмірі", IssuedOn = "Берілген күні", VerifyAt = "Тексеру", Page = "{0}-бет, барлығы {1}",
            Signed = "Құжатқа электрондық қолтаңба қойылған. Оны кез келген адам код немесе нөмір арқылы тексере алады; қол қойылған құжат осы файлдың ішінде.",
            Statuses = new Dictionary<string, string> { ["absent"] = "келмеді", ["excused"] = "босатылған", ["disqualified"] = "шеттетілген", ["withheld"] = "кейінге қалдырылған", ["graded"] = "", ["incomplete"] = "аяқталмаған" },
        },
    ];
}
