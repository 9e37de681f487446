using System.Buffers.Binary;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Live;

namespace Podium.Notifications;

/// <summary>A person's inbox as it fills: an entry for each new notification, and how many are unread.</summary>
public sealed class WatchNotifications(Database database, TimeProvider clock)
{
    // ids are made before their transaction commits; no transaction lasts as long as this
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    // more than anybody is told in that time
    private const int Most = 2000;

    public static string TopicOf(Guid tenantId, Guid userId) => $"inbox:{tenantId:N}:{userId:N}";

    public LiveTopic Topic(Caller caller)
    {
        var actor = new Actor { TenantId = caller.TenantId, Shard = caller.Shard, UserId = caller.UserId };
        var person = caller.Person;
        return new LiveTopic
        {
            Name = TopicOf(caller.TenantId, person),
            Shard = caller.Shard,
            Start = Guid.CreateVersion7(clock.GetUtcNow()).ToString(),
            Read = (place, cancellationToken) => ReadAsync(actor, person, place, cancellationToken),
        };
    }

    private Task<IReadOnlyList<LiveEvent>> ReadAsync(Actor actor, Guid person, string? place, CancellationToken cancellationToken) => database.As(actor).QueryManyAsync<IReadOnlyList<LiveEvent>>(
        """
        SELECT id, kind, language, title, body, link, created_at, read_at
        FROM notifications
        WHERE tenant_id = @TenantId AND user_id = @person AND in_app AND id > @after
        ORDER BY id
        LIMIT @Most;

        SELECT count(*) FROM notifications WHERE tenant_id = @TenantId AND user_id = @person AND in_app AND read_at IS NULL
        """,
        new { actor.TenantId, person, after = Before(place), Most },
        async results =>
        {
            var rows = await results.ReadAsync<OwnNotifications.View>();
            var unread = await results.ReadSingleAsync<long>();
            return [.. rows.Select(row => LiveEvent.Entry("notification", row.Id.ToString(), row)), LiveEvent.State("unread", new OwnNotifications.Counted(unread))];
        },
        cancellationToken);

    // what is no id of ours is no place: from now on, then
    private Guid Before(string? place)
    {
        var instant = clock.GetUtcNow();
        if (Guid.TryParseExact(place, "D", out var id) && id.Version == 7)
        {
            Span<byte> bytes = stackalloc byte[16];
            id.TryWriteBytes(bytes, bigEndian: true, out _);
            var milliseconds = BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16;
            if (milliseconds < instant.ToUnixTimeMilliseconds()) instant = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }
        var first = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(first, (instant - Late).ToUnixTimeMilliseconds() << 16);
        return new Guid(first, bigEndian: true);
    }
}
