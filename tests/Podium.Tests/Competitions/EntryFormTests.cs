using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Api;

namespace Podium.Tests.Competitions;

public sealed class EntryFormTests
{
    private const string Label = """ "label": { "en": "?" } """;

    [Theory]
    [InlineData(""" "type": "text", "max": 3 """, "\"abc\"", "")]
    [InlineData(""" "type": "text", "max": 3 """, "\"abcd\"", "too-long")]
    [InlineData(""" "type": "text", "max": 1 """, "\"👩‍👩‍👧‍👦\"", "")] // as people count: one
    [InlineData(""" "type": "text", "min": 2 """, "\"a\"", "too-short")]
    [InlineData(""" "type": "text", "required": true """, "\"  \"", "required")]
    [InlineData(""" "type": "text", "required": true """, "null", "required")]
    [InlineData(""" "type": "text" """, "null", "")]
    [InlineData(""" "type": "text" """, "12", "type")]
    [InlineData(""" "type": "text", "pattern": "[A-Z]{2}[0-9]+" """, "\"KZ12\"", "")]
    [InlineData(""" "type": "text", "pattern": "[A-Z]{2}[0-9]+" """, "\"KZ12x\"", "format")]
    [InlineData(""" "type": "text", "pattern": "a|b" """, "\"b\\n\"", "format")]
    [InlineData(""" "type": "integer", "min": 1, "max": 3 """, "3", "")]
    [InlineData(""" "type": "integer", "min": 1, "max": 3 """, "4", "range")]
    [InlineData(""" "type": "integer" """, "1.5", "type")]
    [InlineData(""" "type": "integer" """, "\"1\"", "type")]
    [InlineData(""" "type": "number", "min": 0.5 """, "0.5", "")]
    [InlineData(""" "type": "number", "min": 0.5 """, "0.4", "range")]
    [InlineData(""" "type": "number" """, "1e400", "type")]
    [InlineData(""" "type": "boolean" """, "false", "")]
    [InlineData(""" "type": "boolean" """, "\"true\"", "type")]
    [InlineData(""" "type": "consent" """, "false", "consent")]
    [InlineData(""" "type": "consent" """, "null", "required")]
    [InlineData(""" "type": "date", "from": "2026-01-01", "until": "2026-12-31" """, "\"2026-12-31\"", "")]
    [InlineData(""" "type": "date", "from": "2026-01-01", "until": "2026-12-31" """, "\"2027-01-01\"", "range")]
    [InlineData(""" "type": "date" """, "\"2026-02-29\"", "type")]
    [InlineData(""" "type": "email" """, "\"ada@example.org\"", "")]
    [InlineData(""" "type": "email" """, "\"ada\"", "email")]
    [InlineData(""" "type": "url" """, "\"https://example.org/a\"", "")]
    [InlineData(""" "type": "url" """, "\"javascript:alert(1)\"", "url")]
    [InlineData(""" "type": "phone" """, "\"+77010000000\"", "")]
    [InlineData(""" "type": "phone" """, "\"8 701\"", "phone")]
    [InlineData(""" "type": "choice", "choices": [ { "value": "a", "label": { "en": "A" } } ] """, "\"a\"", "")]
    [InlineData(""" "type": "choice", "choices": [ { "value": "a", "label": { "en": "A" } } ] """, "\"b\"", "value")]
    [InlineData(""" "type": "choices", "max": 1, "choices": [ { "value": "a", "label": { "en": "A" } }, { "value": "b", "label": { "en": "B" } } ] """, "[\"a\"]", "")]
    [InlineData(""" "type": "choices", "max": 1, "choices": [ { "value": "a", "label": { "en": "A" } }, { "value": "b", "label": { "en": "B" } } ] """, "[\"a\",\"b\"]", "too-many")]
    [InlineData(""" "type": "choices", "choices": [ { "value": "a", "label": { "en": "A" } } ] """, "[\"a\",\"a\"]", "repeated")]
    [InlineData(""" "type": "choices", "required": true, "choices": [ { "value": "a", "label": { "en": "A" } } ] """, "[]", "required")]
    [InlineData(""" "type": "choices", "choices": [ { "value": "a", "label": { "en": "A" } } ] """, "[1]", "value")]
    public void A_value_fits_its_field_or_is_told_why_not(string field, string value, string codes)
    {
        var form = JsonSerializer.Deserialize<FormField>($$"""{ "name": "it", {{field}}, {{Label}} }""", Json.Options)!;
        Assert.Empty(EntryForm.FaultsOf([form], ["en"], ""));

        var faults = EntryForm.FaultsOf([form], JsonElement.Parse($$"""{ "it": {{value}} }"""), "/entry");

        Assert.Equal(codes, string.Join(',', faults.Select(fault => fault.Code)));
        Assert.All(faults, fault => Assert.StartsWith("/entry/it", fault.Pointer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(""" "type": "choice" """, "/0/choices:required")]
    [InlineData(""" "type": "text", "choices": [] """, "/0/choices:not-here")]
    [InlineData(""" "type": "text", "min": 3, "max": 2 """, "/0/max:order")]
    [InlineData(""" "type": "text", "max": 20001 """, "/0/max:range")]
    [InlineData(""" "type": "boolean", "max": 1 """, "/0/max:not-here")]
    [InlineData(""" "type": "text", "pattern": "(a" """, "/0/pattern:pattern")]
    [InlineData(""" "type": "text", "pattern": "(a)\\1" """, "/0/pattern:pattern")] // a back reference may take for ever
    [InlineData(""" "type": "text", "pattern": "(a{99}){99}" """, "/0/pattern:pattern")] // so many copies take too much room
    [InlineData(""" "type": "number", "pattern": "a" """, "/0/pattern:pattern")]
    [InlineData(""" "type": "date", "from": "2026-02-01", "until": "2026-01-01" """, "/0/until:order")]
    [InlineData(""" "type": "text", "help": { "xx": "?" } """, "/0/help/xx:unknown")]
    [InlineData(""" "type": "choice", "choices": [ { "value": "a", "label": { "en": "A" } }, { "value": "a", "label": { "de": "A" } } ] """, "/0/choices/1/value:repeated,/0/choices/1/label/de:unknown")]
    public void A_form_that_makes_no_sense_is_refused(string field, string faults)
    {
        var form = JsonSerializer.Deserialize<FormField>($$"""{ "name": "it", {{field}}, {{Label}} }""", Json.Options)!;

        Assert.Equal(faults, string.Join(',', EntryForm.FaultsOf([form], ["en", "kk"], "").Select(fault => $"{fault.Pointer}:{fault.Code}")));
    }

    [Fact]
    public void What_no_field_asks_is_refused_and_names_are_unique()
    {
        var field = JsonSerializer.Deserialize<FormField>($$"""{ "name": "it", "type": "text", {{Label}} }""", Json.Options)!;

        Assert.Equal("/entry/a~1b~0", Assert.Single(EntryForm.FaultsOf([field], JsonElement.Parse("""{ "a/b~": 1 }"""), "/entry")).Pointer);
        Assert.Equal("/1/name", Assert.Single(EntryForm.FaultsOf([field, field], ["en"], "")).Pointer);
    }
}
