using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Podium.CrashApp;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(builder.Configuration["Postgres"]!));
builder.Services.AddSingleton<Effects>();
builder.Build().Run();
