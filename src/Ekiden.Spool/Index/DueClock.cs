namespace Ekiden.Spool.Index;

/// <summary>
/// Moments in units of 100 ms in 32 bits: from five years before the process started to more than eight years after.
/// Moments outside stand at the ends. Only memory holds such ticks; the disk has whole times.
/// </summary>
internal readonly struct DueClock(DateTimeOffset started)
{
    private const long Unit = TimeSpan.TicksPerMillisecond * 100;
    private static readonly TimeSpan Before = TimeSpan.FromDays(5 * 365);

    // A multiple of the unit, so that a tick is the same moment in every process.
    private readonly long _first = (started.UtcTicks - Before.Ticks) / Unit * Unit;

    /// <summary>The first tick that is not before the moment.</summary>
    public uint Tick(DateTimeOffset moment) =>
        (uint)Math.Clamp((moment.UtcTicks - _first + Unit - 1) / Unit, 0, uint.MaxValue);

    /// <summary>The tick as every process counts it: units since the year 1.</summary>
    public long Absolute(uint tick) => (_first / Unit) + tick;

    /// <summary>The tick of this process for what <see cref="Absolute"/> gave in another.</summary>
    public uint Relative(long absolute) => (uint)Math.Clamp(absolute - (_first / Unit), 0, uint.MaxValue);

    /// <summary>The moment of a tick.</summary>
    public DateTimeOffset Moment(uint tick) => new(_first + (tick * Unit), TimeSpan.Zero);
}
