namespace Ekiden.Delivery.Lanes;

/// <summary>
/// How many bytes per second may leave, so that mass mail never chokes the line: a message goes while the account is in
/// credit and is charged its size afterwards. Bulk waits as soon as the credit is used; other mail may overdraw it by
/// some seconds' worth.
/// </summary>
/// <remarks>Thread-safe; free when there is no limit.</remarks>
internal sealed class ByteBudget
{
    private static readonly TimeSpan Overdraft = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Func<double?> _perSecond;
    private TimeSpan _paidUntil;

    /// <param name="perSecond">The limit now; null is none.</param>
    public ByteBudget(Func<double?> perSecond) => _perSecond = perSecond;

    /// <summary>Until a message may go; zero or less when one may go now.</summary>
    public TimeSpan UntilFree(TimeSpan now, bool isBulk)
    {
        if (_perSecond() is null) return TimeSpan.Zero;
        lock (_gate) return _paidUntil - now - (isBulk ? TimeSpan.Zero : Overdraft);
    }

    /// <summary>A message goes.</summary>
    public void Charge(TimeSpan now, long bytes)
    {
        if (_perSecond() is not { } perSecond) return;
        lock (_gate) _paidUntil = (_paidUntil > now ? _paidUntil : now) + TimeSpan.FromSeconds(bytes / perSecond);
    }
}
