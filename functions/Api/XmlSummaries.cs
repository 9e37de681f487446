using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Podium.Functions.Api;

/// <summary>What the code's summaries say of types and their members, as Markdown. The compiler writes them beside each assembly.</summary>
internal sealed partial class XmlSummaries
{
    private readonly Dictionary<Assembly, Dictionary<string, XElement>> _known = [];

    public string? Of(Type type) => Render(Find(type)?.Element("summary"));

    public string? Of(MemberInfo member)
    {
        var type = member.DeclaringType!;
        if (Entries(type.Assembly).TryGetValue($"{(member is FieldInfo ? 'F' : 'P')}:{IdOf(type)}.{member.Name}", out var found)) return Render(found.Element("summary"));
        // a positional record's property is described as the parameter it comes from
        return Render(Find(type)?.Elements("param").FirstOrDefault(parameter => (string?)parameter.Attribute("name") == member.Name));
    }

    private XElement? Find(Type type) => Entries(type.Assembly).GetValueOrDefault($"T:{IdOf(type)}");

    private Dictionary<string, XElement> Entries(Assembly assembly)
    {
        if (_known.TryGetValue(assembly, out var known)) return known;
        var path = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
        var members = File.Exists(path) ? XDocument.Load(path).Descendants("member") : [];
        return _known[assembly] = members.ToDictionary(member => (string)member.Attribute("name")!);
    }

    private static string IdOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static string? Render(XElement? element)
    {
        if (element is null) return null;
        var text = Spaces().Replace(string.Concat(element.Nodes().Select(Render)), " ").Trim();
        return text.Length == 0 ? null : text;
    }

    private static string Render(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement reference when reference.Attribute("cref") is { } name => Name(name.Value),
        XElement reference when (reference.Attribute("name") ?? reference.Attribute("langword")) is { } name => $"`{name.Value}`",
        XElement other => Render(other) ?? "",
        _ => "",
    };

    private static string Name(string cref)
    {
        var last = cref[2..].Split('(')[0].Split('.')[^1];
        return $"`{(cref[0] == 'T' ? last : JsonNamingPolicy.CamelCase.ConvertName(last))}`";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
