using Microsoft.DurableTask.Client;
using Npgsql;

namespace Podium.Emulator.Durable;

/// <summary>One turn of an instance: take the inbox, run or end the orchestrator, commit, make known.</summary>
internal sealed partial class DurableEngine
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private async Task RunTurnAsync(Instance instance)
    {
        var inbox = instance.Peek();
        var turn = new Turn(instance, inbox, _clock.Now());
        try
        {
            await TakeTurnAsync(turn);
            await _journal.CommitAsync(turn.Changes);
        }
        catch (NpgsqlException error) when (error is not PostgresException { IsTransient: false } && !_stopping.IsCancellationRequested)
        {
            LogUnreadable(_log, error.Message);
            await Task.Delay(Pause); // the database's time, not the app's
            _ready.Writer.TryWrite(instance);
            return;
        }
        catch (Exception error)
        {
            foreach (var child in turn.Changes.Created) _live.TryRemove(child.InstanceId, out _);
            if (_stopping.IsCancellationRequested || await FailAsync(instance, inbox, error) is not { } failed) return;
            turn = failed;
        }
        Publish(turn);
    }

    private async Task TakeTurnAsync(Turn turn)
    {
        var fresh = turn.TakeInbox();
        if (fresh.Count == 0) return; // only answers to an earlier execution
        turn.Execution = await _cache.LoadAsync(turn.Instance, _abort.Token);
        if (fresh.Find(news => news.Kind == DurableEventKind.ExecutionTerminated) is { } terminated)
            await TerminateAsync(turn, terminated);
        else
            await PlayAsync(turn, fresh);
    }

    // A turn that cannot be kept (a value the database refuses) fails its instance; the next try would end the same way.
    private async Task<Turn?> FailAsync(Instance instance, IReadOnlyList<Message> inbox, Exception error)
    {
        LogTurnLost(_log, error, instance.Name, instance.Id);
        var turn = new Turn(instance, inbox, _clock.Now());
        try
        {
            turn.TakeInbox();
            turn.Execution = await _cache.LoadAsync(instance, _abort.Token);
            End(turn, new TurnEnd.Failed(Failure.From(error)), null);
            await _journal.CommitAsync(turn.Changes);
            return turn;
        }
        catch (Exception again)
        {
            LogTurnLost(_log, again, instance.Name, instance.Id);
            return null;
        }
    }

    private async Task PlayAsync(Turn turn, List<DurableEvent> fresh)
    {
        var instance = turn.Instance;
        fresh.Insert(0, new DurableEvent(DurableEventKind.OrchestratorStarted, turn.Now));
        var outcome = await _orchestrators.RunAsync(instance, turn.Execution!, fresh);

        turn.Record(fresh);
        foreach (var action in outcome.Actions) Apply(turn, action, outcome);
        foreach (var timer in instance.CancelTimers(outcome.CancelledTimers)) turn.Changes.Consumed.Add(timer.Id);
        if (outcome.End is not { } end)
        {
            turn.Status = outcome.Suspended ? OrchestrationRuntimeStatus.Suspended : OrchestrationRuntimeStatus.Running;
            turn.Changes.Changed.Add(new InstanceChanged(instance.Id, turn.Status, outcome.CustomStatus, turn.Now));
        }
        else if (end is TurnEnd.ContinuedAsNew next)
        {
            Continue(turn, next, outcome.CustomStatus);
        }
        else
        {
            End(turn, end, outcome.CustomStatus);
        }
    }

    private void Apply(Turn turn, OrchestratorAction action, TurnOutcome outcome)
    {
        var instance = turn.Instance;
        switch (action)
        {
            case CallActivity call:
                turn.Record(new DurableEvent(DurableEventKind.TaskScheduled, turn.Now) { TaskId = call.Id, Name = call.Name, Payload = call.Input });
                turn.Changes.Activities.Add(new ActivityWork(NextId(), instance.Id, instance.ExecutionId, call.Id, call.Name, call.Version, call.Input, instance.TraceParent));
                break;
            case SetTimer timer:
                turn.Record(new DurableEvent(DurableEventKind.TimerCreated, turn.Now) { TaskId = timer.Id, FireAt = timer.FireAt });
                if (outcome.CancelledTimers.Contains(timer.Id)) break;
                var fired = new DurableEvent(DurableEventKind.TimerFired, timer.FireAt) { TaskId = timer.Id };
                turn.Changes.Sent.Add(new Message(NextId(), instance.Id, instance.ExecutionId, fired, timer.FireAt));
                break;
            case StartSubOrchestration start:
                turn.Record(new DurableEvent(DurableEventKind.SubOrchestrationInstanceCreated, turn.Now)
                {
                    TaskId = start.Id,
                    Name = start.Name,
                    Target = start.InstanceId,
                });
                StartChild(turn, start);
                break;
            case SendEventTo send:
                turn.Record(new DurableEvent(DurableEventKind.EventSent, turn.Now)
                {
                    TaskId = send.Id,
                    Name = send.Name,
                    Target = send.InstanceId,
                    Payload = send.Payload,
                });
                if (_live.ContainsKey(send.InstanceId))
                    turn.Send(NextId(), send.InstanceId, null, new DurableEvent(DurableEventKind.EventRaised, turn.Now) { Name = send.Name, Payload = send.Payload });
                else
                    LogDropped(_log, send.Name, send.InstanceId);
                break;
        }
    }

    private void StartChild(Turn turn, StartSubOrchestration start)
    {
        var parent = turn.Instance;
        var child = new Instance(
            start.InstanceId, Guid.NewGuid().ToString("N"), start.Name, start.Version,
            new ParentLink(parent.Id, parent.ExecutionId, parent.Name, start.Id), parent.TraceParent);
        if (!_live.TryAdd(child.Id, child))
        {
            var failure = Failure.Missing(
                typeof(global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException).FullName!,
                $"An Orchestration instance with the ID {child.Id} already exists.");
            turn.Send(NextId(), parent.Id, parent.ExecutionId, new DurableEvent(DurableEventKind.SubOrchestrationInstanceFailed, turn.Now)
            {
                TaskId = start.Id,
                Payload = failure.ToJson(),
            });
            return;
        }
        if (start.Explicit) turn.Changes.Replaced.Add(child.Id);
        turn.Changes.Created.Add(new InstanceCreated(child.Id, child.ExecutionId, child.Name, child.Version, start.Input, null, child.Parent, child.TraceParent, turn.Now));
        turn.Send(NextId(), child.Id, child.ExecutionId, new DurableEvent(DurableEventKind.ExecutionStarted, turn.Now) { Name = child.Name });
    }

    // The next execution begins with an empty history; what the last one did not use of its events comes along.
    private void Continue(Turn turn, TurnEnd.ContinuedAsNew next, string? customStatus)
    {
        var instance = turn.Instance;
        var execution = Guid.NewGuid().ToString("N");
        var version = next.Version ?? instance.Version;
        turn.Status = OrchestrationRuntimeStatus.Running;
        turn.Next = new ExecutionReplaced(instance.Id, execution, version, next.Input);
        turn.Changes.History.Clear();
        turn.Changes.Continued.Add(turn.Next);
        turn.Changes.Changed.Add(new InstanceChanged(instance.Id, OrchestrationRuntimeStatus.Running, customStatus, turn.Now));
        turn.Send(NextId(), instance.Id, execution, new DurableEvent(DurableEventKind.ExecutionStarted, turn.Now) { Name = instance.Name });
        foreach (var early in next.CarryOver) turn.Send(NextId(), instance.Id, null, early);
    }

    private void End(Turn turn, TurnEnd end, string? customStatus)
    {
        var instance = turn.Instance;
        var (status, output, failure) = end switch
        {
            TurnEnd.Completed completed => (OrchestrationRuntimeStatus.Completed, completed.Output, null),
            TurnEnd.Terminated terminated => (OrchestrationRuntimeStatus.Terminated, terminated.Output, null),
            TurnEnd.Failed failed => (OrchestrationRuntimeStatus.Failed, failed.Failure.Details.ErrorMessage, failed.Failure),
            _ => throw new InvalidOperationException($"{end} does not end an instance."),
        };
        turn.Status = status;
        turn.Ended = true;
        turn.Record(new DurableEvent(DurableEventKind.ExecutionCompleted, turn.Now) { Name = status.ToString(), Payload = output });
        turn.Changes.Changed.Add(new InstanceChanged(instance.Id, status, customStatus, turn.Now, output, failure?.ToJson(), Ended: true));
        TellParent(turn, status, output, failure);
    }

    private void TellParent(Turn turn, OrchestrationRuntimeStatus status, string? output, Failure? failure)
    {
        if (turn.Instance.Parent is not { } parent) return;
        if (!_live.TryGetValue(parent.InstanceId, out var waiting) || waiting.ExecutionId != parent.ExecutionId) return;
        if (status == OrchestrationRuntimeStatus.Terminated)
            failure = Failure.Missing("DurableTask.Core.Exceptions.SubOrchestrationFailedException", output ?? "The sub-orchestration was terminated.") with { NonRetriable = false };
        turn.Send(NextId(), parent.InstanceId, parent.ExecutionId, failure is null
            ? new DurableEvent(DurableEventKind.SubOrchestrationInstanceCompleted, turn.Now) { TaskId = parent.TaskId, Payload = output }
            : new DurableEvent(DurableEventKind.SubOrchestrationInstanceFailed, turn.Now) { TaskId = parent.TaskId, Payload = failure.ToJson() });
    }

    private async Task TerminateAsync(Turn turn, DurableEvent terminated)
    {
        var instance = turn.Instance;
        turn.Record([new DurableEvent(DurableEventKind.OrchestratorStarted, turn.Now), terminated]);
        if (terminated.Name == Recursive)
        {
            foreach (var child in await _store.LiveChildrenAsync(instance.Id, _abort.Token))
                turn.Send(NextId(), child, null, terminated with { At = turn.Now });
        }
        var before = await Queries.FindAsync(instance.Id, _abort.Token);
        End(turn, new TurnEnd.Terminated(terminated.Payload), before?.CustomStatus);
    }

    // The order matters: whatever becomes due takes its own token before this turn's is given back.
    private void Publish(Turn turn)
    {
        var instance = turn.Instance;
        turn.KeepHistory();
        if (turn.Next is { } next)
        {
            instance.ContinueAsNew(next.ExecutionId, next.Version);
            _cache.Keep(instance, new Execution(next.Input, []));
        }
        else if (turn.Ended)
        {
            _cache.Forget(instance);
            _live.TryRemove(new KeyValuePair<string, Instance>(instance.Id, instance));
        }
        else if (turn.Execution is { } execution)
        {
            _cache.Keep(instance, execution);
        }
        foreach (var message in turn.Changes.Sent)
        {
            if (message.Content.Kind == DurableEventKind.TimerFired && message.InstanceId == instance.Id) instance.AddTimer(message);
            _alarm.Add(message);
        }
        foreach (var work in turn.Changes.Activities) Enqueue(work);
        if (turn.Ended) instance.End(turn.Status);
        else if (instance.EndTurn(turn.Taken, turn.Status)) _ready.Writer.TryWrite(instance);
    }
}
