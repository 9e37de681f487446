namespace Podium.Judging;

/// <summary>The little that the models need: symmetric, positive definite systems by Cholesky's method.</summary>
internal static class LinearAlgebra
{
    public static double[] Solve(double[,] matrix, double[] right) => Substitute(Cholesky(matrix), right);

    public static double[,] Inverse(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var (lower, inverse) = (Cholesky(matrix), new double[n, n]);
        for (var column = 0; column < n; column++)
        {
            var unit = new double[n];
            unit[column] = 1;
            var solved = Substitute(lower, unit);
            for (var row = 0; row < n; row++) inverse[row, column] = solved[row];
        }
        return inverse;
    }

    private static double[,] Cholesky(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var lower = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = matrix[i, j];
                for (var k = 0; k < j; k++) sum -= lower[i, k] * lower[j, k];
                if (i != j) lower[i, j] = sum / lower[j, j];
                else if (sum > 0) lower[i, i] = Math.Sqrt(sum);
                else throw new ArithmeticException("The equations do not determine an answer.");
            }
        }
        return lower;
    }

    private static double[] Substitute(double[,] lower, double[] right)
    {
        var n = right.Length;
        var solved = (double[])right.Clone();
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < i; k++) solved[i] -= lower[i, k] * solved[k];
            solved[i] /= lower[i, i];
        }
        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++) solved[i] -= lower[k, i] * solved[k];
            solved[i] /= lower[i, i];
        }
        return solved;
    }
}
