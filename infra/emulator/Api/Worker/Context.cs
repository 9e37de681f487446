using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker
{
    public enum BindingDirection
    {
        In = 0,
        Out = 1,
    }

    public abstract class BindingMetadata
    {
        public abstract string Name { get; }

        public abstract string Type { get; }

        public abstract BindingDirection Direction { get; }
    }

    public abstract class BindingContext
    {
        public abstract IReadOnlyDictionary<string, object?> BindingData { get; }
    }

    public abstract class TraceContext
    {
        public abstract string TraceParent { get; }

        public abstract string TraceState { get; }

        public virtual IReadOnlyDictionary<string, string> Attributes => ImmutableDictionary<string, string>.Empty;

        public virtual IReadOnlyDictionary<string, string> Baggage => ImmutableDictionary<string, string>.Empty;
    }

    public abstract class RetryContext
    {
        public abstract int RetryCount { get; }

        public abstract int MaxRetryCount { get; }
    }

    public class FunctionParameter(string name, Type type, bool hasDefaultValue, object? defaultValue, IReadOnlyDictionary<string, object> properties)
    {
        public FunctionParameter(string name, Type type) : this(name, type, false, null)
        {
        }

        public FunctionParameter(string name, Type type, bool hasDefaultValue, object? defaultValue)
            : this(name, type, hasDefaultValue, defaultValue, ImmutableDictionary<string, object>.Empty)
        {
        }

        public FunctionParameter(string name, Type type, IReadOnlyDictionary<string, object> properties)
            : this(name, type, false, null, properties)
        {
        }

        public string Name { get; } = name;

        public Type Type { get; } = type;

        public bool HasDefaultValue { get; } = hasDefaultValue;

        public bool IsReferenceOrNullableType { get; } = !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

        public object? DefaultValue { get; } = defaultValue;

        public IReadOnlyDictionary<string, object> Properties { get; } = properties;
    }

    public abstract class FunctionDefinition
    {
        public abstract ImmutableArray<FunctionParameter> Parameters { get; }

        public abstract string PathToAssembly { get; }

        public abstract string EntryPoint { get; }

        public abstract string Id { get; }

        public abstract string Name { get; }

        public abstract IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

        public abstract IImmutableDictionary<string, BindingMetadata> OutputBindings { get; }
    }

    public interface IInvocationFeatures : IEnumerable<KeyValuePair<Type, object>>
    {
        void Set<T>(T instance);

        T? Get<T>();
    }

    /// <summary>What a function and its middleware know about one invocation.</summary>
    public abstract class FunctionContext
    {
        public abstract string InvocationId { get; }

        public abstract string FunctionId { get; }

        public abstract TraceContext TraceContext { get; }

        public abstract BindingContext BindingContext { get; }

        public abstract RetryContext RetryContext { get; }

        public abstract IServiceProvider InstanceServices { get; set; }

        public abstract FunctionDefinition FunctionDefinition { get; }

        public abstract IDictionary<object, object> Items { get; set; }

        public abstract IInvocationFeatures Features { get; }

        public virtual CancellationToken CancellationToken { get; }
    }

    public abstract class InvocationResult<T>
    {
        public abstract T? Value { get; set; }
    }

    public abstract class InvocationResult : InvocationResult<object>;

    public class FunctionWorkerException : Exception
    {
        public FunctionWorkerException(string? message) : base(message)
        {
        }

        public FunctionWorkerException(string? message, Exception? innerException) : base(message, innerException)
        {
        }
    }

    public class FunctionInputConverterException : FunctionWorkerException
    {
        public FunctionInputConverterException(string? message) : base(message)
        {
        }

        public FunctionInputConverterException(string? message, Exception? innerException) : base(message, innerException)
        {
        }
    }

    public static class FunctionContextBindingFeatureExtensions
    {
        public static InvocationResult GetInvocationResult(this FunctionContext context) =>
            context.Features.Get<InvocationResult>() ?? throw new InvalidOperationException("This context has no invocation result.");
    }

    public static class FunctionContextLoggerExtensions
    {
        public static ILogger<T> GetLogger<T>(this FunctionContext context) =>
            context.InstanceServices.GetRequiredService<ILogger<T>>();

        public static ILogger GetLogger(this FunctionContext context, string categoryName) =>
            context.InstanceServices.GetRequiredService<ILoggerFactory>().CreateLogger(categoryName);
    }

    public static class FunctionContextExtensions
    {
        public static Microsoft.AspNetCore.Http.HttpContext? GetHttpContext(this FunctionContext context) =>
            context.Features.Get<Microsoft.AspNetCore.Http.HttpContext>();
    }
}

namespace Microsoft.Azure.Functions.Worker.Invocation
{
    public interface IFunctionExecutor
    {
        ValueTask ExecuteAsync(FunctionContext context);
    }
}

namespace Microsoft.Azure.Functions.Worker.Middleware
{
    /// <summary>The rest of the pipeline.</summary>
    public delegate Task FunctionExecutionDelegate(FunctionContext context);

    public interface IFunctionsWorkerMiddleware
    {
        Task Invoke(FunctionContext context, FunctionExecutionDelegate next);
    }
}
