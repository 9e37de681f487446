namespace Podium.Learning.Plagiarism;

/// <summary>Where a fingerprint stands: lines of one language's code.</summary>
public readonly record struct CodeSpan(CodeLanguage Language, int From, int To)
{
    private const int LineBits = 20;
    private const long LineMask = (1L << LineBits) - 1;

    /// <summary>In one number, as it is stored.</summary>
    public long Packed => ((long)Language << (2 * LineBits)) | ((long)From << LineBits) | (uint)To;

    public static CodeSpan Of(long packed) => new((CodeLanguage)(packed >> (2 * LineBits)), (int)((packed >> LineBits) & LineMask), (int)(packed & LineMask));
}

/// <summary>What is compared of a page's code: some of its hashes of <see cref="Gram"/> tokens, each once, and where they stand.</summary>
public sealed record Fingerprints(long[] Hashes, long[] Spans)
{
    /// <summary>Nothing shorter than so many tokens is noticed.</summary>
    public const int Gram = 10;

    public const int Window = 6;

    /// <summary>Whatever is shared and has so many tokens is found.</summary>
    public const int Guaranteed = Gram + Window - 1;

    private static readonly HashSet<ulong> Nothing = [];

    public static Fingerprints Of(EditChallenge.Code code) => Of(code, Nothing);

    /// <summary>What a solution has of its own: not what everybody was given, and not what the task's author wrote as well.</summary>
    public static Fingerprints OfSolution(EditChallenge.Code code, EditChallenge.Content content) => Of(code, [.. Grams(content.StarterCode), .. Grams(content.SolutionCode)]);

    private static Fingerprints Of(EditChallenge.Code code, HashSet<ulong> leftOut)
    {
        var found = new Dictionary<long, long>();
        foreach (var (language, tokens) in Streams(code))
        {
            var hashes = Hash(language, tokens);
            foreach (var at in Winnowing.Select(hashes, Window, leftOut))
                found.TryAdd(unchecked((long)hashes[at]), new CodeSpan(language, tokens.Skip(at).Take(Gram).Min(token => token.Line), tokens.Skip(at).Take(Gram).Max(token => token.Line)).Packed);
        }
        return new Fingerprints([.. found.Keys], [.. found.Values]);
    }

    private static IEnumerable<ulong> Grams(EditChallenge.Code code) => Streams(code).SelectMany(stream => Hash(stream.Language, stream.Tokens));

    private static (CodeLanguage Language, List<CodeToken> Tokens)[] Streams(EditChallenge.Code code) =>
        [(CodeLanguage.Html, HtmlTokens.Of(code.Html)), (CodeLanguage.Css, CssTokens.Of(code.Css)), (CodeLanguage.Js, JsTokens.Of(code.Js))];

    private static ulong[] Hash(CodeLanguage language, List<CodeToken> tokens)
    {
        if (tokens.Count < Gram) return [];
        var words = tokens.Select(token => Fnv(token.Text)).ToArray();
        var hashes = new ulong[tokens.Count - Gram + 1];
        for (var at = 0; at < hashes.Length; at++)
        {
            var sum = 0x9E3779B97F4A7C15UL * ((ulong)language + 1);
            for (var i = 0; i < Gram; i++) sum = Mix(sum ^ words[at + i]);
            hashes[at] = sum;
        }
        return hashes;
    }

    // FNV-1a: the same on every machine and in every year, since hashes are stored
    private static ulong Fnv(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text) hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }

    // the finaliser of SplitMix64: the least hash is then no particular kind of code
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
