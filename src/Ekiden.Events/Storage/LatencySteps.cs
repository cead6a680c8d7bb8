namespace Ekiden.Events.Storage;

/// <summary>
/// Times from acceptance to hand-over in steps of a tenth of a power of ten, so that percentiles come from counts: the
/// true value is at most 26 % lower than the one that is told.
/// </summary>
internal static class LatencySteps
{
    private const int StepsPerPower = 10;

    /// <summary>The step of a time: 1 for up to a millisecond.</summary>
    public static int Of(long milliseconds) =>
        1 + (int)Math.Ceiling(StepsPerPower * Math.Log10(Math.Max(1, milliseconds)));

    /// <summary>The longest time of a step, in milliseconds.</summary>
    public static double UpperBound(int step) => Math.Pow(10, (step - 1) / (double)StepsPerPower);
}
