using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Npgsql;
using Podium.Emulator.Database;

namespace Podium.Emulator.Http;

/// <summary>The host's keys: made at the first start, kept with the state, asked for as in Azure.</summary>
public sealed class FunctionKeys(EmulatorDatabase database)
{
    /// <summary>Opens every function and the administration.</summary>
    public string Master { get; private set; } = "";

    /// <summary>The host key named default: opens every function of level Function.</summary>
    public string Default { get; private set; } = "";

    /// <summary>The system key of the durable extension's management API.</summary>
    public string Durable { get; private set; } = "";

    /// <summary>Reads the keys, making those that are missing.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            INSERT INTO emulator.keys (name, value) VALUES ('master', $1), ('default', $2), ('durabletask', $3)
            ON CONFLICT (name) DO NOTHING;
            """);
        for (var i = 0; i < 3; i++) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = NewKey() });
        await command.ExecuteNonQueryAsync(cancellationToken);

        await using var read = database.Source.CreateCommand("SELECT name, value FROM emulator.keys");
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var value = reader.GetString(1);
            switch (reader.GetString(0))
            {
                case "master": Master = value; break;
                case "default": Default = value; break;
                case "durabletask": Durable = value; break;
            }
        }
    }

    /// <summary>Whether the request may call a function of this level.</summary>
    public bool Allows(HttpRequest request, AuthorizationLevel level) => level switch
    {
        AuthorizationLevel.Anonymous => true,
        AuthorizationLevel.Admin => Matches(request, Master),
        AuthorizationLevel.System => Matches(request, Durable) || Matches(request, Master),
        _ => Matches(request, Default) || Matches(request, Master),
    };

    private static bool Matches(HttpRequest request, string key)
    {
        var given = request.Headers["x-functions-key"].FirstOrDefault() ?? request.Query["code"].FirstOrDefault();
        return given is not null && key.Length > 0 &&
            CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(key));
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(42)).Replace('+', '-').Replace('/', '_');
}
