using System.Globalization;
using Podium.Platform.Codes;
using Podium.Platform.Pdf;

namespace Podium.Certificates;

/// <summary>
/// Draws a certificate or transcript: a sheet of A4 in one of four languages, with a QR code that leads to its verification, and with the signed document in it.
/// The same statement gives the same bytes, so nothing of it needs to be stored.
/// </summary>
public static class CertificateSheet
{
    private const double Margin = 56;
    private const double RowHeight = 17;
    private const double FootAt = 672;
    private const string Ink = "0.1 0.14 0.22";
    private const string Soft = "0.36 0.4 0.46";
    private const string Accent = "0.1 0.37 0.71";

    private const double Inner = PdfPage.A4Width - (2 * Margin);
    private const double Middle = PdfPage.A4Width / 2;

    public static byte[] Draw(CertificateStatement statement, string signed, CertificateSite site, string language)
    {
        var words = CertificateWords.Of(language);
        var name = statement.Kind switch { CertificateKind.ExamTranscript => words.Transcript, CertificateKind.ExamResult => words.Certificate, _ => words.Award };
        var document = new PdfDocument($"{name}: {statement.Holder}, {statement.Title}", words.Language, statement.IssuedAt);
        document.Carry("SignedDocument", signed);
        var pages = new List<PdfPage> { document.AddPage() };
        var y = Head(pages[0], statement, words, name);
        if (statement.Place is { } place) Place(pages[0], y, place, words);
        foreach (var result in statement.Results) y = Result(document, pages, y, statement, result, words);
        for (var page = 0; page < pages.Count; page++) Foot(pages[page], statement, site, words, page + 1, pages.Count);
        return document.Save();
    }

    private static double Head(PdfPage page, CertificateStatement statement, CertificateWords words, string name)
    {
        page.Text(Middle, 84, statement.Issuer.Name, 15, bold: true, PdfAlign.Centre, Inner, Ink);
        page.Text(Middle, 128, name, 27, bold: true, PdfAlign.Centre, Inner, Accent);
        page.Text(Middle, 166, words.Certifies, 11, align: PdfAlign.Centre, widest: Inner, colour: Soft);
        page.Text(Middle, 200, statement.Holder, 23, bold: true, PdfAlign.Centre, Inner, Ink);
        page.Line(Margin + 60, 210, PdfPage.A4Width - Margin - 60, 210, 0.5, Soft);
        var verb = statement.Kind switch { CertificateKind.ExamTranscript => words.Obtained, CertificateKind.ExamResult => words.Passed, _ => words.TookPart };
        page.Text(Middle, 232, verb, 11, align: PdfAlign.Centre, widest: Inner, colour: Soft);
        return statement.Kind == CertificateKind.ExamTranscript ? 262 : page.Paragraph(Middle, 260, statement.Title, 16, Inner, bold: true, PdfAlign.Centre, Ink) + 8;
    }

    private static void Place(PdfPage page, double y, CertificateStatement.Placing place, CertificateWords words)
    {
        if (place.Team is { } team) y = page.Paragraph(Middle, y + 6, Format(words.InTeam, team), 12, Inner, align: PdfAlign.Centre, colour: Ink);
        page.Text(Middle, y + 50, Format(place.Shared ? words.SharedPlace : words.Place, place.Place), 24, bold: true, PdfAlign.Centre, Inner, Accent);
        if (place.Award is { } award) page.Text(Middle, y + 84, award, 17, bold: true, PdfAlign.Centre, Inner, Ink);
    }

