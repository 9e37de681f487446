namespace Podium.Platform.Codes;

/// <summary>Reed-Solomon codes over GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1, as QR codes use them.</summary>
internal static class ReedSolomon
{
    private static readonly byte[] Exponents = new byte[512];
    private static readonly byte[] Logarithms = new byte[256];

    static ReedSolomon()
    {
        for (var (power, value) = (0, 1); power < 255; power++)
        {
            (Exponents[power], Exponents[power + 255], Logarithms[value]) = ((byte)value, (byte)value, (byte)power);
            value <<= 1;
            if (value > 255) value ^= 0x11D;
        }
    }

    public static byte Multiply(byte one, byte other) => one == 0 || other == 0 ? (byte)0 : Exponents[Logarithms[one] + Logarithms[other]];

    /// <summary>Alpha to a power.</summary>
    public static byte Power(int power) => Exponents[power % 255];

    /// <summary>The codewords that make the whole divisible by the generator.</summary>
    public static byte[] Correction(ReadOnlySpan<byte> data, int count)
    {
        var generator = Generator(count);
        var remainder = new byte[count];
        foreach (var one in data)
        {
            var factor = (byte)(one ^ remainder[0]);
            Array.Copy(remainder, 1, remainder, 0, count - 1);
            remainder[count - 1] = 0;
            for (var place = 0; place < count; place++) remainder[place] ^= Multiply(generator[place], factor);
        }
        return remainder;
    }

    // without its leading one, the highest power first
    private static byte[] Generator(int degree)
    {
        var coefficients = new byte[degree];
        coefficients[degree - 1] = 1;
        for (var root = 0; root < degree; root++)
        {
            for (var place = 0; place < degree; place++)
            {
                coefficients[place] = Multiply(coefficients[place], Power(root));
                if (place + 1 < degree) coefficients[place] ^= coefficients[place + 1];
            }
        }
        return coefficients;
    }
}
