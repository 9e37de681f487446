using System.Buffers.Binary;
using System.Net;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Voting.Fraud;

/// <summary>What votes are seen together by, as hashes with a key of the tenant: nobody reads an address or a fingerprint out of them.</summary>
public sealed class FraudKeys(FieldCipher cipher)
{
    public long Device(Actor actor, string fingerprint) => Of(actor, "fingerprint", fingerprint);

    public long? Address(Actor actor, IPAddress? address) => AtTheDoor.IsShared(address) ? null : Of(actor, "address", AtTheDoor.AddressOf(address!));

    public long? Network(Actor actor, IPAddress? address) => AtTheDoor.IsShared(address) ? null : Of(actor, "network", AtTheDoor.NetworkOf(address!));

    public long Voter(Actor actor, Guid sessionId, Guid voter) => Of(actor, "seen", $"{sessionId}:{voter}");

    private long Of(Actor actor, string what, string text) => BinaryPrimitives.ReadInt64BigEndian(cipher.BlindIndex(text, $"votes.{what}:{actor.TenantId}"));
}
