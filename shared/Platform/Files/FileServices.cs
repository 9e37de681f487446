using Microsoft.Extensions.DependencyInjection;

namespace Podium.Platform.Files;

/// <summary>Uploads, what is found in them, and downloads.</summary>
public static class FileServices
{
    public static IServiceCollection AddFiles(this IServiceCollection services) => services
        .AddSingleton<FilePurposes>()
        .AddSingleton<FileStore>()
        .AddSingleton<RequestUpload>()
        .AddSingleton<CancelUpload>()
        .AddSingleton<ReadFiles>()
        .AddSingleton<DownloadFile>()
        .AddSingleton<RevokeFile>()
        .AddSingleton<CheckFile>()
        .AddSingleton<WatchFiles>()
        .AddSingleton<VerifyFiles>()
        .AddSingleton<SweepStorage>()
        .AddSingleton<FileIncidents>();
}
