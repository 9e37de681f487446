namespace Podium.Platform.Files;

internal enum PdfToken : byte
{
    Null, True, False, Number, Name, Text, Reference, Array, Dictionary, Other,
}

// A value of a PDF on the tape of its object: where it stands in the text, and how many values of the tape it spans.
internal readonly record struct PdfValue(PdfToken Token, int Start, int Length, int Span, double Number)
{
    /// <summary>The object that a reference leads to.</summary>
    public int Target => Token == PdfToken.Reference ? (int)Number : -1;

    public long? Whole => Token == PdfToken.Number && Number is >= 0 and < 1e15 && Math.Floor(Number) == Number ? (long)Number : null;
}
