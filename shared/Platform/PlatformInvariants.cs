using Podium.Operations;

namespace Podium.Platform;

/// <summary>What must hold of messages and files in the end.</summary>
public static class PlatformInvariants
{
    public static readonly Invariant Outbox = new()
    {
        Name = "messages on their way",
        Holds = "No message that is due has waited for more than an hour to be put on its queue.",
        InTheEnd = true,
        Sql = "SELECT tenant_id, 'message ' || id || ' for ' || queue || ' since ' || due_at FROM outbox WHERE due_at < @now - interval '1 hour'",
    };

    public static readonly Invariant Files = new()
    {
        Name = "files under validation",
        Holds = "No file waits for more than an hour unseen.",
        InTheEnd = true,
        Sql = "SELECT tenant_id, 'file ' || id || ' is ' || state || ' since ' || look_at FROM files WHERE look_at < @now - interval '1 hour'",
    };
}
