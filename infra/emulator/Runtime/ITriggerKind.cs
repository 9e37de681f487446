using System.Reflection;

namespace Podium.Emulator.Runtime;

/// <summary>One kind of trigger: knows its attribute, checks the functions that carry it, listens and invokes them.</summary>
/// <remarks>Registered in the application's services by the emulator; created before the host starts.</remarks>
public interface ITriggerKind
{
    /// <summary>The trigger attribute this kind serves.</summary>
    Type AttributeType { get; }

    /// <summary>
    /// Takes a function in and answers how its trigger parameter is read from <see cref="InvocationContext.TriggerValue"/>.
    /// Throws <see cref="EmulatorException"/> with one sentence for a declaration that cannot work.
    /// </summary>
    ParameterBinder Add(FunctionDescriptor function);

    /// <summary>
    /// How another parameter of such a function is read, or null where this kind does not know it.
    /// (Context, cancellation, and binding data by name are tried by the emulator itself.)
    /// </summary>
    ParameterBinder? BindOther(FunctionDescriptor function, ParameterInfo parameter) => null;

    /// <summary>The lines <c>func start</c> would print for the function, without its name: "timerTrigger", or an URL.</summary>
    string Describe(FunctionDescriptor function);

    /// <summary>Begins to listen. HTTP is already listening; services are up.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Takes no new work and waits for what runs, until the token says to give up.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>Reads parameters that any function may have, whatever its trigger (a durable client, for one).</summary>
public interface IParameterBinding
{
    /// <summary>How the parameter is read, or null where this binding does not know it.</summary>
    ParameterBinder? Bind(FunctionDescriptor function, ParameterInfo parameter);
}
