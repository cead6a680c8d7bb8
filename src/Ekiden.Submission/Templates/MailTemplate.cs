using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Fluid;

namespace Ekiden.Submission.Templates;

/// <summary>
/// Subject, text and HTML in Liquid. Variables are escaped for their place; one that is not there is an error, never
/// blank; time and size have limits (reliability E-R8).
/// </summary>
/// <remarks>Parsed once, rendered by any number of threads.</remarks>
public sealed class MailTemplate
{
    /// <summary>Characters of a rendered part at most.</summary>
    public const int LargestPart = 4 << 20;

    private const int MostSteps = 100_000;
    private const int DeepestRecursion = 20;

    private static readonly FluidParser Parser = MakeParser();
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly TemplateOptions Options = MakeOptions();

    private readonly IFluidTemplate? _subject;
    private readonly IFluidTemplate? _text;
    private readonly IFluidTemplate? _html;

    private MailTemplate(IFluidTemplate? subject, IFluidTemplate? text, IFluidTemplate? html) =>
        (_subject, _text, _html) = (subject, text, html);

    /// <summary>Parses the parts; what is null stays null when it is rendered.</summary>
    public static (MailTemplate? Template, TemplateProblem? Problem) Parse(string? subject, string? text, string? html)
    {
        var parsed = new IFluidTemplate?[3];
        foreach (var (place, name, source) in new[] { (0, "subject", subject), (1, "text", text), (2, "html", html) })
        {
            if (source is null) continue;
            if (!Parser.TryParse(source, out parsed[place], out var error))
                return (null, new TemplateProblem(name, error));
        }
        return (new MailTemplate(parsed[0], parsed[1], parsed[2]), null);
    }

    /// <summary>Fills the parts with the properties of an object.</summary>
    public async ValueTask<(RenderedMail? Mail, TemplateProblem? Problem)> RenderAsync(JsonElement data)
    {
        var part = "subject";
        try
        {
            var subject = await RenderAsync(_subject, data, NullEncoder.Default);
            part = "text";
            var text = await RenderAsync(_text, data, NullEncoder.Default);
            part = "html";
            return (new RenderedMail(subject, text, await RenderAsync(_html, data, Html)), null);
        }
        catch (Exception wrong) when (wrong is FluidException or InvalidOperationException or TemplateTooLargeException
            or ArgumentException or FormatException or OverflowException or DivideByZeroException)
        {
            return (null, new TemplateProblem(part, wrong.Message));
        }
    }

    // A captured text can be captured again, twice as long, and nothing counts it.
    private static FluidParser MakeParser()
    {
        var parser = new FluidParser();
        parser.RegisteredTags.Remove("capture");
        return parser;
    }

    private static TemplateOptions MakeOptions()
    {
        var options = new TemplateOptions
        {
            MaxSteps = MostSteps,
            MaxRecursion = DeepestRecursion,
            StrictVariables = true,
            StrictFilters = true,
        };
        BoundedFilters.Bound(options.Filters);
        return options;
    }

    private static async ValueTask<string?> RenderAsync(IFluidTemplate? template, JsonElement data, TextEncoder encoder)
    {
        if (template is null) return null;
        var context = new TemplateContext(Options);
        TemplateData.AddTo(context, data);
        await using var writer = new LimitedWriter();
        await template.RenderAsync(writer, context, encoder, isolateContext: false);
        return writer.ToString();
    }

    private sealed class TemplateTooLargeException() : Exception($"The result has more than {LargestPart} characters");

    private sealed class LimitedWriter : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            _text.Append(value);
            Check();
        }

        public override void Write(string? value)
        {
            _text.Append(value);
            Check();
        }

        public override void Write(char[] buffer, int index, int count)
        {
            _text.Append(buffer, index, count);
            Check();
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            _text.Append(buffer);
            Check();
        }

        public override string ToString() => _text.ToString();

        private void Check()
        {
            if (_text.Length > LargestPart) throw new TemplateTooLargeException();
        }
    }
}

/// <summary>A template filled with values.</summary>
public sealed record RenderedMail(string? Subject, string? Text, string? Html);

/// <summary>Why a template cannot be read or filled.</summary>
/// <param name="Part"><c>subject</c>, <c>text</c> or <c>html</c>.</param>
/// <param name="Why">In a sentence.</param>
public sealed record TemplateProblem(string Part, string Why);
