using System.Collections.Concurrent;
using Npgsql;
using Podium.Emulator.Clock;
using Podium.Emulator.Database;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Queues;

/// <summary>
/// Finds the broker behind a connection string. The emulator's own process shares its broker, with clock and wake signals;
/// any other process (an operator's command) opens the same tables, and notifies the emulator of what it did.
/// </summary>
public static class EmulatedServiceBus
{
    private static readonly ConcurrentDictionary<string, Broker> Hosted = new(StringComparer.OrdinalIgnoreCase);
    private static readonly ConcurrentDictionary<string, Broker> Remote = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The Service Bus connection string of the emulator whose state is in this PostgreSQL database.</summary>
    public static string ConnectionString(string postgres)
    {
        var settings = new NpgsqlConnectionStringBuilder(postgres);
        var host = settings.Host ?? "localhost";
        if (Uri.CheckHostName(host) is UriHostNameType.Unknown or UriHostNameType.Basic)
            throw new EmulatorException($"The Postgres setting's host '{host}' is not one host reached by TCP, which the emulator's queues need: write one host name or address.");
        if (host.Contains(':', StringComparison.Ordinal)) host = $"[{host}]";
        return $"Endpoint=sb://{host}:{settings.Port}/{Uri.EscapeDataString(settings.Database ?? "")};SharedAccessKeyName={Uri.EscapeDataString(settings.Username ?? "")};" +
               $"SharedAccessKey={Uri.EscapeDataString(settings.Password ?? "")};UseDevelopmentEmulator=true";
    }

    internal static Address Parse(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        var parts = connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2).ToDictionary(part => part[0].Trim(), part => part[1].Trim(), StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("Endpoint", out var endpoint) || !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme != "sb")
            throw new FormatException("The Service Bus connection string has no Endpoint of the form sb://…/.");
        if (!parts.TryGetValue("UseDevelopmentEmulator", out var own) || !own.Equals("true", StringComparison.OrdinalIgnoreCase) || uri.AbsolutePath.Length < 2)
            throw new NotSupportedException($"This build talks to the emulator only and cannot reach '{uri.Host}': leave the setting ServiceBus empty, or build with -p:FunctionsRuntime=Azure.");
        var database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        return new Address(
            $"{uri.Host}:{uri.Port}/{database}",
            new NpgsqlConnectionStringBuilder
            {
                Host = uri.HostNameType == UriHostNameType.IPv6 ? uri.DnsSafeHost : uri.Host,
                Port = uri.Port,
                Database = database,
                Username = Uri.UnescapeDataString(parts.GetValueOrDefault("SharedAccessKeyName", "")),
                Password = Uri.UnescapeDataString(parts.GetValueOrDefault("SharedAccessKey", "")),
            }.ConnectionString);
    }

    internal static Broker BrokerOf(string connectionString)
    {
        var address = Parse(connectionString);
        return Hosted.TryGetValue(address.Endpoint, out var hosted)
            ? hosted
            : Remote.GetOrAdd(address.Endpoint, _ => new Broker(new EmulatorDatabase(address.Postgres).Source, TimeProvider.System, new WorkTracker(), notifies: true));
    }

    internal static void Host(string postgres, Broker broker) => Hosted[Parse(ConnectionString(postgres)).Endpoint] = broker;

    internal static void Leave(string postgres, Broker broker) =>
        Hosted.TryRemove(new KeyValuePair<string, Broker>(Parse(ConnectionString(postgres)).Endpoint, broker));

    internal sealed record Address(string Endpoint, string Postgres);
}
