using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Mail;

namespace Podium.Emulator.Hosting;

/// <summary>How one emulated app is started: from the command line, or by a test in its own process.</summary>
public sealed record EmulatorOptions
{
    /// <summary>The port of the app's HTTP endpoints; 0 takes a free one.</summary>
    public int Port { get; init; } = 7071;

    /// <summary>Where host.json is; null looks from the current folder upwards, then beside the app.</summary>
    public string? Root { get; init; }

    /// <summary>Where PostgreSQL and Azurite keep their files; null is <c>.podium</c> in the root.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Empties the data folder first.</summary>
    public bool Fresh { get; init; }

    /// <summary>Says nothing but warnings and errors.</summary>
    public bool Quiet { get; init; }

    /// <summary>Settings that win over the environment and local.settings.json.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>The one clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where functions are looked for; null is the program's assembly and what it refers to.</summary>
    public IReadOnlyList<Assembly>? FunctionAssemblies { get; init; }

    /// <summary>Exactly these classes of functions, instead of whole assemblies.</summary>
    public IReadOnlyList<Type>? FunctionTypes { get; init; }

    /// <summary>The last word on the app's services.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>Where logs go besides the console; tests keep them for their messages.</summary>
    public ILoggerProvider? Log { get; init; }

    /// <summary>host.json as a value, where there is no file to read.</summary>
    public HostJson? Host { get; init; }

    /// <summary>servicebus.json's content, where there is no file to read.</summary>
    public string? ServiceBusJson { get; init; }

    /// <summary>How the mailbox receives.</summary>
    public MailOptions Mail { get; init; } = new();
}
