using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Podium.Platform.Security;

/// <summary>The keys that fields are encrypted with: from settings (Key Vault references in Azure), or known to all in development.</summary>
public static class EncryptionSettings
{
    public static FieldCipher Cipher(IConfiguration configuration)
    {
        var keys = configuration.GetSection("Encryption:Keys").GetChildren().ToDictionary(key => key.Key, key => KeyOf(key.Value, $"Encryption__Keys__{key.Key}"));
        if (keys.Count == 0)
        {
            if (configuration["AZURE_FUNCTIONS_ENVIRONMENT"] != "Development")
                throw new InvalidOperationException("The settings Encryption__Keys__{id}, Encryption__Current and Encryption__IndexKey are missing; docs/settings.md says how to make them.");
            return new FieldCipher(new Dictionary<string, byte[]> { ["development"] = Known("fields") }, "development", Known("index"));
        }
        var current = configuration["Encryption:Current"] ?? "";
        if (!keys.ContainsKey(current)) throw new InvalidOperationException($"The setting Encryption__Current names the key '{current}', which is not among Encryption__Keys.");
        return new FieldCipher(keys, current, KeyOf(configuration["Encryption:IndexKey"], "Encryption__IndexKey"));
    }

    private static byte[] KeyOf(string? text, string setting)
    {
        var key = new byte[32];
        return Convert.TryFromBase64String(text ?? "", key, out var length) && length == key.Length
            ? key
            : throw new InvalidOperationException($"The setting {setting} must be 32 bytes in base64; make one with: openssl rand -base64 32");
    }

    // no secret: what is written here is for machines that hold nothing worth hiding
    private static byte[] Known(string purpose) => SHA256.HashData(Encoding.UTF8.GetBytes($"podium development {purpose}"));
}
