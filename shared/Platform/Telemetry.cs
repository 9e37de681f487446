using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Podium.Platform;

/// <summary>The platform's own traces and metrics. Whoever exports them is asked by setting; see docs/telemetry.md.</summary>
public static class Telemetry
{
    public const string Name = "Podium";

    public static readonly ActivitySource Source = new(Name);

    public static readonly Meter Meter = new(Name);

    /// <summary>Requests by function and status.</summary>
    public static readonly Counter<long> Requests = Meter.CreateCounter<long>("podium.http.requests", "{request}", "HTTP requests by function and status.");

    /// <summary>How long functions run.</summary>
    public static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("podium.function.duration", "s", "How long functions run, by function.");

    /// <summary>Messages of queues by what became of them: done, put-off, dead, unreadable.</summary>
    public static readonly Counter<long> Messages = Meter.CreateCounter<long>("podium.queue.messages", "{message}", "Messages by queue, subject and what became of them.");

    /// <summary>Mails by kind and whether they left.</summary>
    public static readonly Counter<long> Mails = Meter.CreateCounter<long>("podium.mails", "{mail}", "Mails by kind and outcome.");

    /// <summary>Tries to tell webhooks.</summary>
    public static readonly Counter<long> Webhooks = Meter.CreateCounter<long>("podium.webhooks", "{try}", "Tries to tell webhooks by event and outcome.");

    /// <summary>Messages that wait on the outbox longer than they should.</summary>
    public static readonly Gauge<long> OutboxWaiting = Meter.CreateGauge<long>("podium.outbox.waiting", "{message}", "Messages on the outbox that are due, by shard.");

    /// <summary>How long the oldest of them has waited.</summary>
    public static readonly Gauge<double> OutboxLag = Meter.CreateGauge<double>("podium.outbox.lag", "s", "How long the oldest message on the outbox has waited, by shard.");

    /// <summary>Who watches live streams.</summary>
    public static readonly UpDownCounter<long> LiveWatchers = Meter.CreateUpDownCounter<long>("podium.live.watchers", "{stream}", "Open live streams.");

    /// <summary>
    /// Begins a piece of work in a trace, whether or not anybody records it: the trace's id must travel on in any case.
    /// </summary>
    public static Activity Begin(string name, ActivityKind kind, ActivityContext parent)
    {
        // the server's own activity, which nobody records, is no parent
        Activity.Current = null;
        if (Source.StartActivity(name, kind, parent) is { } recorded) return recorded;
        var activity = new Activity(name).SetIdFormat(ActivityIdFormat.W3C);
        if (parent != default) activity.SetParentId(parent.TraceId, parent.SpanId);
        return activity.Start();
    }

    /// <summary>Says that the present piece of work has failed.</summary>
    public static void Fail(Activity activity, Exception error)
    {
        activity.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
        activity.AddException(error);
    }
}
