// Placeholder until the real Blobs part is merged; its owner deletes this file when merging main.
#pragma warning disable
namespace Podium.Emulator.Blobs { public class BlobHints { public void Report(string a,string b,string c){} } static class X { public static Microsoft.Extensions.DependencyInjection.IServiceCollection AddBlobTriggers(this Microsoft.Extensions.DependencyInjection.IServiceCollection s)=>s; } }
