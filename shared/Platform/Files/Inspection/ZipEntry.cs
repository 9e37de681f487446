namespace Podium.Platform.Files;

// What the central directory says of an entry. Of its name only a digest is kept, enough to hold the local header to it.
internal readonly record struct ZipEntry(long LocalOffset, long CompressedSize, long Size, uint Crc, ushort Flags, ushort Method, UInt128 NameDigest)
{
    public const ushort Stored = 0, Deflated = 8;

    // encrypted, strongly encrypted, or with a masked directory
    public bool IsEncrypted => (Flags & 0x2041) != 0;

    public bool HasDescriptor => (Flags & 0x0008) != 0;

    public bool IsReadable => !IsEncrypted && Method is (Stored or Deflated);
}
