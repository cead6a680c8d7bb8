using Ekiden.Contracts;

namespace Ekiden.Cli.Api;

/// <summary>What came of one request.</summary>
internal abstract record ApiResult<T>
{
    private ApiResult() { } // closed: every case is below

    /// <summary>The server did it.</summary>
    public sealed record Done(T Value) : ApiResult<T>;

    /// <summary>It did not, or nobody answered; the problem says which.</summary>
    public sealed record Failed(Problem Problem) : ApiResult<T>;
}
