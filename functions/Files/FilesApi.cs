using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Files;

namespace Podium.Functions.Files;

/// <summary>Uploads, what became of them, and downloads.</summary>
public sealed class FilesApi(RequestUpload requestUpload, ReadFiles readFiles, DownloadFile downloadFile, CancelUpload cancelUpload, RevokeFile revokeFile)
{
    [Function("RequestUpload"), SignedIn]
    [Operation("Ask for an upload", Description = "The answer has a URL that takes exactly this file: one PUT of the whole content, once, within minutes. Ask again with the same id for a fresh URL. What becomes of the file is at its address.",
        Body = typeof(RequestUpload.Request), Answer = typeof(RequestUpload.Result), Status = 201, Problems = ["forbidden", "file-id-taken", "too-many-uploads", "file-arrived"])]
    public async Task<IResult> Request([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/files")] HttpRequest request)
    {
        var asked = await requestUpload.Run(request.Caller(), await request.ReadAsync<RequestUpload.Request>(), request.HttpContext.RequestAborted);
        return asked.Answer(result => Answer.Created($"/api/files/{result.File.Id}", result));
    }

    [Function("ListFiles"), SignedIn]
    [Operation("One's own uploads", Description = "Who manages files sees everybody's of a subject.", Query = typeof(ReadFiles.Filter), Answer = typeof(Page<FileView>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/files")] HttpRequest request) =>
        Answer.Ok(await readFiles.ListAsync(request.Caller(), request.Query<ReadFiles.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetFile"), SignedIn]
    [Operation("How far a file has come, and why it was not accepted", Answer = typeof(FileView), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/files/{fileId}")] HttpRequest request, string fileId)
    {
        var found = await readFiles.ReadAsync(request.Caller(), Id(fileId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("DownloadFile"), SignedIn]
    [Operation("A URL to download an accepted file by", Description = "It reads this one file, for some minutes. A withdrawn file's URLs lead nowhere.",
        Answer = typeof(DownloadFile.Link), Problems = ["not-found", "file-not-ready", "file-revoked", "file-damaged"])]
    public async Task<IResult> Download([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/files/{fileId}/download")] HttpRequest request, string fileId)
    {
        var link = await downloadFile.Run(request.Caller(), Id(fileId), request.HttpContext.RequestAborted);
        return link.Answer(Answer.Secret);
    }

    [Function("CancelUpload"), SignedIn]
    [Operation("Take back an upload that has not come", Answer = typeof(FileView), Problems = ["not-found", "file-arrived"])]
    public async Task<IResult> Cancel([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/files/{fileId}")] HttpRequest request, string fileId)
    {
        var cancelled = await cancelUpload.Run(request.Caller(), Id(fileId), request.HttpContext.RequestAborted);
        return cancelled.Answer(view => Answer.Ok(view));
    }

    [Function("RevokeFile"), Requires(Permissions.FileManage)]
    [Operation("Withdraw an accepted file", Body = typeof(RevokeFile.Request), Answer = typeof(FileView), Problems = ["not-found", "file-not-ready"])]
    public async Task<IResult> Revoke([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/files/{fileId}/revocation")] HttpRequest request, string fileId)
    {
        var revoked = await revokeFile.RevokeAsync(request.Caller(), Id(fileId), await request.ReadAsync<RevokeFile.Request>(), request.HttpContext.RequestAborted);
        return revoked.Answer(view => Answer.Ok(view));
    }

    [Function("RestoreFile"), Requires(Permissions.FileManage)]
    [Operation("Give a withdrawn file back", Answer = typeof(FileView), Problems = ["not-found", "file-not-ready", "file-content-gone"])]
    public async Task<IResult> Restore([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/files/{fileId}/revocation")] HttpRequest request, string fileId)
    {
        var restored = await revokeFile.RestoreAsync(request.Caller(), Id(fileId), request.HttpContext.RequestAborted);
        return restored.Answer(view => Answer.Ok(view));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "file");
}
