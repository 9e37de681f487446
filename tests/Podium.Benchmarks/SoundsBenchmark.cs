using System.Diagnostics;
using System.Globalization;
using Podium.Platform.Audio;
using Podium.Platform.Files;
using Podium.Tests.Platform.Audio;

namespace Podium.Benchmarks;

/// <summary>How well recordings are known again by their sound, and others are not. What is encoded anew is so by lame, flac and ffmpeg, which must be installed.</summary>
internal static class SoundsBenchmark
{
    private const int Songs = 24;
    private const int Tried = 6;
    private const double Seconds = 130;

    // what becomes of a recording: a name, a command that reads in.wav, and what it writes
    private static readonly (string Name, string Command, string Out)[] Ways =
    [
        ("FLAC", "flac -s -8 -f -o out.flac in.wav", "out.flac"),
        ("MP3, 320 kbit/s", "lame --quiet -b 320 in.wav out.mp3", "out.mp3"),
        ("MP3, 128 kbit/s", "lame --quiet -b 128 in.wav out.mp3", "out.mp3"),
        ("MP3, variable (V5)", "lame --quiet -V 5 in.wav out.mp3", "out.mp3"),
        ("MP3, 64 kbit/s", "lame --quiet -b 64 in.wav out.mp3", "out.mp3"),
        ("MP3, 32 kbit/s, one channel, 22.05 kHz", "lame --quiet -b 32 -m m --resample 22.05 in.wav out.mp3", "out.mp3"),
        ("MP3, 16 kbit/s, one channel, 11.025 kHz", "lame --quiet -b 16 -m m --resample 11.025 in.wav out.mp3", "out.mp3"),
        ("Ogg Vorbis, 80 kbit/s, played into a WAV", "ffmpeg -y -v error -i in.wav -c:a libvorbis -q:a 1 out.ogg && ffmpeg -y -v error -i out.ogg out.wav", "out.wav"),
        ("AAC, 96 kbit/s, played into a WAV", "ffmpeg -y -v error -i in.wav -c:a aac -b:a 96k out.m4a && ffmpeg -y -v error -i out.m4a out.wav", "out.wav"),
        ("Opus, 48 kbit/s, played into a WAV", "ffmpeg -y -v error -i in.wav -c:a libopus -b:a 48k out.opus && ffmpeg -y -v error -i out.opus out.wav", "out.wav"),
        ("WAV, 8 bits, 8 kHz, one channel", "ffmpeg -y -v error -i in.wav -ac 1 -ar 8000 -c:a pcm_u8 out.wav", "out.wav"),
        ("WAV, 24 bits, 96 kHz", "ffmpeg -y -v error -i in.wav -ar 96000 -c:a pcm_s24le out.wav", "out.wav"),
        ("18 dB quieter, MP3 of 128 kbit/s", "ffmpeg -y -v error -i in.wav -af volume=-18dB -b:a 128k out.mp3", "out.mp3"),
        ("6 dB louder and clipped, MP3", "ffmpeg -y -v error -i in.wav -af volume=6dB -b:a 128k out.mp3", "out.mp3"),
        ("the first 7.3 s cut off, MP3", "ffmpeg -y -v error -ss 7.3 -i in.wav -b:a 128k out.mp3", "out.mp3"),
        ("the first 50 s cut off, MP3", "ffmpeg -y -v error -ss 50 -i in.wav -b:a 128k out.mp3", "out.mp3"),
        ("20 s of silence ahead, MP3", "ffmpeg -y -v error -i in.wav -af adelay=20000:all=1 -b:a 128k out.mp3", "out.mp3"),
        ("bass and treble raised by 6 dB, MP3", "ffmpeg -y -v error -i in.wav -af bass=g=6,treble=g=6,volume=-6dB -b:a 128k out.mp3", "out.mp3"),
        ("compressed, MP3", "ffmpeg -y -v error -i in.wav -af acompressor=threshold=0.1:ratio=6:makeup=2 -b:a 128k out.mp3", "out.mp3"),
        ("an echo added, MP3", "ffmpeg -y -v error -i in.wav -af aecho=0.8:0.5:60:0.4 -b:a 128k out.mp3", "out.mp3"),
        ("1 % faster and higher", "ffmpeg -y -v error -i in.wav -af asetrate=44541,aresample=44100 out.wav", "out.wav"),
        ("3 % faster at its pitch", "ffmpeg -y -v error -i in.wav -af atempo=1.03 out.wav", "out.wav"),
    ];

    private sealed record Known(string Name, SoundFingerprint Fingerprint, byte[] Packed, IReadOnlyList<(uint Moment, int At)> Marks);

