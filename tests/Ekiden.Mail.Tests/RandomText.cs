using System.Text;

namespace Ekiden.Mail.Tests;

/// <summary>Texts made of pieces that matter to a grammar: far more telling than uniform bytes.</summary>
internal static class RandomText
{
    /// <summary>Up to 11 pieces; one in sixteen is a random character.</summary>
    internal static string Of(Random random, params string[] pieces)
    {
        var text = new StringBuilder();
        for (var count = random.Next(12); count > 0; count--)
        {
            if (random.Next(16) == 0) text.Append((char)random.Next(0x3000));
            else text.Append(pieces[random.Next(pieces.Length)]);
        }
        return text.ToString();
    }

    /// <summary>The same as Latin-1 bytes.</summary>
    internal static byte[] Bytes(Random random, params string[] pieces) => Encoding.Latin1.GetBytes(Of(random, pieces));
}
