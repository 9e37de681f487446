using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>What can go wrong with analytics.</summary>
public static class AnalyticsProblems
{
    public static readonly ProblemKind DefinitionExists = new(409, "analytics-definition-exists", "There is an event of this name already, and it says something else.");
}
