using Microsoft.Extensions.DependencyInjection;

namespace Podium.Tenancy;

/// <summary>Tenants: the white-label clients of one installation.</summary>
public static class TenancyServices
{
    public static IServiceCollection AddTenancy(this IServiceCollection services) => services
        .AddSingleton<CreateTenant>()
        .AddSingleton<TenantProfile>()
        .AddSingleton<SuspendTenant>()
        .AddSingleton<TenantHosts>();
}
