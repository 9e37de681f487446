using System.Globalization;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;

namespace Podium.Emulator.Runtime;

/// <summary>
/// Turns named binding data (route values, query, message metadata) into a parameter's type, as the worker's converters do:
/// text as it is, Guid and dates parsed, anything else read as JSON.
/// </summary>
internal static class ValueConversion
{
    public static object? Convert(object value, Type target, string name)
    {
        if (target.IsInstanceOfType(value)) return value;
        var type = Nullable.GetUnderlyingType(target) ?? target;
        if (type.IsInstanceOfType(value)) return value;
        var text = value as string ?? (value is IFormattable plain ? plain.ToString(null, CultureInfo.InvariantCulture) : null);
        try
        {
            if (type == typeof(string)) return text ?? JsonSerializer.Serialize(value);
            if (text is null) return JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value), type);
            if (type == typeof(Guid)) return Guid.Parse(text);
            if (type == typeof(DateTimeOffset)) return DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            if (type == typeof(DateTime)) return DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
            return JsonSerializer.Deserialize(text, type);
        }
        catch (Exception error) when (error is FormatException or JsonException or NotSupportedException)
        {
            throw new FunctionInputConverterException(
                $"Cannot convert input parameter '{name}' to type '{target.FullName}' from '{text}'. Error: {error.Message}", error);
        }
    }
}
