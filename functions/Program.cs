using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Podium.Functions.Middleware;
using Podium.Operations;
using Podium.Platform;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();

builder.UseMiddleware<Correlation>();
builder.UseMiddleware<ProblemAnswers>();

builder.Services
    .AddPlatform(builder.Configuration)
    .AddOperations();

builder.Build().Run();
