// Placeholder until the real Queues part is merged; its owner deletes this file when merging main.
#pragma warning disable
namespace Podium.Emulator.Queues { static class EmulatedServiceBus { public static string ConnectionString(string s)=>s; } static class X { public static Microsoft.Extensions.DependencyInjection.IServiceCollection AddServiceBus(this Microsoft.Extensions.DependencyInjection.IServiceCollection s)=>s; } }
