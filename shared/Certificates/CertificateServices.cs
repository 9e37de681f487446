using Microsoft.Extensions.DependencyInjection;

namespace Podium.Certificates;

/// <summary>Certificates of examinations and competitions: signed, verifiable by anybody, revocable.</summary>
public static class CertificateServices
{
    public static IServiceCollection AddCertificates(this IServiceCollection services) => services
        .AddSingleton<IssueCertificates>()
        .AddSingleton<ReadCertificates>()
        .AddSingleton<RevokeCertificate>()
        .AddSingleton<VerifyCertificate>()
        .AddSingleton<StatusLists>();
}
