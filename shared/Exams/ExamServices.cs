using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Files;
using Podium.Voting;

namespace Podium.Exams;

/// <summary>National examinations, from entries to published results.</summary>
public static class ExamServices
{
    /// <summary>Tables of marks, sent by centres and by the office.</summary>
    public static readonly FilePurpose Marks = new()
    {
        Name = MarkFiles.Purpose,
        Container = "exam-marks",
        Subject = ImportMarks.Subject,
        Rules = new FileRules { Allowed = new HashSet<FileKind> { FileKind.Text }, MaxBytes = 1L << 30 },
    };

    public static IServiceCollection AddExams(this IServiceCollection services)
    {
        SqlMapper.AddTypeHandler(new JsonColumn<IReadOnlyList<Grade>>());
        SqlMapper.AddTypeHandler(new JsonColumn<IReadOnlyList<DivisionRule>>());
        SqlMapper.AddTypeHandler(new JsonColumn<IReadOnlyList<ExamSessions.Paper>>());
        SqlMapper.AddTypeHandler(new JsonColumn<IReadOnlyList<ExamRuns.Check>>());
        SqlMapper.AddTypeHandler(new JsonColumn<ExamTables>());
        return services
            .AddSingleton(Marks)
            .AddSingleton<ExamSessions>()
            .AddSingleton<EditExamSession>()
            .AddSingleton<EditExamSubject>()
            .AddSingleton<GradeBoundaries>()
            .AddSingleton<ImportCentres>()
            .AddSingleton<ImportCandidates>()
            .AddSingleton<ImportEntries>()
            .AddSingleton<ExamCandidates>()
            .AddSingleton<CandidateSecret>()
            .AddSingleton<EditExamCase>()
            .AddSingleton<MarkFiles>()
            .AddSingleton<ImportMarks>()
            .AddSingleton<ExamRuns>()
            .AddSingleton<ComputeExamRun>()
            .AddSingleton<PublishExamRun>()
            .AddSingleton<LookUpResult>()
            .AddSingleton<LookupThrottle>()
            .AddSingleton<Broadsheets>()
            .AddSingleton<ExamAppeals>()
            .AddSingleton<IssueExamCertificates>()
            .AddSingleton<IssueTranscripts>()
            .AddSingleton<ReadExamCertificate>()
            .AddSingleton<SeedExams>();
    }
}
