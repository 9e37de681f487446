namespace Podium.Emulator.Queues;

/// <summary>
/// Runs requests that come at the same time as one: while a round is under way, those who arrive wait for the next.
/// A single request pays nothing for it.
/// </summary>
internal sealed class Combiner<TRequest, TAnswer>(int most, Func<IReadOnlyList<TRequest>, Task<IReadOnlyList<TAnswer>>> run)
{
    private readonly Lock _gate = new();
    private readonly Queue<(TRequest Request, TaskCompletionSource<TAnswer> Answer)> _waiting = new();
    private bool _running;

    public Task<TAnswer> RunAsync(TRequest request)
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Enqueue((request, answer));
            if (_running) return answer.Task;
            _running = true;
        }
        _ = Task.Run(RoundsAsync);
        return answer.Task;
    }

    private async Task RoundsAsync()
    {
        while (true)
        {
            List<(TRequest Request, TaskCompletionSource<TAnswer> Answer)> round = [];
            lock (_gate)
            {
                while (round.Count < most && _waiting.TryDequeue(out var next)) round.Add(next);
                if (round.Count == 0)
                {
                    _running = false;
                    return;
                }
            }
            try
            {
                var answers = await run([.. round.Select(entry => entry.Request)]);
                for (var i = 0; i < round.Count; i++) round[i].Answer.TrySetResult(answers[i]);
            }
            catch (Exception error)
            {
                foreach (var (_, answer) in round) answer.TrySetException(error);
            }
        }
    }
}
