using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Blobs;

/// <summary>Registers the blob triggers.</summary>
internal static class BlobServices
{
    public static IServiceCollection AddBlobTriggers(this IServiceCollection services) => services
        .AddSingleton<BlobHints>()
        .AddSingleton<BlobReceipts>()
        .AddSingleton<BlobTriggerKind>()
        .AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<BlobTriggerKind>());
}
