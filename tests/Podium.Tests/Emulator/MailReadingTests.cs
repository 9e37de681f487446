using System.Text;
using Podium.Emulator.Mail;

namespace Podium.Tests.Emulator;

public sealed class MailReadingTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=?utf-8?B?0JjRgtC+0LM=?=", "Итог")]
    [InlineData("=?UTF-8?q?a_b=3D=5F?=", "a b=_")]
    [InlineData("=?iso-8859-1?Q?caf=E9?= au lait", "café au lait")]
    [InlineData("=?windows-1251?B?yPLu4w==?=", "Итог")]
    [InlineData("=?koi8-r?Q?=E9=D4=CF=C7?=", "Итог")]
    [InlineData("a =?utf-8?Q?b?= c =?utf-8?Q?d?= =?utf-8?Q?e?=", "a b c de")]
    [InlineData("=?utf-8?B?0A==?= =?utf-8?B?mA==?=", "И")] // a letter cut in two
    [InlineData("=?utf-8*ru?Q?=D0=98?=", "И")]
    [InlineData("=?x-unknown?Q?=D0=98?=", "И")]
    [InlineData("=?utf-8?Q?=FF?= =?utf-8?X?a?= =? ?=", "ÿ =?utf-8?X?a?= =? ?=")]
    public void Words_of_headers_are_decoded(string header, string text) => Assert.Equal(text, EncodedWords.Decode(header));

    [Fact]
    public void Headers_are_unfolded_in_order_and_found_whatever_their_case()
    {
        var mail = Read("Subject: one\n two\n\tthree\nTo: a\nTO: b\nEmpty:\nSubject : again\n\nbody: no header");
        Assert.Equal(["Subject", "To", "TO", "Empty", "Subject"], mail.Headers.Select(header => header.Name));
        Assert.Equal(("one two\tthree".Replace('\t', ' '), "a", ""), (mail.Headers["SUBJECT"], mail.Headers["to"], mail.Headers["empty"]));
        Assert.Null(mail.Headers["Body"]);
        Assert.Equal("body: no header", mail.Text);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("no headers at all\nbut text", "no headers at all\nbut text")]
    [InlineData("Subject: x\nno empty line", "no empty line")]
    [InlineData("\nSubject: in the body", "Subject: in the body")]
    public void A_mail_without_order_is_text(string raw, string? text) => Assert.Equal(text ?? "", Read(raw).Text);

    [Theory]
    [InlineData("utf-8", "8bit", "caf\u00c3\u00a9", "café")]
    [InlineData("iso-8859-1", "8bit", "caf\u00e9", "café")]
    [InlineData("us-ascii", "7bit", "cafe", "cafe")]
    [InlineData("us-ascii", "8bit", "caf\u00e9", "café")]
    [InlineData("nonsense", "8bit", "caf\u00c3\u00a9", "café")]
    [InlineData("utf-8", "quoted-printable", "caf=C3=A9=\n s=20 \nend=", "café s \nend")]
    [InlineData("utf-8", "Quoted-Printable", "100=\u0025 a=b =3d =ZZ", "100=% a=b = =ZZ")]
    [InlineData("utf-8", "base64", "Y2Fm\nw6k", "café")]
    [InlineData("utf-8", "BASE64", "Y2Fm!w6k==", "café")]
    [InlineData("utf-16", "base64", "QQBCAA==", "AB")]
    public void A_text_is_decoded(string charset, string encoding, string octets, string text)
    {
        var mail = ReadOctets(Encoding.Latin1.GetBytes($"Content-Type: text/plain; charset=\"{charset}\"\nContent-Transfer-Encoding: {encoding}\n\n{octets}"));
        Assert.Equal(text, mail.Text);
    }

    [Theory]
    [InlineData("attachment; filename=report.pdf", "report.pdf")]
    [InlineData("attachment; filename=\"a \\\"b\\\"; c.pdf\"; size=1", "a \"b\"; c.pdf")]
    [InlineData("attachment; filename*=utf-8''%D0%98%20x.pdf; filename=fallback.pdf", "И x.pdf")]
    [InlineData("attachment; filename*0*=utf-8'ru'%D0; filename*1*=%98; filename*2=%20.pdf", "И%20.pdf")]
    [InlineData("attachment; filename=\"=?utf-8?B?0Jg=?=.pdf\"", "И.pdf")]
    [InlineData("attachment", null)]
    [InlineData("attachment; =; filename", null)]
    public void An_attachment_has_a_name(string disposition, string? name)
    {
        var mail = Read($"Content-Type: application/pdf\nContent-Disposition: {disposition}\n\nx");
        Assert.Equal((name, "application/pdf"), (Assert.Single(mail.Attachments).Name, mail.Attachments[0].MediaType));
        Assert.Null(mail.Text);
    }

    [Fact]
    public void A_multipart_mail_gives_its_text_its_HTML_and_all_the_rest()
    {
        var mail = Read("""
            Content-Type: multipart/mixed;
              boundary="out er"

            a preamble
            --out er
            Content-Type: multipart/related; boundary=in

            --in
            Content-Type: multipart/alternative; boundary=inn

            --inn

            the text

            --inn
            Content-Type: text/html

            <p>the HTML</p>
            --inn--
            --in
            Content-Type: image/png
            Content-ID: <logo>

            png
            --in--
            --out er 
            Content-Type: text/plain; name=notes.txt

            notes
            --out er
            Content-Type: text/plain

            more text
            --out er
            Content-Type: message/rfc822

            Subject: inner

            forwarded
            --out er--
            an epilogue
            --out er
            """);
        Assert.Equal(("the text\n", "<p>the HTML</p>"), (mail.Text, mail.Html));
        Assert.Equal(
            [("image/png", null, "png"), ("text/plain", "notes.txt", "notes"), ("text/plain", null, "more text"), ("message/rfc822", null, "Subject: inner\n\nforwarded")],
            mail.Attachments.Select(part => (part.MediaType, part.Name, Encoding.UTF8.GetString(part.Content.Span))));
    }

    [Theory]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\n--b\n\ncut off", "cut off")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\nno part", null)]
    [InlineData("Content-Type: multipart/mixed\n\n--b\n\nno boundary\n--b--", null)]
    [InlineData("Content-Type: nonsense\n\ntext", "text")]
    [InlineData("Content-Type: ; charset=utf-8\n\ntext", "text")]
    public void A_broken_mail_is_read_as_far_as_it_goes(string raw, string? text) => Assert.Equal(text, Read(raw).Text);

    [Fact]
    public void Parts_nested_without_end_do_not_overflow()
    {
        var raw = new StringBuilder();
        for (var i = 0; i < 5000; i++) raw.Append("Content-Type: multipart/mixed; boundary=b").Append(i).Append("\n\n--b").Append(i).Append('\n');
        Assert.Single(Read(raw.ToString()).Attachments);
    }

    [Fact]
    public void Octets_at_random_never_throw()
    {
        var random = new Random(7);
        string[] pieces = ["Content-Type: ", "multipart/mixed", "; boundary=b", "\n--b", "--b--", "\r\n", "\n\n", "=?utf-8?B?", "?=", "=C3", "Content-Transfer-Encoding: base64", "*0*=x''%", "\"", "\0", "\u00ff", ";", "text/html"];
        for (var i = 0; i < 2000; i++)
        {
            var raw = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.NotNull(ReadOctets(Encoding.Latin1.GetBytes(raw)).Headers);
        }
    }

    private static ReceivedMail Read(string raw) => ReadOctets(Encoding.UTF8.GetBytes(raw));

    private static ReceivedMail ReadOctets(byte[] raw) => ReceivedMail.Read(1, default, "", [], raw);
}
