using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;

namespace Podium.Emulator.Durable;

/// <summary>How events drive the orchestrator, and how a history that does not fit its code is noticed.</summary>
internal sealed partial class Replay
{
    private void Play(DurableEvent happened)
    {
        if (happened.Kind == DurableEventKind.OrchestratorStarted)
        {
            Now = happened.At;
            return;
        }
        if (IsSuspended && happened.Kind != DurableEventKind.ExecutionResumed)
        {
            if (happened.Kind != DurableEventKind.ExecutionSuspended) _held.Enqueue(happened);
            return;
        }
        Handle(happened);
        _loop.RunDry();
        if (_loop.Disturbed) throw new InvalidOperationException(IllegalAwait);
    }

    private void Handle(DurableEvent happened)
    {
        switch (happened.Kind)
        {
            case DurableEventKind.ExecutionStarted:
                _run = _start(_context);
                break;
            case DurableEventKind.TaskScheduled:
                Match<CallActivity>(happened, "an activity task", call => call.Name);
                break;
            case DurableEventKind.TimerCreated:
                Match<SetTimer>(happened, "a timer task", _ => null);
                break;
            case DurableEventKind.SubOrchestrationInstanceCreated:
                Match<StartSubOrchestration>(happened, "a sub-orchestration task", start => start.Name);
                break;
            case DurableEventKind.EventSent:
                Match<SendEventTo>(happened, "a send event task", send => send.Name);
                break;
            case DurableEventKind.TaskCompleted or DurableEventKind.SubOrchestrationInstanceCompleted or DurableEventKind.TimerFired:
                if (_open.Remove(happened.TaskId, out var done)) done.Answer.SetResult(happened.Payload);
                break;
            case DurableEventKind.TaskFailed or DurableEventKind.SubOrchestrationInstanceFailed:
                Fail(happened);
                break;
            case DurableEventKind.EventRaised:
                if (_continuation is null) External.Raise(happened);
                else _carryOver.Add(happened); // for the next execution
                break;
            case DurableEventKind.ExecutionSuspended:
                Suspend();
                break;
            case DurableEventKind.ExecutionResumed:
                Resume();
                break;
        }
    }

    private void Fail(DurableEvent failed)
    {
        if (!_open.Remove(failed.TaskId, out var task)) return;
        var failure = Failure.Parse(failed.Payload!);
        task.Answer.SetException(new TaskFailedException(task.Name, failed.TaskId, failure.Details) { IsNonRetriable = failure.NonRetriable });
    }

    // what was asked for but not yet written down waits with the orchestrator
    private void Suspend()
    {
        IsSuspended = true;
        foreach (var (id, action) in _actions) _heldActions.Add(id, action);
        _actions.Clear();
    }

    private void Resume()
    {
        IsSuspended = false;
        foreach (var (id, action) in _heldActions) _actions.Add(id, action);
        _heldActions.Clear();
        while (_held.TryDequeue(out var held)) Play(held);
    }

    private void Match<T>(DurableEvent recorded, string what, Func<T, string?> nameOf) where T : OrchestratorAction
    {
        const string Changed = "Was a change made to the orchestrator code after this instance had already started running?";
        var id = recorded.TaskId;
        var before = $"A previous execution of this orchestration scheduled {what} with sequence number {id}" +
            $"{(recorded.Name is null ? "" : $" named '{recorded.Name}'")}, but the current";
        if (!_actions.Remove(id, out var action))
        {
            throw new NonDeterministicOrchestrationException(id,
                $"A previous execution of this orchestration scheduled {what} with sequence ID {id}" +
                $"{(recorded.Name is null ? "" : $" and name '{recorded.Name}'")}{Details(recorded)}, but the current replay execution hasn't (yet?) scheduled this task. {Changed}");
        }
        if (action is not T same)
        {
            throw new NonDeterministicOrchestrationException(id,
                $"{before} orchestration replay instead produced a {action.OfficialName} action with this sequence number. {Changed}");
        }
        if (nameOf(same) is { } name && !string.Equals(name, recorded.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw new NonDeterministicOrchestrationException(id,
                $"{before} orchestration replay instead scheduled {what} named '{name}' with this sequence number.  {Changed}");
        }
    }

    private string Details(DurableEvent recorded) => recorded.Kind switch
    {
        DurableEventKind.TaskScheduled => $" (version '{_context.Version}')",
        DurableEventKind.SubOrchestrationInstanceCreated => $" (version '{_context.Version}', instance ID '{recorded.Target}')",
        _ => "",
    };
}
