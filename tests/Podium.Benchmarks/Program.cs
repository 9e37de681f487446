using Podium.Benchmarks;

// dotnet run -c Release --project tests/Podium.Benchmarks -- [http|queue|durable|blobs|kernel [statements|requests]|files|messages|judging|runs|boards|leaderboard|votes|votes-size|votes-verify|votes-live|votes-cast [clients]|fraud|fraud-rules|fraud-week|sandbox|competitions|competitions-lists|competitions-volume|exams|points|analytics [events]|learning [attempts]|all]
var what = args.FirstOrDefault() ?? "all";
await using var servers = await BenchServers.StartAsync();
Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}");
if (what is "all" or "http") await HttpBenchmark.RunAsync(servers);
if (what is "all" or "queue") await QueueBenchmark.RunAsync(servers);
if (what is "all" or "durable") await DurableBenchmark.RunAsync(servers);
if (what is "all" or "blobs") await BlobBenchmark.RunAsync(servers);
if (what is "all" or "messages") await MessagesBenchmark.RunAsync(servers);
if (what is "all" or "judging") JudgingBenchmark.Run();
if (what is "all" or "runs") await RunsBenchmark.RunAsync(servers);
if (what is "all" or "boards" or "leaderboard") await BoardsBenchmark.RunAsync(servers, what);
if (what is "all" or "kernel") await KernelBenchmark.RunAsync(servers, args.ElementAtOrDefault(1));
if (what is "all" or "files") await FileBenchmark.RunAsync(servers);
if (what is "all" or "votes" or "votes-size" or "votes-verify" or "votes-live" or "votes-cast") await VotesBenchmark.RunAsync(servers, what, args.ElementAtOrDefault(1));
if (what is "all" or "fraud" or "fraud-rules" or "fraud-week") await FraudBenchmark.RunAsync(servers, what);
if (what is "all" or "sandbox") await SandboxBenchmark.RunAsync();
if (what is "all" or "competitions" or "competitions-lists" or "competitions-volume") await CompetitionsBenchmark.RunAsync(servers, what);
if (what is "all" or "exams") await ExamsBenchmark.RunAsync(servers);
if (what is "all" or "points") await PointsBenchmark.RunAsync(servers);
if (what is "all" or "analytics") await AnalyticsBenchmark.RunAsync(servers, args.ElementAtOrDefault(1));
if (what is "all" or "learning") await LearningBenchmark.RunAsync(servers, args.ElementAtOrDefault(1));
