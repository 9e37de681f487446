// Placeholder until the real Admin part is merged; its owner deletes this file when merging main.
#pragma warning disable
namespace Podium.Emulator.Admin { static class X { public static Microsoft.Extensions.DependencyInjection.IServiceCollection AddAdmin(this Microsoft.Extensions.DependencyInjection.IServiceCollection s)=>s; public static void MapAdmin(this Microsoft.AspNetCore.Routing.IEndpointRouteBuilder r){} } }