    private static double Result(PdfDocument document, List<PdfPage> pages, double y, CertificateStatement statement, CertificateStatement.Result result, CertificateWords words)
    {
        var page = pages[^1];
        if (y + 78 > FootAt) (page, y) = Turn(document, pages);
        if (statement.Kind == CertificateKind.ExamTranscript)
        {
            page.Text(Margin, y, result.Session, 12, bold: true, widest: Inner, colour: Ink);
            y += 16;
        }
        page.Text(Margin, y, $"{words.Candidate}: {result.Candidate}", 9.5, colour: Soft);
        page.Text(PdfPage.A4Width - Margin, y, $"{words.Centre}: {result.Centre} {result.CentreName}", 9.5, align: PdfAlign.Right, widest: Inner * 0.62, colour: Soft);
        y = TableHead(page, y + 20, words);
        foreach (var subject in result.Subjects)
        {
            if (y + RowHeight > FootAt)
            {
                (page, y) = Turn(document, pages);
                y = TableHead(page, y, words);
            }
            page.Text(Margin + 4, y, subject.Code, 10, colour: Soft, widest: 66);
            page.Text(Margin + 76, y, subject.Name, 10.5, widest: Inner - 190, colour: Ink);
            var grade = subject.Grade ?? words.Statuses.GetValueOrDefault(subject.Status, subject.Status);
            page.Text(PdfPage.A4Width - Margin - 4, y, grade, 10.5, bold: subject.Grade is not null, PdfAlign.Right, 106, Ink);
            page.Line(Margin, y + 5, PdfPage.A4Width - Margin, y + 5, 0.25, "0.8 0.83 0.87");
            y += RowHeight;
        }
        if (result.Division is { } division)
        {
            page.Text(PdfPage.A4Width - Margin - 4, y + 6, $"{words.Division}: {division}", 11.5, bold: true, PdfAlign.Right, Inner, Ink);
            y += RowHeight + 4;
        }
        return y + 22;
    }

    private static double TableHead(PdfPage page, double y, CertificateWords words)
    {
        page.Text(Margin + 76, y, words.Subject, 9.5, bold: true, widest: Inner - 190, colour: Soft);
        page.Text(PdfPage.A4Width - Margin - 4, y, words.Grade, 9.5, bold: true, PdfAlign.Right, 106, Soft);
        page.Line(Margin, y + 5, PdfPage.A4Width - Margin, y + 5, 0.8, Accent);
        return y + RowHeight + 1;
    }

    private static (PdfPage Page, double Y) Turn(PdfDocument document, List<PdfPage> pages)
    {
        pages.Add(document.AddPage());
        return (pages[^1], Margin + 30);
    }

    // on every page, so that no page can be put into another's place
    private static void Foot(PdfPage page, CertificateStatement statement, CertificateSite site, CertificateWords words, int number, int count)
    {
        const double Side = 92;
        var top = FootAt + 22;
        page.Frame(24, 24, PdfPage.A4Width - 48, PdfPage.A4Height - 48, 1.4, Accent);
        page.Frame(29, 29, PdfPage.A4Width - 58, PdfPage.A4Height - 58, 0.4, Accent);
        page.Line(Margin, FootAt + 8, PdfPage.A4Width - Margin, FootAt + 8, 0.5, Soft);
        page.Code(PdfPage.A4Width - Margin - Side, top, Side, QrCode.Of(site.PageOf(statement.Number)));
        var width = Inner - Side - 24;
        page.Text(Margin, top + 8, $"{words.Number}: {statement.Number}", 11, bold: true, widest: width, colour: Ink);
        page.Text(Margin, top + 26, $"{words.IssuedOn}: {words.Date(statement.IssuedAt)}", 10, widest: width, colour: Ink);
        page.Text(Margin, top + 42, $"{words.VerifyAt}: {site.Page}", 8.5, widest: width, colour: Ink);
        page.Paragraph(Margin, top + 60, words.Signed, 8, width, colour: Soft);
        if (count > 1) page.Text(Margin, top + Side, $"{statement.Holder} · {Format(words.Page, number, count)}", 8.5, widest: width, colour: Soft);
    }

    private static string Format(string text, params object[] parts) => string.Format(CultureInfo.InvariantCulture, text, parts);
}
