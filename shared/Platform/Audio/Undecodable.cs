namespace Podium.Platform.Audio;

// Ends the decoding from the depth of a decoder; thrown and caught inside this folder only.
internal sealed class Undecodable(string reason) : Exception(reason)
{
    /// <summary>One of <see cref="Listening"/>'s reasons.</summary>
    public string Reason { get; } = reason;

    public static Undecodable Damaged() => new(Listening.Damaged);

    public static Undecodable Format() => new(Listening.NoDecoder);
}
