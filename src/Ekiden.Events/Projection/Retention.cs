using Ekiden.Events.Storage;
using Microsoft.Extensions.Logging;

namespace Ekiden.Events.Projection;

/// <summary>Lets the files of days go that nobody keeps any longer; looked at once a day.</summary>
internal sealed partial class Retention(EventFiles files, TimeSpan kept, ILogger logger)
{
    private DateOnly _looked;

    /// <summary>Removes what is older than is kept, when a new day has begun since the last look.</summary>
    public void Apply(DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (today == _looked) return;
        _looked = today;
        var oldest = DateOnly.FromDateTime((now - kept).UtcDateTime);
        foreach (var day in files.Days.Where(day => day < oldest))
        {
            files.Delete(day);
            Log.Removed(logger, day);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "The events of {Day} are over their time and were removed")]
        public static partial void Removed(ILogger logger, DateOnly day);
    }
}
