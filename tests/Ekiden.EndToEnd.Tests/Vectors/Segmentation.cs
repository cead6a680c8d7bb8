using System.Text;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>One way to send a vector's bytes: reliability.md, "Segmentation".</summary>
/// <param name="Name">For messages.</param>
/// <param name="IsTls">Over TLS where the state can be reached in clear too.</param>
/// <param name="Pieces">Each is one write.</param>
internal sealed record Segmentation(string Name, bool IsTls, IReadOnlyList<ReadOnlyMemory<byte>> Pieces)
{
    private const int SmallEnoughForBytes = 2_000;

    /// <summary>All that make sense for it.</summary>
    public static IEnumerable<Segmentation> Of(Vector vector, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        yield return new("in one segment", false, [bytes]);
        yield return new("in one record", true, [bytes]);
        // What came too early can only be told while it lies in one piece with what came before it.
        if (vector.Replies.Any(reply => reply.StartsWith("^554 5\\.5\\.0", StringComparison.Ordinal))) yield break;
        // Each command is sent after the reply to the one before.
        if (vector.Id == "G-04") yield break;
        if (bytes.Length <= SmallEnoughForBytes)
        {
            yield return new("byte by byte", false,
                [.. bytes.Select((_, i) => (ReadOnlyMemory<byte>)bytes.AsMemory(i, 1))]);
        }

        foreach (var place in Places(bytes))
        {
            yield return new($"cut at {place}", false, [bytes.AsMemory(0, place), bytes.AsMemory(place)]);
            if (place % 4 == 1)
            {
                yield return new(
                $"two records, cut at {place}", true, [bytes.AsMemory(0, place), bytes.AsMemory(place)]);
            }
        }
        if (vector.Id[0] != 'A' || !text.StartsWith(Vector.Header, StringComparison.Ordinal)
            || bytes.Length > SmallEnoughForBytes)
        {
            yield break;
        }

        foreach (var edge in new[] { 4_096, 8_192, 16_384, 65_536 })
            foreach (var shift in new[] { 5, 6, 7, 8, 9 }) yield return Padded(text, edge, shift);
    }

    // The places around the bytes that matter: those behind a message's header, or the first and the last ones.
    private static IEnumerable<int> Places(byte[] bytes)
    {
        var start = bytes.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Vector.Header)) ? Vector.Header.Length : 1;
        if (bytes.Length > SmallEnoughForBytes) return [1, bytes.Length / 2, bytes.Length - 4, bytes.Length - 2];
        return Enumerable.Range(start, Math.Min(16, bytes.Length - start)).Where(
            place => place > 0 && place < bytes.Length);
    }

    // Lines of padding behind the header, so that the edge lies within the bytes that follow "body" or the like.
    private static Segmentation Padded(string text, int edge, int shift)
    {
        var length = edge - Vector.Header.Length - shift;
        var padding = string.Concat(Enumerable.Repeat(new string('p', 62) + "\r\n", length / 64))
            + new string('q', length % 64);
        var padded = Encoding.UTF8.GetBytes(Vector.Header + padding + text[Vector.Header.Length..]);
        return new($"padded to {shift} before {edge}", shift % 2 == 0, [padded]);
    }
}
