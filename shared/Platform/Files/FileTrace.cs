using System.Diagnostics;

namespace Podium.Platform.Files;

/// <summary>Carries the trace of the request that asked for a file over the gap in which storage has it.</summary>
internal static class FileTrace
{
    /// <summary>An activity that goes on where the request was; what triggered us (a blob event, a timer) is linked.</summary>
    public static Activity Continue(string name, StoredFile file)
    {
        var trigger = Activity.Current;
        var activity = ActivityContext.TryParse(file.TraceParent, null, isRemote: true, out var parent)
            ? Telemetry.Source.StartActivity(ActivityKind.Consumer, parent, [new("file.id", file.Id), new("file.purpose", file.Purpose)], trigger is null ? null : [new ActivityLink(trigger.Context)], name: name)
            : Telemetry.Source.StartActivity(name, ActivityKind.Consumer);
        if (activity is not null) return activity;
        // where nobody listens the messages still carry the trace on
        var silent = new Activity(name);
        if (file.TraceParent is not null) silent.SetParentId(file.TraceParent);
        return silent.Start();
    }
}
