using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Podium.Operations;

/// <summary>A person who never was, always the same one for the same id.</summary>
public sealed record SamplePerson(string FirstName, string LastName, string Email, string Username, string StudentNumber, string Phone, DateOnly DateOfBirth)
{
    private static readonly (string[] First, string[] Last)[] Countries =
    [
        (["Aigerim", "Nurlan", "Dana", "Yerlan", "Aliya", "Timur", "Madina", "Arman", "Saule", "Bauyrzhan"],
         ["Akhmetova", "Serik", "Omarova", "Tulegen", "Iskakova", "Zhumabay", "Kassymova", "Nurpeis", "Abdrakhman", "Satpayeva"]),
        (["Anna", "Ivan", "Olga", "Dmitri", "Elena", "Sergei", "Maria", "Pavel", "Irina", "Mikhail"],
         ["Sokolova", "Orlov", "Vinogradova", "Belov", "Kuznetsova", "Zaitsev", "Morozova", "Lebedev", "Volkova", "Romanov"]),
        (["Camille", "Louis", "Margaux", "Hugo", "Juliette", "Gabriel", "Louise", "Théo", "Manon", "Raphaël"],
         ["Dubois", "Lefèvre", "Moreau", "Girard", "Fontaine", "Chevalier", "Rousseau", "Mercier", "Blanchard", "Perrin"]),
        (["Grace", "Henry", "Emily", "Oliver", "Charlotte", "Jack", "Amelia", "George", "Sophie", "Thomas"],
         ["Hughes", "Carter", "Bennett", "Walsh", "Foster", "Marshall", "Palmer", "Hayes", "Doyle", "Whitfield"]),
    ];

    public static SamplePerson Of(Guid tenantId, Guid id)
    {
        Span<byte> key = stackalloc byte[32];
        tenantId.TryWriteBytes(key, bigEndian: true, out _);
        id.TryWriteBytes(key[16..], bigEndian: true, out _);
        var dice = SHA256.HashData(key);
        var (first, last) = Countries[dice[0] % Countries.Length];
        var firstName = first[dice[1] % first.Length];
        var lastName = last[dice[2] % last.Length];
        // half a UUID's worth of chance keeps two people of a tenant apart
        var tail = Convert.ToHexStringLower(dice.AsSpan(3, 8));
        var number = BinaryPrimitives.ReadUInt32BigEndian(dice.AsSpan(11));
        return new SamplePerson(
            firstName,
            lastName,
            $"{Plain(firstName)}.{Plain(lastName)}.{tail}@example.org",
            $"{Plain(firstName)}.{tail}",
            $"S{number % 10_000_000:0000000}",
            string.Create(CultureInfo.InvariantCulture, $"+7700{number % 10_000_000:0000000}"),
            new DateOnly(1985, 1, 1).AddDays((int)(number % 8000)));
    }

    private static string Plain(string name) => string.Concat(name.Normalize(System.Text.NormalizationForm.FormD).Where(char.IsAsciiLetter)).ToLowerInvariant();
}
