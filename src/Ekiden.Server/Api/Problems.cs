using Ekiden.Contracts;
using Ekiden.Directory;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>Answers that say why a request was not done: RFC 9457, codes of api.md §1.</summary>
internal static class Problems
{
    public static IResult Unauthorized { get; } = Of(401, "unauthorized", "No key, or not a valid one");

    public static IResult Forbidden { get; } = Of(403, "forbidden", "The key may not do this");

    public static IResult NotFound { get; } = Of(404, "not_found", "There is no such thing");

    /// <summary>The operator has no mail of its own.</summary>
    public static IResult NobodysMail { get; } =
        Of(422, "invalid_request", "Say whose mail it is: X-Ekiden-Account");

    public static IResult Of(int status, string code, string detail, params ProblemError[] errors) =>
        new ProblemResult(new Problem
        {
            Title = code.Replace('_', ' '),
            Status = status,
            Code = code,
            Detail = detail,
            Retryable = status is 429 or 503 or 507,
            Errors = errors,
        });

    /// <summary>One value is wrong: where and why.</summary>
    public static IResult Invalid(string pointer, string code, string detail) =>
        Of(422, code, detail, new ProblemError(pointer, code, detail));

    /// <summary>What the directory says when it does not do something.</summary>
    public static IResult Of<T>(DirectoryResult<T> result) => result switch
    {
        DirectoryResult<T>.NotFound missing => Of(404, "not_found", $"There is no {missing.Kind} {missing.Name}"),
        DirectoryResult<T>.Taken taken => Of(409, "taken", $"The {taken.Kind} {taken.Name} is taken"),
        DirectoryResult<T>.Invalid wrong => Invalid("/" + wrong.Field, "invalid_request", wrong.Why),
        _ => throw new InvalidOperationException("Done is not a problem"),
    };
}
