// Placeholder until the real Durable part is merged; its owner deletes this file when merging main.
#pragma warning disable
namespace Podium.Emulator.Durable { public class DurableEndpoints { public Uri? BaseAddress {get;set;} public string Key {get;set;}="" ;} static class X { public static Microsoft.Extensions.DependencyInjection.IServiceCollection AddDurable(this Microsoft.Extensions.DependencyInjection.IServiceCollection s)=>s; public static void MapDurableManagement(this Microsoft.AspNetCore.Routing.IEndpointRouteBuilder r, Func<Microsoft.AspNetCore.Http.HttpContext,bool> f){} } }
