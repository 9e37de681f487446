using System.Reflection;

namespace Microsoft.DurableTask
{
    public record TaskFailureDetails(
        string ErrorType, string ErrorMessage, string? StackTrace, TaskFailureDetails? InnerFailure, IDictionary<string, object?>? Properties)
    {
        private Type? _type;

        public static TaskFailureDetails FromException(Exception exception)
        {
            ArgumentNullException.ThrowIfNull(exception);
            var inner = exception is TaskFailedException failed
                ? failed.FailureDetails
                : exception.InnerException is { } cause ? FromException(cause) : null;
            return new TaskFailureDetails(exception.GetType().ToString(), exception.Message, exception.StackTrace, inner, null);
        }

        public bool IsCausedBy<T>() where T : Exception => IsCausedBy(typeof(T));

        public bool IsCausedBy(Type targetBaseExceptionType)
        {
            ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
            if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
                throw new ArgumentException($"The type {targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
            if (string.IsNullOrEmpty(ErrorType)) return false;
            _type ??= Type.GetType(ErrorType, throwOnError: false)
                ?? targetBaseExceptionType.Assembly.GetType(ErrorType, throwOnError: false)
                ?? Assembly.GetCallingAssembly().GetType(ErrorType, throwOnError: false)
                ?? FindLoaded(ErrorType);
            return _type is not null && targetBaseExceptionType.IsAssignableFrom(_type);
        }

        public override string ToString() => $"{ErrorType}: {ErrorMessage}";

        private static Type? FindLoaded(string name)
        {
            Type[] found = [.. AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name, throwOnError: false)).OfType<Type>()];
            return found.Length > 1
                ? throw new AmbiguousMatchException($"Multiple exception types with the name '{name}' were found.")
                : found.FirstOrDefault();
        }
    }

    public sealed class TaskFailedException : Exception
    {
        public TaskFailedException(string taskName, int taskId, Exception innerException)
            : base(Sentence(taskName, taskId, innerException?.Message), innerException)
        {
            TaskName = taskName;
            TaskId = taskId;
            FailureDetails = TaskFailureDetails.FromException(innerException!);
        }

        public TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
            : base(Sentence(taskName, taskId, failureDetails?.ErrorMessage))
        {
            TaskName = taskName;
            TaskId = taskId;
            FailureDetails = failureDetails!;
        }

        public string TaskName { get; }

        public int TaskId { get; }

        public TaskFailureDetails FailureDetails { get; }

        /// <summary>A missing function does not appear by trying again.</summary>
        internal bool IsNonRetriable { get; init; }

        [Obsolete("Use the FailureDetails property and its IsCausedBy<T>() method")]
        public bool IsCausedByException<T>() where T : Exception => FailureDetails.ErrorType == typeof(T).FullName;

        private static string Sentence(string taskName, int taskId, string? cause) =>
            $"Task '{taskName}' (#{taskId}) failed with an unhandled exception{(cause is null ? "." : ": " + cause)}";
    }
}

namespace DurableTask.Core.Exceptions
{
    public class OrchestrationAlreadyExistsException : InvalidOperationException
    {
        public OrchestrationAlreadyExistsException()
        {
        }

        public OrchestrationAlreadyExistsException(string message) : base(message)
        {
        }

        public OrchestrationAlreadyExistsException(string message, Exception innerException) : base(message, innerException)
        {
        }
    }

    public class NonDeterministicOrchestrationException : Exception
    {
        public NonDeterministicOrchestrationException()
        {
        }

        public NonDeterministicOrchestrationException(string message) : base(message)
        {
        }

        public NonDeterministicOrchestrationException(string message, Exception innerException) : base(message, innerException)
        {
        }

        public NonDeterministicOrchestrationException(int eventId, string eventDetails)
            : base("Non-Deterministic workflow detected: " + eventDetails) => EventId = eventId;

        public int EventId { get; }
    }
}
