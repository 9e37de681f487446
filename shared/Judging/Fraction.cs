using System.Numerics;

namespace Podium.Judging;

/// <summary>How a number is cut to its places.</summary>
public enum RoundingMode
{
    /// <summary>2.5 becomes 3, −2.5 becomes −3: what people learn at school.</summary>
    HalfAwayFromZero,

    /// <summary>2.5 becomes 2, 3.5 becomes 4: no drift in long sums.</summary>
    HalfToEven,

    /// <summary>Towards zero.</summary>
    Down,

    /// <summary>Away from zero.</summary>
    Up,
}

/// <summary>Where and how a step of a computation is rounded.</summary>
public sealed record Rounding(int Places, RoundingMode Mode = RoundingMode.HalfAwayFromZero);

/// <summary>An exact number: scores are added, weighted and divided without any loss, and rounded only where a rule says so.</summary>
public readonly record struct Fraction : IComparable<Fraction>
{
    private readonly BigInteger _denominatorLessOne; // so that default is 0/1

    public Fraction(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero) throw new DivideByZeroException();
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        (Numerator, _denominatorLessOne) = (numerator / divisor, denominator / divisor - 1);
    }

    public BigInteger Numerator { get; }

    public BigInteger Denominator => _denominatorLessOne + 1;

    public static implicit operator Fraction(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var whole = ((BigInteger)(uint)bits[2] << 64) + ((BigInteger)(uint)bits[1] << 32) + (uint)bits[0];
        return new Fraction(bits[3] < 0 ? -whole : whole, BigInteger.Pow(10, (bits[3] >> 16) & 0xff));
    }

    public static Fraction operator +(Fraction a, Fraction b) => new(a.Numerator * b.Denominator + b.Numerator * a.Denominator, a.Denominator * b.Denominator);

    public static Fraction operator -(Fraction a, Fraction b) => a + new Fraction(-b.Numerator, b.Denominator);

    public static Fraction operator *(Fraction a, Fraction b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Fraction operator /(Fraction a, Fraction b) => new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public static bool operator <(Fraction a, Fraction b) => a.CompareTo(b) < 0;

    public static bool operator >(Fraction a, Fraction b) => a.CompareTo(b) > 0;

    public static bool operator <=(Fraction a, Fraction b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Fraction a, Fraction b) => a.CompareTo(b) >= 0;

    public static Fraction FromDecimal(decimal value) => value;

    public static Fraction Add(Fraction left, Fraction right) => left + right;

    public static Fraction Subtract(Fraction left, Fraction right) => left - right;

    public static Fraction Multiply(Fraction left, Fraction right) => left * right;

    public static Fraction Divide(Fraction left, Fraction right) => left / right;

    public static Fraction Sum(IEnumerable<Fraction> parts) => parts.Aggregate(default(Fraction), (sum, part) => sum + part);

    public int CompareTo(Fraction other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    public decimal Round(Rounding rounding)
    {
        var scale = BigInteger.Pow(10, rounding.Places);
        var (quotient, rest) = BigInteger.DivRem(BigInteger.Abs(Numerator) * scale, Denominator);
        var half = (2 * rest).CompareTo(Denominator);
        var up = rounding.Mode switch
        {
            RoundingMode.HalfAwayFromZero => half >= 0,
            RoundingMode.HalfToEven => half > 0 || (half == 0 && !quotient.IsEven),
            RoundingMode.Up => !rest.IsZero,
            _ => false,
        };
        return (decimal)(Numerator.Sign * (up ? quotient + 1 : quotient)) / (decimal)scale;
    }
}
