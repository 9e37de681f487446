using System.Reflection;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Queues;

/// <summary>Reads received messages into what a function takes: text, bytes, the message itself, or JSON.</summary>
internal static class MessageBinding
{
    public static ParameterBinder For(ParameterInfo parameter, bool batched, string function)
    {
        var type = parameter.ParameterType;
        if (!batched && type.IsArray && type != typeof(byte[]))
            throw new EmulatorException($"Function '{function}' takes one message at a time, so its parameter '{parameter.Name}' cannot be an array: say IsBatched = true in the trigger, or take a single {type.GetElementType()!.Name}.");
        if (!batched) return Single(type);
        if (!type.IsArray)
            throw new EmulatorException($"Function '{function}' takes batches (IsBatched), so its parameter '{parameter.Name}' must be an array, not {type.Name}.");
        var element = type.GetElementType()!;
        return invocation =>
        {
            var messages = (IReadOnlyList<ServiceBusReceivedMessage>)invocation.TriggerValue!;
            var values = Array.CreateInstance(element, messages.Count);
            for (var i = 0; i < messages.Count; i++) values.SetValue(Read(messages[i], element), i);
            return new ValueTask<object?>(values);
        };
    }

    public static IReadOnlyDictionary<string, object?> Data(ServiceBusReceivedMessage message) => new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
    {
        ["messageId"] = message.MessageId,
        ["deliveryCount"] = message.DeliveryCount,
        ["sequenceNumber"] = message.SequenceNumber,
        ["enqueuedTimeUtc"] = message.EnqueuedTime.UtcDateTime,
        ["enqueuedTime"] = message.EnqueuedTime,
        ["expiresAtUtc"] = message.ExpiresAt.UtcDateTime,
        ["expiresAt"] = message.ExpiresAt,
        ["lockToken"] = message.LockToken,
        ["correlationId"] = message.CorrelationId,
        ["subject"] = message.Subject,
        ["contentType"] = message.ContentType,
        ["replyTo"] = message.ReplyTo,
        ["to"] = message.To,
        ["partitionKey"] = message.PartitionKey,
        ["deadLetterSource"] = message.DeadLetterSource,
        ["applicationProperties"] = message.ApplicationProperties,
    };

    /// <summary>A batch's data has the real runtime's names too: messageIdArray, deliveryCountArray, …</summary>
    public static IReadOnlyDictionary<string, object?> BatchData(IReadOnlyList<ServiceBusReceivedMessage> messages) => new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
    {
        ["messageIdArray"] = messages.Select(message => message.MessageId).ToArray(),
        ["deliveryCountArray"] = messages.Select(message => message.DeliveryCount).ToArray(),
        ["sequenceNumberArray"] = messages.Select(message => message.SequenceNumber).ToArray(),
        ["enqueuedTimeUtcArray"] = messages.Select(message => message.EnqueuedTime.UtcDateTime).ToArray(),
        ["expiresAtUtcArray"] = messages.Select(message => message.ExpiresAt.UtcDateTime).ToArray(),
        ["lockTokenArray"] = messages.Select(message => message.LockToken).ToArray(),
        ["correlationIdArray"] = messages.Select(message => message.CorrelationId).ToArray(),
        ["subjectArray"] = messages.Select(message => message.Subject).ToArray(),
        ["contentTypeArray"] = messages.Select(message => message.ContentType).ToArray(),
        ["replyToArray"] = messages.Select(message => message.ReplyTo).ToArray(),
        ["toArray"] = messages.Select(message => message.To).ToArray(),
        ["deadLetterSourceArray"] = messages.Select(message => message.DeadLetterSource).ToArray(),
        ["applicationPropertiesArray"] = messages.Select(message => message.ApplicationProperties).ToArray(),
    };

    private static ParameterBinder Single(Type type) =>
        invocation => new ValueTask<object?>(Read(((IReadOnlyList<ServiceBusReceivedMessage>)invocation.TriggerValue!)[0], type));

    private static object? Read(ServiceBusReceivedMessage message, Type type)
    {
        if (type == typeof(ServiceBusReceivedMessage)) return message;
        if (type == typeof(string)) return message.Body.ToString();
        if (type == typeof(byte[])) return message.Body.ToArray();
        if (type == typeof(BinaryData)) return message.Body;
        if (type == typeof(ReadOnlyMemory<byte>)) return message.Body.ToMemory();
        try
        {
            return JsonSerializer.Deserialize(message.Body.ToMemory().Span, type, WorkerJson.Options);
        }
        catch (JsonException error)
        {
            throw new FunctionInputConverterException($"Cannot convert message '{message.MessageId}' to '{type.FullName}': {error.Message}", error);
        }
    }
}
