using Microsoft.DurableTask.Client;

namespace Podium.Emulator.Durable;

/// <summary>What one turn of an instance is about to change.</summary>
internal sealed class Turn(Instance instance, IReadOnlyList<Message> inbox, DateTimeOffset now)
{
    private readonly string _executionId = instance.ExecutionId;
    private readonly List<DurableEvent> _recorded = [];

    public Instance Instance { get; } = instance;

    public DateTimeOffset Now { get; } = now;

    public ChangeSet Changes { get; } = new();

    /// <summary>Input and history as they were before the turn.</summary>
    public Execution? Execution { get; set; }

    /// <summary>Where the instance stands after the turn.</summary>
    public OrchestrationRuntimeStatus Status { get; set; } = instance.Status;

    /// <summary>Whether the instance is over.</summary>
    public bool Ended { get; set; }

    /// <summary>The execution that follows, after continue-as-new.</summary>
    public ExecutionReplaced? Next { get; set; }

    /// <summary>How many messages of the inbox the turn uses up.</summary>
    public int Taken => inbox.Count;

    /// <summary>Uses the inbox up. Answers meant for an earlier execution are void; the start comes first, whatever was said before it.</summary>
    public List<DurableEvent> TakeInbox()
    {
        Changes.Consumed.AddRange(inbox.Select(message => message.Id));
        List<DurableEvent> fresh = [.. inbox
            .Where(message => message.ExecutionId is null || message.ExecutionId == _executionId)
            .Select(message => message.Content)];
        var start = fresh.FindIndex(news => news.Kind == DurableEventKind.ExecutionStarted);
        if (start > 0)
        {
            var started = fresh[start];
            fresh.RemoveAt(start);
            fresh.Insert(0, started);
        }
        return fresh;
    }

    public void Record(IEnumerable<DurableEvent> events)
    {
        foreach (var happened in events) Record(happened);
    }

    public void Record(DurableEvent happened)
    {
        Changes.History.Add(new HistoryRow(Instance.Id, _executionId, Execution!.History.Count + _recorded.Count, happened));
        _recorded.Add(happened);
    }

    public void Send(long id, string instanceId, string? executionId, DurableEvent content) =>
        Changes.Sent.Add(new Message(id, instanceId, executionId, content, content.At));

    /// <summary>The history with what this turn adds.</summary>
    public void KeepHistory() => Execution?.History.AddRange(_recorded);
}
