using System.Text;

namespace Ekiden.Mail;

/// <summary>The encoding of A-labels: RFC 3492 §6.3.</summary>
internal static class Punycode
{
    /// <summary>
    /// <paramref name="label"/>, mapped already, with <c>xn--</c> in front; null when it cannot fit 63 characters.
    /// </summary>
    internal static string? ToALabel(ReadOnlySpan<Rune> label)
    {
        if (label.Length > 59) return null; // each character takes at least one, after xn--
        var text = new StringBuilder("xn--");
        foreach (var rune in label)
            if (rune.IsAscii) text.Append((char)rune.Value);
        var basic = text.Length - 4;
        if (basic > 0) text.Append('-');

        var (smallest, delta, bias) = (128, 0, 72);
        for (var done = basic; done < label.Length; smallest++, delta++)
        {
            var next = NextCodePoint(label, smallest);
            delta += (next - smallest) * (done + 1);
            smallest = next;
            foreach (var rune in label)
            {
                if (rune.Value < smallest) delta++;
                if (rune.Value != smallest) continue;
                AppendNumber(text, delta, bias);
                bias = Adapt(delta, done + 1, done == basic);
                delta = 0;
                done++;
            }
        }
        return text.Length <= 63 ? text.ToString() : null;
    }

    // 59 characters times 0x10FFFF stays below 2^31: no overflow to watch for.
    private static int NextCodePoint(ReadOnlySpan<Rune> label, int atLeast)
    {
        var next = int.MaxValue;
        foreach (var rune in label)
            if (rune.Value >= atLeast && rune.Value < next) next = rune.Value;
        return next;
    }

    private static void AppendNumber(StringBuilder text, int number, int bias)
    {
        for (var place = 36; ; place += 36)
        {
            var threshold = Math.Clamp(place - bias, 1, 26);
            if (number < threshold) break;
            text.Append(Digit(threshold + ((number - threshold) % (36 - threshold))));
            number = (number - threshold) / (36 - threshold);
        }
        text.Append(Digit(number));
    }

    private static int Adapt(int delta, int points, bool isFirst)
    {
        delta = isFirst ? delta / 700 : delta / 2;
        delta += delta / points;
        var bias = 0;
        for (; delta > 35 * 26 / 2; bias += 36) delta /= 35;
        return bias + (36 * delta / (delta + 38));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);
}
