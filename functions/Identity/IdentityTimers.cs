using Microsoft.Azure.Functions.Worker;
using Podium.Identity;
using Podium.Platform.Access;

namespace Podium.Functions.Identity;

public sealed class IdentityTimers(SweepIdentity sweep, TokenKeys keys)
{
    [Function("IdentityCleanup")]
    public Task Cleanup([TimerTrigger("0 47 2 * * *")] TimerInfo timer, CancellationToken cancellationToken) => sweep.Run(cancellationToken);

    [Function("RotateTokenKeys")]
    public Task RotateTokenKeys([TimerTrigger("0 13 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => keys.RotateAsync(ifDue: true, cancellationToken);
}
