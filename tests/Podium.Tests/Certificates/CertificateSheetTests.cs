using System.Text;
using Podium.Certificates;
using Podium.Platform.Files;
using Podium.Platform.Pdf;
using Podium.Tests.Platform.Files;

namespace Podium.Tests.Certificates;

public sealed class CertificateSheetTests
{
    internal static readonly CertificateSite Site = new("https://results.example.org", "gce");

    internal static CertificateStatement Statement(CertificateKind kind = CertificateKind.ExamResult, string holder = "Grâce Éboué", int subjects = 3, int sessions = 1) => new()
    {
        Id = Guid.Parse("0192c7a2-0000-7000-8000-000000000001"),
        Number = "K7TQ-9MZX-2HFD",
        Kind = kind,
        Issuer = new CertificateStatement.IssuedBy(Guid.Parse("0192c7a2-0000-7000-8000-000000000002"), "gce", "Office du baccalauréat — Қазақстан"),
        IssuedAt = new DateTimeOffset(2026, 8, 15, 9, 0, 0, TimeSpan.Zero),
        Holder = holder,
        Title = "Ordinary level 2026",
        Results = kind == CertificateKind.Competition ? [] :
        [
            .. Enumerable.Range(0, sessions).Select(session => new CertificateStatement.Result(
                2026 - session, "O", $"Ordinary level {2026 - session}", "C1-0001", "C1", "Lycée de la Côte", "Merit",
                [.. Enumerable.Range(1, subjects).Select(one => new CertificateStatement.Subject($"S{one:00}", one == 1 ? "Қазақ тілі: Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі" : $"Subject {one}", one == 2 ? null : "A", one == 2 ? "absent" : "graded"))])),
        ],
        Place = kind == CertificateKind.Competition ? new CertificateStatement.Placing("Cup of robots", 2, true, "Silver", "Команда Ёж") : null,
        StatusIndex = 131_074,
    };

    [Theory]
    [InlineData("en", "Certificate", "has passed", "15 August 2026", "Certificate number: K7TQ-9MZX-2HFD")]
    [InlineData("fr", "Certificat", "a été reçu(e) à l’examen", "15 août 2026", "Numéro du certificat: K7TQ-9MZX-2HFD")]
    [InlineData("ru", "Сертификат", "успешно сдал(а) экзамен", "15 августа 2026 г.", "Номер сертификата: K7TQ-9MZX-2HFD")]
    [InlineData("kk", "Сертификат", "емтиханды сәтті тапсырды", "15 тамыз 2026 ж.", "Сертификат нөмірі: K7TQ-9MZX-2HFD")]
    public void A_sheet_says_in_each_language_what_can_be_copied_from_it(string language, string title, string passed, string day, string number)
    {
        var pdf = CertificateSheet.Draw(Statement(), "eyJ.e30.c2ln", Site, language);
        var lines = PdfText.Of(pdf).Split('\n');
        Assert.Subset(lines.ToHashSet(), new HashSet<string> { title, passed, number, "Grâce Éboué", "Office du baccalauréat — Қазақстан", "Қазақ тілі: Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі", "Ordinary level 2026" });
        Assert.Contains(lines, line => line.EndsWith(day, StringComparison.Ordinal));
        // the same again is the same to the byte: nothing needs to be stored
        Assert.Equal(pdf, CertificateSheet.Draw(Statement(), "eyJ.e30.c2ln", Site, language));
    }

    [Fact]
    public void Every_language_speaks_with_letters_that_the_fonts_have()
    {
        foreach (var words in CertificateWords.All)
        {
            var spoken = typeof(CertificateWords).GetProperties().Where(property => property.PropertyType == typeof(string)).Select(property => (string)property.GetValue(words)!).Concat(words.Statuses.Values)
                .Concat(Enumerable.Range(1, 12).Select(month => words.Date(new DateTimeOffset(2026, month, 1, 0, 0, 0, TimeSpan.Zero))));
            foreach (var font in new[] { TrueTypeFont.Regular, TrueTypeFont.Bold })
                Assert.All(spoken.SelectMany(text => text.EnumerateRunes()), rune => Assert.True(rune.Value == ' ' || font.GlyphOf(rune) > 0, $"{words.Language}: {rune}"));
            Assert.Equal(CertificateWords.All[0].Statuses.Keys.Order(), words.Statuses.Keys.Order());
        }
    }

    [Fact]
    public async Task A_sheet_is_a_whole_pdf_with_small_fonts_and_the_signed_document_in_it()
    {
        var pdf = CertificateSheet.Draw(Statement(CertificateKind.ExamTranscript, subjects: 14, sessions: 4), "eyJhbGciOi.e30.c2ln", Site, "fr");
        var objects = PdfText.Objects(pdf);
        // of two fonts of 730 kB
        Assert.InRange(pdf.Length, 10_000, 90_000);
        Assert.Contains("eyJhbGciOi.e30.c2ln", Encoding.Latin1.GetString(pdf), StringComparison.Ordinal);
        Assert.Contains("Page 2 sur", PdfText.Of(pdf), StringComparison.Ordinal);
        foreach (var font in objects.Values.Where(content => content.Head.Contains("/Length1", StringComparison.Ordinal)))
        {
            // what was cut out is a font again, its sums are right
            Assert.Equal(0xB1B0AFBAu, SumOf(font.Stream));
        }
        // the reader that looks at what people send finds nothing wrong with it
        var report = await Look.AtAsync(pdf);
        Assert.Equal((FileKind.Pdf, "", 3), (report.Kind, string.Join(',', report.Codes()), report.Pages));
    }

    [Theory]
    [InlineData("{0} {9} %s")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("A\u202Eeman\u0000")]
    [InlineData("E\u0301boue\u0301")]
    [InlineData("王小明")]
    [InlineData("A very long name that nobody would write on a line of its own because it goes on and on and on without any end in sight for two hundred characters")]
    public void Nothing_that_a_name_may_be_breaks_a_sheet(string name)
    {
        foreach (var kind in Enum.GetValues<CertificateKind>())
        {
            var text = PdfText.Of(CertificateSheet.Draw(Statement(kind, name), "a.b.c", Site, "en"));
            Assert.Contains(name.Replace("\u202E", "", StringComparison.Ordinal).Replace("\u0000", "", StringComparison.Ordinal).Normalize(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_award_names_place_team_and_award()
    {
        var text = PdfText.Of(CertificateSheet.Draw(Statement(CertificateKind.Competition), "a.b.c", Site, "ru"));
        Assert.Contains("2-е место (разделённое)\nSilver", text, StringComparison.Ordinal);
        Assert.Contains("в составе команды Команда Ёж", text, StringComparison.Ordinal);
    }

    private static uint SumOf(byte[] file)
    {
        uint sum = 0;
        for (var at = 0; at + 4 <= file.Length; at += 4) sum += System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
        return sum;
    }
}
