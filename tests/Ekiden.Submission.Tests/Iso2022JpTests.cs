using System.Runtime.CompilerServices;
using System.Text;
using Ekiden.Submission.Composition;
using MimeKit;

namespace Ekiden.Submission.Tests;

/// <summary>japan.md §4: ISO-2022-JP holds ASCII and JIS X 0208, whatever Windows' code pages would add.</summary>
public sealed class Iso2022JpTests
{
    private static readonly Encoding Windows = CodePagesEncodingProvider.Instance.GetEncoding(50220)!; // it has it

    // So that the independent reader knows the charset; it remembers what it once did not find.
    [ModuleInitializer]
    internal static void AddCharsets() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData("①")]
    [InlineData("㈱")]
    [InlineData("Ⅲ")]
    [InlineData("髙")]
    [InlineData("﨑")]
    [InlineData("\u00E9")]
    [InlineData("\uD83D\uDE80")]
    [InlineData("\u001B$B")]
    public void What_is_not_in_the_standard_is_refused(string text)
    {
        Assert.False(Iso2022Jp.CanEncode(text));
        Assert.False(Iso2022Jp.CanEncode("漢字" + text));
    }

    [Theory]
    [InlineData("Grüße", "Gr〓〓e")]
    [InlineData("①㈱髙Ⅲ", "(1)(株)高III")]
    [InlineData("漢字abc", "漢字abc")]
    public void What_is_not_in_the_standard_can_be_replaced(string text, string replaced)
    {
        Assert.Equal(replaced, Iso2022Jp.Replace(text));
        Assert.True(Iso2022Jp.CanEncode(replaced));
    }

    [Theory]
    [InlineData("ｱｲｳ", "アイウ")]
    [InlineData("ｶﾞｷﾞﾊﾟ", "ガギパ")]
    [InlineData("｡｢｣､･ｰ", "。「」、・ー")]
    [InlineData("漢ﾊﾞ字", "漢バ字")]
    public void Half_width_kana_become_full_width(string half, string full)
    {
        Assert.True(Iso2022Jp.TryEncode(half, out var octets));
        Assert.Equal(full, Windows.GetString(octets));
    }

    [Theory]
    [InlineData('\u301C', '\uFF5E')]
    [InlineData('\u2212', '\uFF0D')]
    [InlineData('\u2016', '\u2225')]
    [InlineData('\u2014', '\u2015')]
    public void Both_mappings_of_a_character_are_the_same_octets(char one, char other)
    {
        Assert.True(Iso2022Jp.TryEncode($"{one}", out var octets));
        Assert.True(Iso2022Jp.TryEncode($"{other}", out var others));
        Assert.Equal(octets, others);
    }

    // Rows 16 to 84 are kanji: 6,355 of them; rows 1 to 8 hold 524 others.
    [Fact]
    public void Every_character_of_the_standard_and_no_other_is_taken()
    {
        var taken = 0;
        for (var row = 0x21; row <= 0x7E; row++)
        {
            for (var cell = 0x21; cell <= 0x7E; cell++)
            {
                var text = Windows.GetString([.. "\u001B$B"u8, (byte)row, (byte)cell, .. "\u001B(B"u8]);
                if (!Iso2022Jp.TryEncode(text, out var octets)) continue;
                if (octets.Length != 8 || octets[3] != row || octets[4] != cell) continue; // the maker's second copy
                taken++;
                Assert.True(row is (>= 0x21 and <= 0x28) or (>= 0x30 and <= 0x74));
            }
        }
        Assert.Equal(6355 + 524, taken);
    }

    [Fact]
    public void Every_line_ends_in_ASCII()
    {
        Assert.True(Iso2022Jp.TryEncode("漢字\n漢字", out var octets));
        Assert.Equal("\u001B$B4A;z\u001B(B\n\u001B$B4A;z\u001B(B", Encoding.ASCII.GetString(octets));
    }

    [Fact]
    public void A_header_of_any_length_comes_back_whole_from_words_that_each_end_in_ASCII()
    {
        for (var length = 1; length <= 200; length++)
        {
            var text = string.Concat(Enumerable.Range(0, length).Select(at => "会議aの件"[at % 5]));
            var header = Iso2022Jp.EncodeHeader(text);
            foreach (var word in header.Split("\r\n "))
            {
                if (!word.StartsWith("=?", StringComparison.Ordinal)) continue;
                Assert.True(word.Length <= 75);
                var octets = Convert.FromBase64String(word["=?ISO-2022-JP?B?".Length..^2]);
                var decoded = Encoding.ASCII.GetString(octets);
                Assert.Equal(decoded.LastIndexOf('\u001B'), decoded.LastIndexOf("\u001B(B", StringComparison.Ordinal));
            }
            Assert.Equal(text, MimeKit.Utils.Rfc2047.DecodeText(Encoding.ASCII.GetBytes(header)));
        }
    }

    [Fact]
    public void A_mail_is_seven_bit_and_says_the_same_to_an_independent_reader()
    {
        var from = new NamedMailbox(IntakeWorld.Address("s@a.test"), "送信者");
        var bytes = MailComposer.Compose(
            new MailParts(
                from, [new(IntakeWorld.Address("v@sink.test"), "受取人"), new(IntakeWorld.Address("w@sink.test"), "")],
                "会議の件")
            {
                Text = "本文です\r\nｱｲｳ\n",
                Html = "<p>本文</p>",
                Charset = MailCharset.Iso2022Jp,
            });
        Assert.DoesNotContain(bytes, octet => octet > 127);
        using var read = MimeMessage.Load(new MemoryStream(bytes), TestContext.Current.CancellationToken);
        Assert.Equal("会議の件", read.Subject);
        Assert.Equal("送信者", read.From.Mailboxes.Single().Name);
        Assert.Equal(["受取人", ""], read.To.Mailboxes.Select(to => to.Name ?? ""));
        Assert.Equal("本文です\nアイウ\n", read.TextBody?.ReplaceLineEndings("\n"));
        Assert.Equal("<p>本文</p>", read.HtmlBody?.TrimEnd());
        Assert.All(read.BodyParts.OfType<TextPart>(), part => Assert.Equal("iso-2022-jp", part.ContentType.Charset));
    }
}
