namespace Ekiden.Mail.Tests;

// reliability E-R9, L-R1
public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain 日本 é 😀", "plain 日本 é 😀")]
    [InlineData("a\r\nb\tc\0d\u001b[31m\u007F", "a??b?c?d?[31m?")]
    [InlineData("a\u0085b\u2028c\u2029d", "a?b?c?d")]
    [InlineData("\u202Eevil\u2066\u200E", "?evil??")]
    [InlineData("\uFFFE\uFFFD", "??")]
    public void What_could_harm_a_reader_is_shown_as_a_question_mark(string text, string safe) =>
        Assert.Equal(safe, SafeText.Of(text));

    [Theory]
    [InlineData(1024, 1024)]
    [InlineData(1025, 1024)]
    public void Text_is_cut_at_1_KiB(int length, int kept) =>
        Assert.Equal(kept, SafeText.Of(new string('a', length)).Length);

    [Fact]
    public void A_character_is_not_cut_in_two() => Assert.Equal(341, SafeText.Of(new string('日', 400)).Length);

    [Fact]
    public void A_lone_surrogate_and_bytes_that_are_not_utf8_are_shown_as_question_marks()
    {
        Assert.Equal("a?b", SafeText.Of("a\uD800b"));
        Assert.Equal("a?b", SafeText.Of([(byte)'a', 0xFF, (byte)'b']));
    }
}
