using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Access;
using Podium.Platform.Files;

namespace Podium.Documents;

/// <summary>Files that organisers hand out.</summary>
public static class DocumentServices
{
    /// <summary>What organisers hand out: rules, tasks, posters.</summary>
    public static readonly FilePurpose Purpose = new()
    {
        Name = "document",
        Container = "documents",
        Subject = TellUploader.Subject,
        Permission = Permissions.CompetitionManage,
        OpenToAll = true,
        Rules = new FileRules
        {
            Allowed = new HashSet<FileKind>
            {
                FileKind.Pdf, FileKind.Docx, FileKind.Pptx, FileKind.Xlsx, FileKind.OpenDocument, FileKind.Png, FileKind.Jpeg, FileKind.WebP, FileKind.Text, FileKind.Zip,
            },
            MaxBytes = 200L << 20,
        },
    };

    public static IServiceCollection AddDocuments(this IServiceCollection services) => services
        .AddSingleton(Purpose)
        .AddSingleton<TellUploader>();
}
