using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Podium.Platform.Observation;

/// <summary>Where traces, metrics and logs go.</summary>
public sealed record TelemetrySettings
{
    /// <summary>An OpenTelemetry collector: http://host:4317, or with the protocol http/protobuf its base address.</summary>
    public Uri? Otlp { get; init; }

    public OtlpExportProtocol Protocol { get; init; } = OtlpExportProtocol.Grpc;

    public string? Headers { get; init; }

    public bool Console { get; init; }

    public double SampleRatio { get; init; } = 1;

    public bool IsOn => Otlp is not null || Console;

    public static TelemetrySettings Of(IConfiguration configuration)
    {
        var otlp = configuration["Telemetry:Otlp"] is { Length: > 0 } own ? own : configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        var protocol = configuration["Telemetry:Protocol"] is { Length: > 0 } named ? named : configuration["OTEL_EXPORTER_OTLP_PROTOCOL"];
        return new TelemetrySettings
        {
            Otlp = otlp is { Length: > 0 } ? new Uri(otlp) : null,
            Protocol = protocol switch
            {
                null or "" or "grpc" => OtlpExportProtocol.Grpc,
                "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
                _ => throw new InvalidOperationException($"The setting 'Telemetry__Protocol' is '{protocol}'; it must be grpc or http/protobuf."),
            },
            Headers = configuration["Telemetry:Headers"] is { Length: > 0 } headers ? headers : configuration["OTEL_EXPORTER_OTLP_HEADERS"],
            Console = configuration.GetValue("Telemetry:Console", false),
            SampleRatio = configuration.GetValue("Telemetry:SampleRatio", 1.0),
        };
    }

    /// <summary>Where a signal goes; by HTTP each has a path of its own.</summary>
    internal void Apply(OtlpExporterOptions options, string signal)
    {
        options.Protocol = Protocol;
        options.Endpoint = Protocol == OtlpExportProtocol.Grpc ? Otlp! : new Uri($"{Otlp!.ToString().TrimEnd('/')}/v1/{signal}");
        if (Headers is not null) options.Headers = Headers;
    }
}

/// <summary>Exports what the app says of itself, as settings ask; nothing is collected where none does.</summary>
public sealed class TelemetryExport(IConfiguration configuration, IEnumerable<BaseExporter<Activity>> exporters) : IHostedService, IDisposable
{
    private static readonly string[] Sources = [Telemetry.Name, "Npgsql"];
    private static readonly string[] Meters = [Telemetry.Name, "Npgsql", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "System.Net.Http"];

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    internal static ResourceBuilder Resource => ResourceBuilder.CreateDefault()
        .AddService("podium", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3), serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = TelemetrySettings.Of(configuration);
        var own = exporters.ToList();
        if (settings.IsOn || own.Count > 0) _traces = Traces(settings, own);
        if (settings.IsOn) _metrics = Metrics(settings);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // what was not sent yet is worth a few seconds
        _traces?.ForceFlush(5000);
        _metrics?.ForceFlush(5000);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static TracerProvider Traces(TelemetrySettings settings, List<BaseExporter<Activity>> own)
    {
        var builder = OpenTelemetry.Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource)
            .AddSource(Sources)
            .SetSampler(Sampler(settings.SampleRatio));
        if (settings.Otlp is not null) builder.AddOtlpExporter(options => settings.Apply(options, "traces"));
        if (settings.Console) builder.AddProcessor(new SimpleActivityExportProcessor(new ConsoleSpans()));
        foreach (var exporter in own) builder.AddProcessor(new SimpleActivityExportProcessor(exporter));
        return builder.Build();
    }

    // the trace's id decides, wherever a trace comes from: whoever is in front may not record, and says so of us too
    private static ParentBasedSampler Sampler(double ratio)
    {
        var root = new RootSampler(ratio);
        return new ParentBasedSampler(root, remoteParentSampled: root, remoteParentNotSampled: root);
    }

    private static MeterProvider Metrics(TelemetrySettings settings)
    {
        var builder = OpenTelemetry.Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource).AddMeter(Meters);
        if (settings.Otlp is not null) builder.AddOtlpExporter(options => settings.Apply(options, "metrics"));
        if (settings.Console) builder.AddReader(new PeriodicExportingMetricReader(new ConsoleMetrics(), 60_000));
        return builder.Build();
    }

    // a statement that belongs to nobody's work (a listener's, a pump's) is no trace
    private sealed class RootSampler(double ratio) : Sampler
    {
        private readonly TraceIdRatioBasedSampler _ratio = new(ratio);

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            samplingParameters.Kind == ActivityKind.Client ? new SamplingResult(SamplingDecision.Drop) : _ratio.ShouldSample(samplingParameters);
    }
}

public static class ObservationServices
{
    public static IServiceCollection AddObservation(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IHostedService, TelemetryExport>();
        var settings = TelemetrySettings.Of(configuration);
        if (settings.Otlp is null) return services;
        return services.AddLogging(logging => logging.AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(TelemetryExport.Resource);
            options.IncludeScopes = true;
            options.IncludeFormattedMessage = true;
            options.AddOtlpExporter(otlp => settings.Apply(otlp, "logs"));
        }));
    }
}
