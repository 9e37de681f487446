using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Podium.Emulator.Runtime;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

/// <summary>What is wrong with a declaration is said at the start, in one sentence that names the function.</summary>
public sealed class DiscoveryTests
{
    [Theory]
    [InlineData(typeof(Twins), "Two functions are named 'twin'", "Twins.One", "Twins.Other")]
    [InlineData(typeof(NoTrigger), "'Untriggered'", "has no trigger")]
    [InlineData(typeof(TwoTriggers), "'Double'", "has 2 triggers")]
    [InlineData(typeof(UnknownTrigger), "'Strange'", "StrangeTriggerAttribute")]
    [InlineData(typeof(ByReference), "'value'", "'Reference'", "cannot be bound")]
    [InlineData(typeof(BadRoute), "things/{id'", "'Routed'", "malformed")]
    [InlineData(typeof(BadCron), "'99 * * * * *'", "'Timed'", "NCRONTAB")]
    [InlineData(typeof(BadRetry), "'soon'", "'Retried'")]
    [InlineData(typeof(NotPublic), "'Hidden'", "public")]
    [InlineData(typeof(SameRoute), "'First'", "'Second'", "GET /api/SAME/{name}")]
    [InlineData(typeof(BadName), "'no spaces please'")]
    [InlineData(typeof(WrongTimerType), "'WrongTimer'", "TimerInfo")]
    public async Task A_declaration_that_cannot_work_stops_the_start_with_one_sentence(Type functions, params string[] says)
    {
        var error = await Assert.ThrowsAsync<EmulatorException>(() => PodiumApp.StartAsync([functions]));
        Assert.All(says, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message);
    }

    public static class Twins
    {
        [Function("Twin")]
        public static void One([TimerTrigger("0 0 * * * *")] TimerInfo timer) => _ = timer;

        [Function("twin")]
        public static void Other([TimerTrigger("0 0 * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class NoTrigger
    {
        [Function("Untriggered")]
        public static void Run(CancellationToken cancellationToken) => _ = cancellationToken;
    }

    public static class TwoTriggers
    {
        [Function("Double")]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer, [HttpTrigger] HttpRequest request) => _ = (timer, request);
    }

    public static class UnknownTrigger
    {
        [Function("Strange")]
        public static void Run([StrangeTrigger] string value) => _ = value;
    }

    public static class ByReference
    {
        [Function("Reference")]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer, ref int value) => _ = (timer, value);
    }

    public static class BadRoute
    {
        [Function("Routed")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/{id")] HttpRequest request) => _ = request;
    }

    public static class BadCron
    {
        [Function("Timed")]
        public static void Run([TimerTrigger("99 * * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class BadRetry
    {
        [Function("Retried"), FixedDelayRetry(3, "soon")]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class NotPublic
    {
        [Function("Hidden")]
        internal static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class SameRoute
    {
        [Function("First")]
        public static void One([HttpTrigger(AuthorizationLevel.Anonymous, "get", "put", Route = "same/{id}")] HttpRequest request) => _ = request;

        [Function("Second")]
        public static void Other([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "SAME/{name}")] HttpRequest request) => _ = request;
    }

    public static class BadName
    {
        [Function("no spaces please")]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class WrongTimerType
    {
        [Function("WrongTimer")]
        public static void Run([TimerTrigger("0 0 * * * *")] string timer) => _ = timer;
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class StrangeTriggerAttribute : TriggerBindingAttribute;
}
