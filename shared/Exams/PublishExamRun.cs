using Podium.Notifications;
using Podium.Platform.Databases;
using Podium.Tenancy;
using Podium.Webhooks;

namespace Podium.Exams;

/// <summary>
/// Publishes an approved run when its instant has come: one transaction changes which run the session names, and everything reads through that. Until then nothing is to be seen, afterwards everything.
/// </summary>
public sealed class PublishExamRun(Database database, TenantDirectory tenants, CandidateSecret secrets, Notify notify, RaiseWebhook webhooks, TimeProvider clock)
{
    /// <summary>Whether nothing is left to do, and else when to look again; null is when somebody says so. With the session whose results this run has become.</summary>
    public sealed record Step(bool Done, DateTimeOffset? Next, Guid? Published = null);

    private sealed record Run(Guid SessionId, string State, DateTimeOffset PublishAt, int Year, string Level, string Name);

    private static readonly (string Language, string Title, string Body)[] Words =
    [
        ("en", "Results are published", "The results of {0} are published. Your centre's broadsheet can be read."),
        ("fr", "Les résultats sont publiés", "Les résultats de {0} sont publiés. Le relevé de votre centre peut être consulté."),
        ("kk", "Нәтижелер жарияланды", "{0} нәтижелері жарияланды. Орталығыңыздың ведомосін көруге болады."),
        ("ru", "Результаты опубликованы", "Результаты {0} опубликованы. Ведомость вашего центра доступна."),
    ];

    public async Task<Step> WhenDueAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var tenant = await tenants.ByIdAsync(actor.TenantId, cancellationToken) ?? throw new InvalidOperationException($"There is no tenant {actor.TenantId}.");
        return await database.InTransaction(
            actor,
            async session =>
            {
                await ExamSight.NationalAsync(session, "exam-publication", cancellationToken);
                var run = await session.FirstAsync<Run>(
                    """
                    SELECT session_id, state, publish_at, year, level, name
                    FROM exam_sessions JOIN exam_runs ON exam_runs.tenant_id = exam_sessions.tenant_id AND exam_sessions.id = session_id
                    WHERE exam_runs.tenant_id = @TenantId AND exam_runs.id = @id
                    FOR UPDATE
                    """,
                    new { actor.TenantId, id },
                    cancellationToken);
                var now = clock.GetUtcNow();
                if (run?.State == "verified") return new Step(false, null);
                // said again to who asks again: what follows publication may not have been done
                if (run?.State == "published") return new Step(true, null, run.SessionId);
                if (run?.State != "approved") return new Step(true, null);
                if (run.PublishAt > now) return new Step(false, run.PublishAt);
                await session.ExecuteAsync(
                    """
                    UPDATE exam_runs SET state = 'superseded', version = version + 1 WHERE tenant_id = @TenantId AND session_id = @SessionId AND state = 'published';
                    UPDATE exam_runs SET state = 'published', published_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @id;
                    UPDATE exam_sessions SET published_run_id = @id, published_at = coalesce(published_at, @now), generation = generation + 1, updated_at = @now, version = version + 1
                    WHERE tenant_id = @TenantId AND id = @SessionId
                    """,
                    new { actor.TenantId, id, run.SessionId, now },
                    cancellationToken);
                await secrets.ForgetAsync(session, run.SessionId);
                await TellAsync(session, actor, tenant, id, run, now, cancellationToken);
                return new Step(true, null, run.SessionId);
            },
            cancellationToken);
    }

    private async Task TellAsync(Session session, Actor actor, Tenant tenant, Guid id, Run run, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var heads = await session.QueryAsync<Guid>(
            """
            SELECT DISTINCT user_id FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = role_id
            WHERE user_roles.tenant_id = @TenantId AND roles.permissions ? 'exam.centre' AND (expires_at IS NULL OR expires_at > @now)
            """,
            new { actor.TenantId, now },
            cancellationToken);
        var texts = Words.Select(words => new Notify.Text(words.Language, words.Title, string.Format(System.Globalization.CultureInfo.InvariantCulture, words.Body, run.Name)));
        await notify.RunAsync(session, actor.TenantId, tenant.TimeZone, new Notify.Notice(NotificationKinds.ExamResults, [.. texts], null), [.. heads]);
        await webhooks.RunAsync(session, actor.TenantId, ExamEvents.ResultsPublished, new ExamEvents.ResultsBody(run.SessionId, id, run.Year, run.Level), cancellationToken);
    }
}

/// <summary>What other systems can be told of examinations.</summary>
public static class ExamEvents
{
    public sealed record ResultsBody(Guid SessionId, Guid RunId, int Year, string Level);

    public sealed record CertificatesBody(Guid SessionId, long Issued, long Revoked);

    public static readonly WebhookEvent CertificatesIssued = new("exam.certificates-issued", "An examination's certificates are in line with what is published.", typeof(CertificatesBody));

    public static readonly WebhookEvent ResultsPublished = new("exam.results-published", "Results of an examination are published, for the first time or amended.", typeof(ResultsBody));
}
