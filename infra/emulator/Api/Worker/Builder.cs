using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Hosting;

namespace Microsoft.Azure.Functions.Worker
{
    public interface IFunctionsWorkerApplicationBuilder
    {
        IServiceCollection Services { get; }

        IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware);
    }

    /// <summary>Options of the worker that an app may set; the emulator reads none of them.</summary>
    public class WorkerOptions
    {
        public IDictionary<string, string> Capabilities { get; } = new Dictionary<string, string>();

        public bool IncludeEmptyEntriesInMessagePayload { get; set; } = true;
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    /// <summary>Where an isolated Functions app begins.</summary>
    public class FunctionsApplication
    {
        /// <summary>Creates the builder; in the emulator this is also where PostgreSQL and Azurite come up.</summary>
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => EmulatorStart.CreateBuilder(args);
    }

    /// <summary>Composes an isolated Functions app.</summary>
    public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
    {
        private readonly WebApplicationBuilder _web;
        private readonly MiddlewareList _middleware = new();

        internal FunctionsApplicationBuilder(WebApplicationBuilder web, EmulatorSession session)
        {
            _web = web;
            Session = session;
            web.Services.AddSingleton(_middleware);
        }

        public IDictionary<object, object> Properties => ((IHostApplicationBuilder)_web).Properties;

        public ConfigurationManager Configuration => _web.Configuration;

        public IHostEnvironment Environment => _web.Environment;

        public ILoggingBuilder Logging => _web.Logging;

        public IMetricsBuilder Metrics => _web.Metrics;

        public IServiceCollection Services => _web.Services;

        internal EmulatorSession Session { get; }

        IConfigurationManager IHostApplicationBuilder.Configuration => _web.Configuration;

        public IHost Build() => EmulatorStart.Build(_web, Session);

        public void ConfigureContainer<TContainerBuilder>(
            IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
            where TContainerBuilder : notnull =>
            ((IHostApplicationBuilder)_web).ConfigureContainer(factory, configure);

        public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
        {
            _middleware.Add((_, next) => middleware(next));
            return this;
        }

        internal void Use(Func<IServiceProvider, FunctionExecutionDelegate, FunctionExecutionDelegate> layer) => _middleware.Add(layer);
    }

    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        /// <summary>HTTP triggers take HttpRequest and answer IResult or IActionResult. The emulator knows no other way.</summary>
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder) => builder;
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class MiddlewareWorkerApplicationBuilderExtensions
    {
        public static IFunctionsWorkerApplicationBuilder UseMiddleware<T>(this IFunctionsWorkerApplicationBuilder builder)
            where T : class, IFunctionsWorkerMiddleware => builder.UseWhen<T>(static _ => true);

        public static IFunctionsWorkerApplicationBuilder UseWhen<T>(
            this IFunctionsWorkerApplicationBuilder builder, Func<FunctionContext, bool> predicate)
            where T : class, IFunctionsWorkerMiddleware
        {
            builder.Services.AddSingleton<T>();
            ((FunctionsApplicationBuilder)builder).Use((services, next) =>
            {
                var middleware = services.GetRequiredService<T>();
                return context => predicate(context) ? middleware.Invoke(context, next) : next(context);
            });
            return builder;
        }

        public static IFunctionsWorkerApplicationBuilder UseMiddleware(
            this IFunctionsWorkerApplicationBuilder builder, Func<FunctionContext, Func<Task>, Task> middleware) =>
            builder.UseWhen(static _ => true, middleware);

        public static IFunctionsWorkerApplicationBuilder UseWhen(
            this IFunctionsWorkerApplicationBuilder builder, Func<FunctionContext, bool> predicate, Func<FunctionContext, Func<Task>, Task> middleware) =>
            builder.Use(next => context => predicate(context) ? middleware(context, () => next(context)) : next(context));
    }
}
