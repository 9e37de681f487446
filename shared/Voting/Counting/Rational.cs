using System.Globalization;
using System.Numerics;

namespace Podium.Voting.Counting;

/// <summary>An exact fraction: counting never rounds.</summary>
public readonly struct Rational : IEquatable<Rational>, IComparable<Rational>
{
    private readonly BigInteger _denominator;

    public Rational(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero) throw new DivideByZeroException();
        if (denominator.Sign < 0) (numerator, denominator) = (-numerator, -denominator);
        var common = BigInteger.GreatestCommonDivisor(numerator, denominator);
        (Numerator, _denominator) = common.IsOne ? (numerator, denominator) : (numerator / common, denominator / common);
    }

    public BigInteger Numerator { get; }

    // a default value is zero, whose denominator is one
    public BigInteger Denominator => _denominator.IsZero ? BigInteger.One : _denominator;

    public static Rational Zero => default;

    public static Rational One => new(1, 1);

    public bool IsZero => Numerator.IsZero;

    /// <summary>A decimal number is a fraction of a power of ten.</summary>
    public static implicit operator Rational(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var scale = (bits[3] >> 16) & 0xff;
        var digits = ((BigInteger)(uint)bits[2] << 64) | ((BigInteger)(uint)bits[1] << 32) | (uint)bits[0];
        return new Rational(value < 0 ? -digits : digits, BigInteger.Pow(10, scale));
    }

    public static Rational operator +(Rational left, Rational right) =>
        left.Denominator == right.Denominator
            ? new(left.Numerator + right.Numerator, left.Denominator)
            : new((left.Numerator * right.Denominator) + (right.Numerator * left.Denominator), left.Denominator * right.Denominator);

    public static Rational operator -(Rational value) => new(-value.Numerator, value.Denominator);

    public static Rational operator -(Rational left, Rational right) => left + -right;

    public static Rational operator *(Rational left, Rational right) => new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    public static Rational operator /(Rational left, Rational right) => new(left.Numerator * right.Denominator, left.Denominator * right.Numerator);

    public static bool operator <(Rational left, Rational right) => left.CompareTo(right) < 0;

    public static bool operator >(Rational left, Rational right) => left.CompareTo(right) > 0;

    public static bool operator <=(Rational left, Rational right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Rational left, Rational right) => left.CompareTo(right) >= 0;

    public static bool operator ==(Rational left, Rational right) => left.Equals(right);

    public static bool operator !=(Rational left, Rational right) => !left.Equals(right);

    /// <summary>The largest whole number that is not above it.</summary>
    public BigInteger Floor()
    {
        var whole = BigInteger.DivRem(Numerator, Denominator, out var rest);
        return rest.Sign < 0 ? whole - 1 : whole;
    }

    /// <summary>To show it: cut off after six digits.</summary>
    public decimal ToDecimal() => (decimal)(Numerator * 1_000_000 / Denominator) / 1_000_000m;

    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    public bool Equals(Rational other) => Numerator == other.Numerator && Denominator == other.Denominator;

    public override bool Equals(object? obj) => obj is Rational other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Numerator, Denominator);

    public override string ToString() => Denominator.IsOne ? Numerator.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");
}
