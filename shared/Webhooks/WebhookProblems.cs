using Podium.Platform.Problems;

namespace Podium.Webhooks;

public static class WebhookProblems
{
    public static readonly ProblemKind TooMany = new(409, "too-many-webhooks", "The tenant has as many webhooks as it may have.");
}
