using Microsoft.Extensions.DependencyInjection;

namespace Podium.Demo;

public static class DemoServices
{
    public static IServiceCollection AddDemo(this IServiceCollection services) => services
        .AddSingleton<DemoTenants>()
        .AddSingleton<DemoContests>()
        // they hand files in, and so need storage, which people and votings do not
        .AddSingleton(services => new Lazy<DemoContests>(services.GetRequiredService<DemoContests>))
        .AddSingleton<MakeDemo>();
}
