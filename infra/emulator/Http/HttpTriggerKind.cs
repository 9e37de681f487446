using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Podium.Emulator.Hosting;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Http;

/// <summary>HTTP triggers on Kestrel, with the host's routes, keys and answers.</summary>
public sealed class HttpTriggerKind(HostJson host, FunctionKeys keys, FunctionInvoker invoker, EmulatorSettings settings) : ITriggerKind
{
    private static readonly string[] AnyMethod = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"];

    // the host sets them to what it saw itself, and the worker takes them away for the connection and the host: functions never see a caller's
    private static readonly string[] Forwarding = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix"];
    private readonly List<HttpFunction> _functions = [];

    /// <inheritdoc />
    public Type AttributeType => typeof(HttpTriggerAttribute);

    /// <summary>Where the app listens, known once it does.</summary>
    public Uri? BaseAddress { get; internal set; }

    /// <inheritdoc />
    public ParameterBinder Add(FunctionDescriptor function)
    {
        var attribute = (HttpTriggerAttribute)function.Trigger;
        var template = settings.Resolve(attribute.Route ?? function.Name, function.Name).Trim('/');
        var full = host.RoutePrefix.Trim('/') is { Length: > 0 } prefix ? $"{prefix}/{template}" : template;
        var pattern = Parse(full, function);
        var methods = attribute.Methods is { Length: > 0 } given ? given.Select(m => m.ToUpperInvariant()).ToArray() : AnyMethod;
        var added = new HttpFunction(function, full, pattern, methods, attribute.AuthLevel);
        if (!function.Disabled)
        {
            if (_functions.FirstOrDefault(other => Clash(other, added)) is { } twin)
                throw new EmulatorException($"Functions '{twin.Function.Name}' and '{function.Name}' both answer {string.Join("/", twin.Methods.Intersect(methods))} /{full}. Give one of them another route or method.");
            _functions.Add(added);
        }
        return BindTrigger(function);
    }

    /// <inheritdoc />
    public ParameterBinder? BindOther(FunctionDescriptor function, ParameterInfo parameter)
    {
        if (parameter.ParameterType == typeof(HttpRequest)) return static invocation => new ValueTask<object?>(((HttpContext)invocation.TriggerValue!).Request);
        if (parameter.GetCustomAttribute<Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute>() is null) return null;
        return async invocation =>
        {
            try
            {
                return await ReadBodyAsync(invocation, parameter.ParameterType);
            }
            catch (FunctionInputConverterException error)
            {
                throw new InvalidOperationException(error.Message, error); // what the real [FromBody] converter throws
            }
        };
    }

    /// <inheritdoc />
    public string Describe(FunctionDescriptor function)
    {
        var found = _functions.FirstOrDefault(f => f.Function == function);
        if (found is null) return "httpTrigger (disabled)";
        var methods = found.Methods.Length == AnyMethod.Length ? "" : $"[{string.Join(",", found.Methods)}] ";
        return $"{methods}{BaseAddress}{found.Template}";
    }

    /// <summary>Puts the functions' routes into the app.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var function in _functions)
            routes.Map(function.Pattern, context => HandleAsync(context, function)).WithMetadata(new HttpMethodMetadata(function.Methods));
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task HandleAsync(HttpContext http, HttpFunction function)
    {
        if (!keys.Allows(http.Request, function.Level))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        foreach (var name in Forwarding) http.Request.Headers.Remove(name);
        object? result;
        try
        {
            result = await invoker.RunAsync(
                function.Function,
                new Invocation
                {
                    TriggerValue = http,
                    Services = http.RequestServices,
                    BindingData = () => BindingData(http),
                    TraceParent = http.Request.Headers.TraceParent,
                    Reason = "This function was called by HTTP.",
                },
                http.RequestServices,
                http.RequestAborted);
            if (result is IResult answer) await answer.ExecuteAsync(http);
            else if (result is IActionResult action) await action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor()));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // nobody is there to be answered
        }
        catch (Exception) when (!http.Response.HasStarted)
        {
            http.Response.Clear(); // as in Azure: 500 with an empty body; the invoker has logged the exception
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private static Dictionary<string, object?> BindingData(HttpContext http)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in http.Request.Query)
        {
            if (!name.Equals("code", StringComparison.OrdinalIgnoreCase)) data[name] = value.ToString();
        }
        foreach (var (name, value) in http.Request.RouteValues) data[name] = value;
        return data;
    }

    private static ParameterBinder BindTrigger(FunctionDescriptor function)
    {
        var type = function.TriggerParameter.ParameterType;
        if (type == typeof(HttpRequest)) return static invocation => new ValueTask<object?>(((HttpContext)invocation.TriggerValue!).Request);
        if (type == typeof(Stream)) return static invocation => new ValueTask<object?>(((HttpContext)invocation.TriggerValue!).Request.Body);
        if (type == typeof(string)) return static async invocation => await ReadTextAsync(invocation);
        return invocation => ReadBodyAsync(invocation, type);
    }

    private static async ValueTask<object?> ReadTextAsync(InvocationContext invocation)
    {
        using var reader = new StreamReader(((HttpContext)invocation.TriggerValue!).Request.Body);
        return await reader.ReadToEndAsync(invocation.CancellationToken);
    }

    private static async ValueTask<object?> ReadBodyAsync(InvocationContext invocation, Type type)
    {
        var request = ((HttpContext)invocation.TriggerValue!).Request;
        if (!request.HasJsonContentType())
            throw new FunctionInputConverterException($"Cannot convert the body to '{type.FullName}': the content type is '{request.ContentType}', not JSON.");
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, type, WorkerJson.Options, invocation.CancellationToken)
                ?? throw new FunctionInputConverterException($"Cannot convert the body to '{type.FullName}': it is null.");
        }
        catch (JsonException error)
        {
            throw new FunctionInputConverterException($"Cannot convert the body to '{type.FullName}': {error.Message}", error);
        }
    }

    private static RoutePattern Parse(string template, FunctionDescriptor function)
    {
        if (template.StartsWith("admin", StringComparison.OrdinalIgnoreCase) || template.StartsWith("runtime", StringComparison.OrdinalIgnoreCase))
            throw new EmulatorException($"The route '{template}' of function '{function.Name}' begins with a word the Functions host keeps for itself (admin, runtime): choose another.");
        try
        {
            return RoutePatternFactory.Parse(template);
        }
        catch (RoutePatternException error)
        {
            throw new EmulatorException($"The route '{template}' of function '{function.Name}' is malformed: {error.Message}", error);
        }
    }

    private static bool Clash(HttpFunction one, HttpFunction other) =>
        one.Methods.Intersect(other.Methods).Any() && Shape(one.Pattern) == Shape(other.Pattern);

    // two templates of one shape match the same paths: {id} and {name} are the same, {id:int} is not
    private static string Shape(RoutePattern pattern) =>
        string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternParameterPart parameter =>
                $"{{{(parameter.IsCatchAll ? "*" : "")}{string.Join(':', parameter.ParameterPolicies.Select(policy => policy.Content))}{(parameter.IsOptional ? "?" : "")}}}",
            RoutePatternLiteralPart literal => literal.Content.ToLowerInvariant(),
            RoutePatternSeparatorPart separator => separator.Content,
            _ => "",
        }))));

    private sealed record HttpFunction(FunctionDescriptor Function, string Template, RoutePattern Pattern, string[] Methods, AuthorizationLevel Level);
}