    /// <summary>… -- sounds [part of a way's name], or sounds wav seed band rate seconds file: writes a song down.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["wav", var seed, var band, var rate, var length, var path])
        {
            await File.WriteAllBytesAsync(path, new Tunes(Number(seed), Number(band), Number(rate)).Wav(Number(length)));
            return 0;
        }
        var only = args.FirstOrDefault();
        var folder = Directory.CreateTempSubdirectory("podium-sounds");
        try
        {
            var known = new List<Known>();
            var tunes = Enumerable.Range(1, Songs).Select(seed => ($"song {seed}", new Tunes(seed))).Concat(Enumerable.Range(1, Songs).Select(seed => ($"band {seed}", new Tunes(seed + 1000, seed)))).ToList();
            var watch = Stopwatch.StartNew();
            var hearing = TimeSpan.Zero;
            foreach (var (name, tune) in tunes)
            {
                var wav = tune.Wav(Seconds);
                await File.WriteAllBytesAsync(Path.Combine(folder.FullName, $"{name}.wav"), wav);
                var begun = watch.Elapsed;
                known.Add(await HearAsync(name, Path.Combine(folder.FullName, $"{name}.wav")));
                hearing += watch.Elapsed - begun;
            }
            Say($"{known.Count} recordings of {Seconds} s; {hearing.TotalMilliseconds / known.Count:0} ms each; {known.Average(song => song.Packed.Length) / 1024:0.0} KB and {known.Average(song => song.Marks.Count):0} marks kept");
            if (only is null) Strangers(known);
            foreach (var way in Ways.Where(way => only is null || way.Name.Contains(only, StringComparison.OrdinalIgnoreCase))) await TryAsync(folder.FullName, way, known);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // the least distance at any alignment, found by marks or not
    private static void Strangers(List<Known> known)
    {
        var (least, bands, alike) = (new List<double>(), new List<double>(), 0);
        for (var i = 0; i < known.Count; i++)
        {
            for (var j = i + 1; j < known.Count; j++)
            {
                var distance = Enumerable.Range(-known[i].Fingerprint.Moments.Length, 2 * known[i].Fingerprint.Moments.Length).Min(shift => known[i].Fingerprint.Distance(known[j].Packed, shift)) ?? 1;
                var found = Find(known[i], [known[j]]).Distance ?? 1;
                (j - i == Songs ? bands : least).Add(Math.Min(distance, found));
                if (found < SoundFingerprint.Threshold) alike++;
            }
        }
        Say($"other songs, best of all alignments: {least.Count} pairs, least distance {least.Min():0.000}, median {Median(least):0.000}");
        Say($"other songs of the same band: {bands.Count} pairs, least distance {bands.Min():0.000}, median {Median(bands):0.000}; taken for the same: {alike}");
    }

    private static async Task TryAsync(string folder, (string Name, string Command, string Out) way, List<Known> known)
    {
        var (distances, marks, found, wrong, hearing) = (new List<double>(), new List<int>(), 0, 0, TimeSpan.Zero);
        foreach (var song in known.Take(Tried))
        {
            File.Copy(Path.Combine(folder, $"{song.Name}.wav"), Path.Combine(folder, "in.wav"), overwrite: true);
            using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", way.Command]) { WorkingDirectory = folder })!;
            await shell.WaitForExitAsync();
            if (shell.ExitCode != 0) throw new InvalidOperationException($"'{way.Command}' ended with {shell.ExitCode}.");
            var watch = Stopwatch.StartNew();
            var heard = await HearAsync("", Path.Combine(folder, way.Out));
            hearing += watch.Elapsed;
            var (_, shared, distance) = Find(heard, [song]);
            distances.Add(distance ?? 1);
            marks.Add(shared);
            if (distance < SoundFingerprint.Threshold) found++;
            wrong += known.Count(other => other != song && Find(heard, [other]).Distance < SoundFingerprint.Threshold);
        }
        Say($"| {way.Name} | {found} of {Tried} | {Median(distances):0.000} | {distances.Max():0.000} | {marks.Min()} | {wrong} | {hearing.TotalMilliseconds / Tried:0} ms |");
    }

    // as the database does it: marks that are shared at one distance, then the bits there
    private static (string? Name, int Marks, double? Distance) Find(Known heard, IEnumerable<Known> known)
    {
        var wanted = heard.Fingerprint.Wanted().ToLookup(mark => mark.Moment, mark => mark.At);
        var hits = from song in known from mark in song.Marks from at in wanted[mark.Moment] group (mark.At, Shift: at - mark.At) by (song, (at - mark.At) / 8) into aligned select aligned;
        var best = (Name: (string?)null, Marks: 0, Distance: (double?)null);
        foreach (var aligned in hits)
        {
            var shared = aligned.Select(hit => hit.At).Distinct().Count();
            if (shared < 2) continue;
            var shift = (int)Math.Round(aligned.Average(hit => hit.Shift));
            var distance = Enumerable.Range(shift - 8, 17).Min(by => heard.Fingerprint.Distance(aligned.Key.song.Packed, by));
            if (distance < (best.Distance ?? 1) || (distance == best.Distance && shared > best.Marks)) best = (aligned.Key.song.Name, shared, distance);
        }
        return best;
    }

    private static async Task<Known> HearAsync(string name, string path)
    {
        await using var file = File.OpenRead(path);
        var heard = await Listening.HearAsync(file, Path.GetExtension(path) switch { ".mp3" => FileKind.Mp3, ".flac" => FileKind.Flac, _ => FileKind.Wav }, CancellationToken.None);
        var fingerprint = heard.Fingerprint ?? throw new InvalidOperationException($"{path}: {heard.Reason}");
        return new Known(name, fingerprint, fingerprint.Pack(), fingerprint.Marks());
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
