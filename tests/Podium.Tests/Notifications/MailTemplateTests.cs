using Podium.Notifications;

namespace Podium.Tests.Notifications;

public sealed class MailTemplateTests
{
    public static TheoryData<string> Names => [.. MailTemplates.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_template_is_there_in_every_language_with_the_same_placeholders(string name)
    {
        var english = MailTemplates.PlaceholdersOf(MailTemplates.Find(name, "en")!);
        foreach (var language in MailTemplates.Languages)
        {
            var template = MailTemplates.Find(name, language)!;
            Assert.Equal(english.Order(), MailTemplates.PlaceholdersOf(template).Order());
            if (language != "en" && name != "digest") Assert.NotEqual(MailTemplates.Find(name, "en")!.Text, template.Text);
        }
    }

    [Theory]
    [InlineData("kk-KZ", "kk")]
    [InlineData("RU", "ru")]
    [InlineData("de", "en")]
    public void A_language_falls_back_to_its_parent_and_then_to_English(string wanted, string found) =>
        Assert.Equal(MailTemplates.Find("account-verify", found), MailTemplates.Find("account-verify", wanted));

    [Fact]
    public void A_value_is_never_read_as_a_placeholder_and_a_missing_one_is_a_fault()
    {
        Assert.Equal("a {{name}} b", MailTemplates.Fill("a {{x}} b", new Dictionary<string, string> { ["x"] = "{{name}}", ["name"] = "!" }));
        Assert.Throws<InvalidOperationException>(() => MailTemplates.Fill("{{y}}", new Dictionary<string, string>()));
    }
}
