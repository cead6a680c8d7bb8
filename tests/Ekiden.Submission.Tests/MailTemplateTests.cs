using System.Text.Json;
using Ekiden.Submission.Templates;

namespace Ekiden.Submission.Tests;

/// <summary>Liquid, strict: reliability E-R8.</summary>
public sealed class MailTemplateTests
{
    [Fact]
    public async Task Values_are_escaped_in_html_and_nowhere_else()
    {
        var mail = await RenderAsync("{{name}}", "{{name}}", "<p>{{name}}</p>", """{"name":"<b>山田 & 'x'</b>"}""");
        Assert.Equal("<b>山田 & 'x'</b>", mail.Subject);
        Assert.Equal("<b>山田 & 'x'</b>", mail.Text);
        Assert.Equal("<p>&lt;b&gt;山田 &amp; &#x27;x&#x27;&lt;/b&gt;</p>", mail.Html);
    }

    [Fact]
    public async Task Objects_lists_numbers_and_conditions_are_read()
    {
        var mail = await RenderAsync(
            null, "{% for item in order.items %}{{item.name}}:{{item.count | plus: 1}} {% endfor %}"
                + "{% if paid %}paid{% else %}open{% endif %}", null,
            """{"order":{"items":[{"name":"a","count":1},{"name":"b","count":2.5}]},"paid":false}""");
        Assert.Equal("a:2 b:3.5 open", mail.Text);
        Assert.Null(mail.Subject);
        Assert.Null(mail.Html);
    }

    [Theory]
    [InlineData("{{nobody}}")]
    [InlineData("{{order.nothing}}")]
    [InlineData("{{name | shout}}")]
    [InlineData("{% for i in (1..1000000) %}x{% endfor %}")]
    [InlineData("{% assign a = name %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}{{a}}")]
    [InlineData("{% assign a = 'x,y' | split: ',' %}{% for i in (1..60) %}{% assign a = a | concat: a %}{% endfor %}")]
    public async Task What_cannot_be_filled_is_an_error_with_its_part(string text)
    {
        var (template, _) = MailTemplate.Parse("s", text, null);
        var (mail, problem) = await template!.RenderAsync(JsonElement.Parse("""{"name":"n","order":{}}"""));
        Assert.Null(mail);
        Assert.Equal("text", problem!.Part);
    }

    [Theory]
    [InlineData("{{name", "subject")]
    [InlineData("{% if x %}", "subject")]
    [InlineData("{% capture a %}x{% endcapture %}", "subject")]
    public void What_is_no_template_is_an_error(string subject, string part)
    {
        var (template, problem) = MailTemplate.Parse(subject, null, null);
        Assert.Null(template);
        Assert.Equal(part, problem!.Part);
    }

    private static async Task<RenderedMail> RenderAsync(string? subject, string? text, string? html, string data)
    {
        var (template, problem) = MailTemplate.Parse(subject, text, html);
        Assert.True(template is not null, problem?.Why);
        var (mail, wrong) = await template.RenderAsync(JsonElement.Parse(data));
        Assert.True(mail is not null, wrong?.Why);
        return mail;
    }
}
