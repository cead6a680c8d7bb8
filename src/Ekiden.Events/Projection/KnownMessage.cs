using Ekiden.Events.Storage;

namespace Ekiden.Events.Projection;

/// <summary>A message that events are written about, as long as it is remembered.</summary>
internal sealed class KnownMessage(MessageRow row)
{
    public MessageRow Row { get; } = row;

    /// <summary>The day in whose file it stands as <see cref="Key"/>; others need a row of their own.</summary>
    public DateOnly Day { get; set; }

    /// <summary>Its key there.</summary>
    public long Key { get; set; }

    /// <summary>All its recipients stand there too.</summary>
    public bool HasRecipients { get; set; }

    /// <summary>Recipients that have not ended yet, as far as this process saw.</summary>
    public int Unfinished { get; set; } = row.Recipients.Length;
}
