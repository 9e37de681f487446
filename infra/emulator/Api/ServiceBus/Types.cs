using System.Net;
using System.Net.Security;

namespace Azure.Messaging.ServiceBus;

public enum ServiceBusReceiveMode
{
    PeekLock = 0,
    ReceiveAndDelete = 1,
}

public enum SubQueue
{
    None = 0,
    DeadLetter = 1,
    TransferDeadLetter = 2,
}

public enum ServiceBusTransportType
{
    AmqpTcp = 0,
    AmqpWebSockets = 1,
}

public enum ServiceBusRetryMode
{
    Fixed = 0,
    Exponential = 1,
}

public enum ServiceBusErrorSource
{
    Complete = 0,
    Abandon = 1,
    ProcessMessageCallback = 2,
    Receive = 3,
    RenewLock = 4,
    AcceptSession = 5,
    CloseSession = 6,
}

public enum ServiceBusFailureReason
{
    GeneralError = 0,
    MessagingEntityNotFound = 1,
    MessageLockLost = 2,
    MessageNotFound = 3,
    MessageSizeExceeded = 4,
    MessagingEntityDisabled = 5,
    QuotaExceeded = 6,
    ServiceBusy = 7,
    ServiceTimeout = 8,
    ServiceCommunicationProblem = 9,
    SessionCannotBeLocked = 10,
    SessionLockLost = 11,
    MessagingEntityAlreadyExists = 12,
}

/// <summary>What goes wrong at the service.</summary>
public class ServiceBusException : Exception
{
    private readonly string? _message;

    public ServiceBusException()
    {
    }

    public ServiceBusException(
        bool isTransient, string? message, string? entityName = null, ServiceBusFailureReason reason = ServiceBusFailureReason.GeneralError, Exception? innerException = null)
        : base(message, innerException)
    {
        IsTransient = isTransient;
        EntityPath = entityName;
        Reason = reason;
        _message = message;
    }

    public ServiceBusException(string? message, ServiceBusFailureReason reason, string? entityPath = null, Exception? innerException = null)
        : this(reason is ServiceBusFailureReason.ServiceCommunicationProblem or ServiceBusFailureReason.ServiceBusy or ServiceBusFailureReason.ServiceTimeout, message, entityPath, reason, innerException)
    {
    }

    public string? EntityPath { get; }

    public bool IsTransient { get; }

    public ServiceBusFailureReason Reason { get; }

    public override string Message =>
        _message is null ? base.Message : EntityPath is null ? $"{_message} ({Reason})" : $"{_message} ({Reason}). Entity path: {EntityPath}";
}

public class ServiceBusRetryOptions
{
    public ServiceBusRetryMode Mode { get; set; } = ServiceBusRetryMode.Exponential;

    public int MaxRetries { get; set; } = 3;

    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(0.8);

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>Accepted for the source's sake; the emulator reads none of it.</summary>
public class ServiceBusClientOptions
{
    public RemoteCertificateValidationCallback? CertificateValidationCallback { get; set; }

    public TimeSpan ConnectionIdleTimeout { get; set; }

    public Uri? CustomEndpointAddress { get; set; }

    public bool EnableCrossEntityTransactions { get; set; }

    public string? Identifier { get; set; }

    public ServiceBusRetryOptions RetryOptions { get; set; } = new();

    public ServiceBusTransportType TransportType { get; set; } = ServiceBusTransportType.AmqpTcp;

    public IWebProxy? WebProxy { get; set; }
}

public class ServiceBusSenderOptions
{
    public string? Identifier { get; set; }
}

public class ServiceBusReceiverOptions
{
    public int PrefetchCount { get; set; }

    public ServiceBusReceiveMode ReceiveMode { get; set; } = ServiceBusReceiveMode.PeekLock;

    public SubQueue SubQueue { get; set; } = SubQueue.None;

    public string? Identifier { get; set; }
}

public class ServiceBusProcessorOptions
{
    public int PrefetchCount { get; set; }

    public ServiceBusReceiveMode ReceiveMode { get; set; } = ServiceBusReceiveMode.PeekLock;

    public bool AutoCompleteMessages { get; set; } = true;

    public TimeSpan MaxAutoLockRenewalDuration { get; set; } = TimeSpan.FromMinutes(5);

    public int MaxConcurrentCalls { get; set; } = 1;

    public SubQueue SubQueue { get; set; } = SubQueue.None;

    public string? Identifier { get; set; }
}

public class CreateMessageBatchOptions
{
    public long? MaxSizeInBytes { get; set; }
}
