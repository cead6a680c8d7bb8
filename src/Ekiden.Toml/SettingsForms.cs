using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Ekiden.Mail;

namespace Ekiden.Toml;

/// <summary>Every kind of value that settings have.</summary>
public static class SettingsForms
{
    /// <summary>Any text.</summary>
    public static readonly SettingsForm<string> Text = OfText<string>("a text that is not empty", TryText);

    /// <summary>Yes or no.</summary>
    public static readonly SettingsForm<bool> Flag = new("true or false", TryFlag);

    /// <summary>See <see cref="DurationText"/>.</summary>
    public static readonly SettingsForm<TimeSpan> Duration =
        OfText<TimeSpan>("a duration such as \"100ms\", \"30s\", \"5m\", \"24h\" or \"5d\"", TryDuration);

    /// <summary>Bytes; see <see cref="SizeText"/>.</summary>
    public static readonly SettingsForm<long> Size = new(
        "a size such as \"25MiB\", \"500KB\" or a number of bytes", TrySize);

    /// <summary>In lower case and A-label form.</summary>
    public static readonly SettingsForm<string> Domain = OfText<string>("a domain name", TryDomain);

    /// <summary>IPv4 or IPv6, written in full.</summary>
    public static readonly SettingsForm<IPAddress> Address = OfText<IPAddress>("an IP address", TryAddress);

    /// <summary>With its port.</summary>
    public static readonly SettingsForm<IPEndPoint> EndPoint = OfText<IPEndPoint>(
        "an address and a port such as \"0.0.0.0:587\" or \"[::]:25\"",
        static (string text, [NotNullWhen(true)] out IPEndPoint? result) => TryEndPoint(text, null, out result));

    /// <summary>Port 53 unless it says another.</summary>
    public static readonly SettingsForm<IPEndPoint> NameServer = OfText<IPEndPoint>(
        "an address such as \"127.0.0.1\" or \"127.0.0.1:53\"",
        static (string text, [NotNullWhen(true)] out IPEndPoint? result) => TryEndPoint(text, 53, out result));

    /// <summary>In CIDR form.</summary>
    public static readonly SettingsForm<IPNetwork> Network = OfText<IPNetwork>(
        "a network such as \"192.0.2.0/24\" or \"2001:db8::/32\", or one address", TryNetwork);

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static SettingsForm<int> Whole(int least, int most = int.MaxValue) => new(
        most == int.MaxValue ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}",
        (TomlValue value, out int result) =>
        {
            var isNumber = TryWhole(value, out var number);
            result = (int)Math.Clamp(number, int.MinValue, int.MaxValue);
            return isNumber && number >= least && number <= most;
        });

    /// <summary>A number over 0.</summary>
    public static readonly SettingsForm<double> Positive = new("a number over 0", TryPositive);

    /// <summary>One of some words, each with its meaning.</summary>
    public static SettingsForm<T> OneOf<T>(params (string Word, T Meaning)[] words)
        where T : struct =>
        OfText<T>(
            "one of " + string.Join(", ", words.Select(entry => $"\"{entry.Word}\"")),
            (string text, out T result) =>
            {
                var index = Array.FindIndex(words, entry => entry.Word == text);
                result = index < 0 ? default : words[index].Meaning;
                return index >= 0;
            });

    /// <summary>Any form that is written as text.</summary>
    public static SettingsForm<T> OfText<T>(string expected, TryReadText<T> read) => new(
        expected,
        (TomlValue value, [NotNullWhen(true)] out T? result) =>
        {
            result = default;
            return value is TomlValue.Text text && read(text.Value, out result);
        });

    /// <summary>A list of such values; in the environment also separated by commas.</summary>
    public static bool TrySplit(TomlValue value, out ImmutableArray<TomlValue> items)
    {
        items = value switch
        {
            TomlValue.List list => [.. list.Items],
            TomlValue.Text { IsFromEnvironment: true } text =>
            [
                .. text.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(part => text with { Value = part }),
            ],
            _ => default,
        };
        return !items.IsDefault;
    }

    private static bool TryText(string text, [NotNullWhen(true)] out string? result)
    {
        result = text;
        return text.Length > 0 && !text.Any(char.IsControl);
    }

    private static bool TryFlag(TomlValue value, out bool result)
    {
        result = value is TomlValue.Flag { Value: true };
        return value is TomlValue.Flag
            || (value is TomlValue.Text { IsFromEnvironment: true } text && bool.TryParse(text.Value, out result));
    }

    private static bool TryWhole(TomlValue value, out long result)
    {
        result = value is TomlValue.Whole whole ? whole.Value : 0;
        return value is TomlValue.Whole
            || (value is TomlValue.Text { IsFromEnvironment: true } text
                && long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out result));
    }

    private static bool TryPositive(TomlValue value, out double result)
    {
        result = value switch
        {
            TomlValue.Whole whole => whole.Value,
            TomlValue.Real real => real.Value,
            TomlValue.Text { IsFromEnvironment: true } text
                when double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) =>
                    parsed,
            _ => double.NaN,
        };
        return result > 0 && double.IsFinite(result);
    }

    private static bool TryDuration(string text, out TimeSpan result) => DurationText.TryParse(text, out result);

    private static bool TrySize(TomlValue value, out long result) => value switch
    {
        TomlValue.Text text => SizeText.TryParse(text.Value, out result),
        _ => TryWhole(value, out result) && result > 0,
    };

    private static bool TryDomain(string text, [NotNullWhen(true)] out string? result) =>
        DomainName.TryNormalize(text, out result);

    private static bool TryAddress(string text, [NotNullWhen(true)] out IPAddress? result) =>
        IPAddress.TryParse(text, out result) && IsWrittenInFull(text);

    private static bool TryNetwork(string text, out IPNetwork result)
    {
        if (IPNetwork.TryParse(text, out result)) return IsWrittenInFull(text);
        if (!TryAddress(text, out var address)) return false;
        result = new IPNetwork(
            address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128);
        return true;
    }

    private static bool TryEndPoint(string text, int? usualPort, [NotNullWhen(true)] out IPEndPoint? result)
    {
        const string Loopback = "localhost:";
        if (text.StartsWith(Loopback, StringComparison.OrdinalIgnoreCase))
            text = "127.0.0.1:" + text[Loopback.Length..];
        var hasPort = text.StartsWith('[')
            ? text.Contains("]:", StringComparison.Ordinal)
            : text.Count(c => c == ':') == 1;
        if (!hasPort && usualPort is not null)
        {
            result = TryAddress(text.Trim('[', ']'), out var address) ? new IPEndPoint(address, usualPort.Value) : null;
            return result is not null;
        }
        result = null;
        return hasPort && IsWrittenInFull(text) && IPEndPoint.TryParse(text, out result);
    }

    // .NET reads "1" and "10.1" as IPv4 addresses, as old programs do; in a settings file they are typing errors.
    private static bool IsWrittenInFull(string text) => text.Contains('.', StringComparison.Ordinal)
        ? text.Count(letter => letter == '.') >= 3
        : text.Count(letter => letter == ':') >= 2;
}
