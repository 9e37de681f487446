using Microsoft.Extensions.DependencyInjection;

namespace Podium.Boards;

/// <summary>Boards as pages.</summary>
public static class BoardServices
{
    public static IServiceCollection AddBoards(this IServiceCollection services) => services.AddSingleton<BoardPages>();
}
