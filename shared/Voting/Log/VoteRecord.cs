using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Podium.Voting.Log;

/// <summary>
/// An entry of a voting's log as it is hashed. The salt, which only the voter and the export have, keeps published hashes from telling what was voted.
/// </summary>
public sealed record VoteRecord
{
    public required Guid SessionId { get; init; }

    public required long Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>A pseudonym that is the voter's in this voting only.</summary>
    public required Guid Voter { get; init; }

    public required int Period { get; init; }

    /// <summary>The option that is voted for on its own; 0 is a whole ballot.</summary>
    public required int Option { get; init; }

    public required int Group { get; init; }

    /// <summary>What the entry adds to the counts: 1, -1, or 0 where the vote is not counted.</summary>
    public required int Delta { get; init; }

    /// <summary>cast, withdrawn, held, counted or voided.</summary>
    public required string Action { get; init; }

    public string? Country { get; init; }

    public required decimal Weight { get; init; }

    public IReadOnlyList<int>? Choices { get; init; }

    public string? Note { get; init; }

    /// <summary>In base64url.</summary>
    public required string Salt { get; init; }

    /// <summary>What is hashed: every field in this order, each after its length in characters, so that no two records read the same.</summary>
    public string Text()
    {
        var text = new StringBuilder("podium-vote-1");
        void Add(string? field) => text.Append(CultureInfo.InvariantCulture, $"|{(field is null ? "-" : field.Length.ToString(CultureInfo.InvariantCulture))}:{field}");
        Add(SessionId.ToString());
        Add(Id.ToString(CultureInfo.InvariantCulture));
        Add(InstantOf(At));
        Add(Voter.ToString());
        Add(Period.ToString(CultureInfo.InvariantCulture));
        Add(Option.ToString(CultureInfo.InvariantCulture));
        Add(Group.ToString(CultureInfo.InvariantCulture));
        Add(Delta.ToString(CultureInfo.InvariantCulture));
        Add(Action);
        Add(Country);
        Add(Weight.ToString("0.###", CultureInfo.InvariantCulture));
        Add(Choices is null ? null : string.Join(',', Choices.Select(choice => choice.ToString(CultureInfo.InvariantCulture))));
        Add(Note);
        Add(Salt);
        return text.ToString();
    }

    public byte[] Leaf() => MerkleTree.LeafOf(Encoding.UTF8.GetBytes(Text()));

    internal static string InstantOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}

/// <summary>A sealed part of a log: so many entries from a number on, their Merkle root, and the chain to the part before.</summary>
public sealed record Seal
{
    public required int Number { get; init; }

    /// <summary>The place in the whole log of the first entry, from 1 on.</summary>
    public required long FirstNo { get; init; }

    public required int Entries { get; init; }

    public required long LastId { get; init; }

    public required byte[] Root { get; init; }

    /// <summary>The seal before; of the first, what <see cref="Origin"/> gives.</summary>
    public required byte[] Previous { get; init; }

    public required DateTimeOffset SealedAt { get; init; }

    /// <summary>What the first seal is chained to.</summary>
    public static byte[] Origin(Guid sessionId) => SHA256.HashData(Encoding.UTF8.GetBytes($"podium-log-1|{sessionId}"));

    /// <summary>The seal itself: nothing before it can change without changing it.</summary>
    public byte[] Hash(Guid sessionId) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"podium-seal-1|{sessionId}|{Number}|{FirstNo}|{Entries}|{LastId}|{VoteRecord.InstantOf(SealedAt)}|{Convert.ToHexStringLower(Root)}|{Convert.ToHexStringLower(Previous)}")));
}
