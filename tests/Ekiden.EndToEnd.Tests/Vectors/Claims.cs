namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>Which part of the work answers for which vector: the first row that matches.</summary>
internal static class Claims
{
    /// <summary>Run in this project, by the class that is named.</summary>
    public const string Here = "here";

    private static readonly (string Prefix, string Claimed)[] Rows =
    [
        ("A-", Here), ("B-", Here), ("C-", Here), ("D-", Here), ("F-", Here), ("G-", Here), ("H-", Here),
        ("I-01", Here), ("I-02", Here), ("I-03", Here), ("I-04", Here), ("I-05", Here),
        ("I-06", "StsVectorTests of the delivery"), ("I-07", "StsVectorTests of the delivery"),
        ("J-", "trusted on the wire"),
        ("E-", Here), ("K-", "webhooks and links"), ("L-01", Here), ("L-02", Here),
        ("L-03", Here), ("L-04", Here), ("M-01", Here), ("M-03", Here),
        // A real process has no clock to turn: Ekiden.Delivery.Tests, ExpiryTests, in simulated time.
        ("M-02", "ExpiryTests of the delivery"),
        ("N-", "several nodes"),
    ];

    /// <summary>Who answers for it; null is nobody.</summary>
    public static string? Of(string id) =>
        Rows.Where(row => id.StartsWith(row.Prefix, StringComparison.Ordinal)).Select(
            row => row.Claimed).FirstOrDefault();
}
