using Microsoft.Extensions.DependencyInjection;

namespace Podium.Privacy;

/// <summary>What the law gives people: to know what is kept about them, and to say what may be done with it.</summary>
public static class PrivacyServices
{
    public static IServiceCollection AddPrivacy(this IServiceCollection services) => services
        .AddSingleton<Consents>()
        .AddSingleton<ExportOwnData>();
}
