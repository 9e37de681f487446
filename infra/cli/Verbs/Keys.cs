using System.CommandLine;
using System.Globalization;
using Podium.Platform.Access;

namespace Podium.Cli.Verbs;

/// <summary>The keys that access tokens are signed with.</summary>
internal static class Keys
{
    public static Verb Verb() => new("key", "The keys that access tokens are signed with.", "key list", "key rotate")
    {
        new Verb("list", "List the keys.", "key list --json").Does(ListAsync),
        new Verb("rotate", "Make a new key that signs from now on; tokens of the old one stay good until they expire.", "key rotate").Does(RotateAsync),
        Revoke(),
    };

    private static async Task ListAsync(Call call)
    {
        var now = call.Clock.GetUtcNow();
        var keys = (await call.Get<TokenKeys>().ListAsync(call.Stop))
            .Select(key => new { key.Id, Status = StatusOf(key, now), key.CreatedAt, key.SignsFrom, key.SignsUntil, key.VerifiesUntil })
            .ToList();
        call.Answer(keys, screen => screen.Table(
            keys,
            ("id", key => key.Id),
            ("status", key => key.Status),
            ("signs from", key => Day(key.SignsFrom)),
            ("signs until", key => Day(key.SignsUntil)),
            ("verifies until", key => Day(key.VerifiesUntil))));
    }

    private static async Task RotateAsync(Call call)
    {
        var key = (await call.Get<TokenKeys>().RotateAsync(ifDue: false, call.Stop))!;
        call.Answer(key, screen => screen.Line($"Key {key.Id} signs from now until {Day(key.SignsUntil)}."));
    }

    private static Verb Revoke()
    {
        var id = new Argument<string>("id") { Description = "The key's id." };
        return new Verb("revoke", "End a key at once: every access token that it signed is refused.", "key revoke 0198f3…") { id }.Does(async call =>
        {
            call.Confirm($"Every access token signed with key {call.Value(id)} is refused from now on.");
            if (!await call.Get<TokenKeys>().RevokeAsync(call.Value(id), call.Stop)) throw new CommandException($"There is no key '{call.Value(id)}'; 'podium key list' names them.");
            call.Answer(new { id = call.Value(id), revoked = true }, screen => screen.Line($"Key {call.Value(id)} is gone."));
        });
    }

    private static string StatusOf(TokenKeys.Key key, DateTimeOffset now) =>
        key.VerifiesUntil <= now ? "expired" : key.SignsFrom > now ? "waiting" : key.SignsUntil > now ? "signing" : "verifying";

    private static string Day(DateTimeOffset instant) => instant.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);
}
