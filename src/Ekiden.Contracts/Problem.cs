namespace Ekiden.Contracts;

/// <summary>Why a request was not done: RFC 9457 with Ekiden's extensions, api.md §1.</summary>
public sealed record Problem
{
    /// <summary>The media type of its JSON form.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Always <c>about:blank</c>: <see cref="Code"/> names the kind.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The kind in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status; 0 when no server answered.</summary>
    public required int Status { get; init; }

    /// <summary>What happened here, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>The kind for programs, such as <c>invalid_request</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The request's name in the logs; null when no server answered.</summary>
    public string? RequestId { get; init; }

    /// <summary>The same request may succeed later.</summary>
    public bool Retryable { get; init; }

    /// <summary>What is wrong where.</summary>
    public IReadOnlyList<ProblemError> Errors { get; init; } = [];
}

/// <summary>One thing that is wrong: a JSON pointer (RFC 6901), a code, a sentence.</summary>
public sealed record ProblemError(string Pointer, string Code, string Detail);
