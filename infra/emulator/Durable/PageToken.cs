using System.Globalization;
using System.Text;

namespace Podium.Emulator.Durable;

/// <summary>The place of the last row of a page.</summary>
internal sealed record PageToken(DateTimeOffset At, string InstanceId)
{
    public static PageToken? Parse(string? token)
    {
        if (string.IsNullOrEmpty(token)) return null;
        try
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(token)).Split('|', 2);
            return new PageToken(new DateTimeOffset(long.Parse(parts[0], CultureInfo.InvariantCulture), TimeSpan.Zero), parts[1]);
        }
        catch (Exception error) when (error is FormatException or IndexOutOfRangeException or ArgumentOutOfRangeException or OverflowException)
        {
            throw new ArgumentException($"'{token}' is not a continuation token of a list of instances.", nameof(token), error);
        }
    }

    public override string ToString() =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks}|{InstanceId}")));
}
