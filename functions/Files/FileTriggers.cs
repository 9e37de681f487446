using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Podium.Documents;
using Podium.Exams;
using Podium.Functions.Messaging;
using Podium.Platform.Files;
using Podium.Platform.Messaging;
using Podium.Songs;
using Podium.Submissions;

namespace Podium.Functions.Files;

public sealed class FileTriggers(CheckFile checkFile, WatchFiles watchFiles, SweepStorage sweepStorage, VerifyFiles verifyFiles, QueueWork work, TellUploader tellUploader, SettleSubmission settleSubmission, TakeRecording takeRecording, HearRecording hearRecording, ImportMarks importMarks)
{
    [Function("FileUploaded")]
    public Task Uploaded(
        [BlobTrigger(FileStore.Uploads + "/{tenant}/{file}", Source = BlobTriggerSource.EventGrid, Connection = "Storage")] BlobClient blob, string tenant, string file, CancellationToken cancellationToken) =>
        checkFile.ArrivedAsync(tenant, file, cancellationToken);

    /// <summary>What became of files, for the feature that each is for: a feature's purpose names its subject, which is a case here.</summary>
    [Function("FileDecided")]
    public Task Decided(
        [ServiceBusTrigger(Outbox.SubmissionProcessing, Connection = "ServiceBus")] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        work.RunAsync(
            Outbox.SubmissionProcessing,
            message,
            actions,
            delivery => delivery.Subject switch
            {
                TellUploader.Subject => tellUploader.Run(delivery, cancellationToken),
                SettleSubmission.Subject => settleSubmission.Run(delivery, cancellationToken),
                TakeRecording.Subject => takeRecording.RunAsync(delivery, cancellationToken),
                HearRecording.Subject => hearRecording.RunAsync(delivery, cancellationToken),
                ImportMarks.Subject => importMarks.Run(delivery, cancellationToken),
                _ => throw new UnreadableMessageException("unknown-subject", $"Nothing is known of messages '{delivery.Subject}'."),
            },
            cancellationToken);

    [Function("WatchFiles")]
    public Task Watch([TimerTrigger("40 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => watchFiles.Run(cancellationToken);

    [Function("SweepStorage")]
    public Task Sweep([TimerTrigger("50 25 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => sweepStorage.Run(cancellationToken);

    [Function("VerifyFiles")]
    public Task Verify([TimerTrigger("0 40 2 * * *")] TimerInfo timer, CancellationToken cancellationToken) => verifyFiles.Run(cancellationToken);
}
