using Podium.Platform.Problems;

namespace Podium.Privacy;

public static class PrivacyProblems
{
    public static readonly ProblemKind Required = new(409, "consent-required", "Nobody takes part without agreeing to this: close the account instead.");
}
