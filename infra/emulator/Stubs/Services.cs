// Placeholder until the real Services part is merged; its owner deletes this file when merging main.
#pragma warning disable
namespace Podium.Emulator.Services { public sealed record BlobWrite(string Account, string Container, string Blob);
public sealed record EmbeddedServicesOptions { public required string DataFolder {get;init;} public bool Fresh {get;init;} public bool NeedPostgres {get;init;}=true; public bool NeedStorage {get;init;}=true; }
public sealed class EmbeddedServices : IAsyncDisposable { public static Task<EmbeddedServices> StartAsync(EmbeddedServicesOptions o, Action<string> p, CancellationToken c)=>throw new Exception(); public string? PostgresConnectionString=>null; public string? StorageConnectionString=>null; public event Action<BlobWrite>? BlobWritten; public ValueTask DisposeAsync()=>default; } }
