using System.Collections.Concurrent;
using System.Reflection;

namespace Podium.Emulator.Runtime;

/// <summary>Awaits whatever a function returned (void, value, Task, ValueTask, with or without a result).</summary>
internal static class ResultReader
{
    private static readonly ConcurrentDictionary<Type, Func<object, ValueTask<object?>>?> Readers = new();

    public static ValueTask<object?> ReadAsync(object? returned, Type declared)
    {
        if (returned is null) return default;
        var reader = Readers.GetOrAdd(declared, Make);
        return reader is null ? new ValueTask<object?>(returned) : reader(returned);
    }

    private static Func<object, ValueTask<object?>>? Make(Type type)
    {
        if (type == typeof(Task)) return AwaitTask;
        if (type == typeof(ValueTask)) return AwaitValueTask;
        if (!type.IsGenericType) return null;
        var definition = type.GetGenericTypeDefinition();
        var method = definition == typeof(Task<>) ? nameof(AwaitTaskOf) : definition == typeof(ValueTask<>) ? nameof(AwaitValueTaskOf) : null;
        return method is null
            ? null
            : typeof(ResultReader).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.GetGenericArguments()).CreateDelegate<Func<object, ValueTask<object?>>>();
    }

    private static async ValueTask<object?> AwaitTask(object returned)
    {
        await (Task)returned;
        return null;
    }

    private static async ValueTask<object?> AwaitValueTask(object returned)
    {
        await (ValueTask)returned;
        return null;
    }

    private static async ValueTask<object?> AwaitTaskOf<T>(object returned) => await (Task<T>)returned;

    private static async ValueTask<object?> AwaitValueTaskOf<T>(object returned) => await (ValueTask<T>)returned;
}
