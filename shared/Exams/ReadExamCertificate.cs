using Microsoft.AspNetCore.Http;
using Podium.Certificates;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>A candidate's own certificate, by number and secret as the result.</summary>
public sealed class ReadExamCertificate(Database database, LookUpResult lookUp, ReadCertificates certificates)
{
    public async Task<Outcome<IResult>> RunAsync(Caller caller, Guid sessionId, string number, string secret, ReadCertificates.Query query, string host, CancellationToken cancellationToken)
    {
        if ((await lookUp.ProveAsync(caller, sessionId, number, secret, cancellationToken)).Problem is { } problem) return problem;
        var id = await database.As(caller).FirstAsync<Guid?>("SELECT find_exam_certificate(@sessionId, @number)", new { sessionId, number }, cancellationToken);
        return id is { } found ? await certificates.CopyAsync(caller, found, query, host, cancellationToken) : CertificateProblems.None;
    }
}
