using Podium.Benchmarks;

// dotnet run -c Release --project tests/Podium.Benchmarks -- [http|queue|durable|blobs|kernel [statements|requests]|files|messages|judging|runs|boards|leaderboard|votes|votes-size|votes-verify|votes-live|votes-cast [clients]|fraud|fraud-rules|fraud-week|sandbox|competitions|competitions-lists|competitions-volume|exams|sounds [part of a way's name]]
// … -- all [--only messages,files] [--write docs/benchmarks.md]: each in a process of its own, with all figures on one page
var what = args.FirstOrDefault() ?? "all";
if (what == "all") return await AllBenchmarks.RunAsync(args);
if (what == "sounds") return await SoundsBenchmark.RunAsync(args[1..]);
await using var servers = await BenchServers.StartAsync();
Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}");
if (what is "http") await HttpBenchmark.RunAsync(servers);
if (what is "queue") await QueueBenchmark.RunAsync(servers);
if (what is "durable") await DurableBenchmark.RunAsync(servers);
if (what is "blobs") await BlobBenchmark.RunAsync(servers);
if (what is "messages") await MessagesBenchmark.RunAsync(servers);
if (what is "judging") JudgingBenchmark.Run();
if (what is "runs") await RunsBenchmark.RunAsync(servers);
if (what is "boards" or "leaderboard") await BoardsBenchmark.RunAsync(servers, what);
if (what is "kernel") await KernelBenchmark.RunAsync(servers, args.ElementAtOrDefault(1));
if (what is "files") await FileBenchmark.RunAsync(servers);
if (what is "votes" or "votes-size" or "votes-verify" or "votes-live" or "votes-cast") await VotesBenchmark.RunAsync(servers, what, args.ElementAtOrDefault(1));
if (what is "fraud" or "fraud-rules" or "fraud-week") await FraudBenchmark.RunAsync(servers, what);
if (what is "sandbox") await SandboxBenchmark.RunAsync();
if (what is "competitions" or "competitions-lists" or "competitions-volume") await CompetitionsBenchmark.RunAsync(servers, what);
if (what is "exams") await ExamsBenchmark.RunAsync(servers);
if (what is "points") await PointsBenchmark.RunAsync(servers);
if (what is "analytics") await AnalyticsBenchmark.RunAsync(servers, args.ElementAtOrDefault(1));
if (what is "learning") await LearningBenchmark.RunAsync(servers, args.ElementAtOrDefault(1));
return 0;
