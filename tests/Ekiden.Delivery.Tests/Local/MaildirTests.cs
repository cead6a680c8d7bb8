using Ekiden.Delivery.Local;
using Ekiden.Mail;

namespace Ekiden.Delivery.Tests.Local;

/// <summary>Where Maildirs are, and what is written there.</summary>
public sealed class MaildirTests : IDisposable
{
    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("ekiden-maildir-").FullName;
    private readonly MaildirWriter _writer = new("mail.test", TimeProvider.System);

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("/var/mail/{domain}/{local}", "Taro@example.jp", "/var/mail", "example.jp/taro")]
    [InlineData("/var/mail/{local}", "taro+news@example.jp", "/var/mail", "taro")]
    [InlineData("/srv/{domain}/users/{local}/Maildir", "a@b.test", "/srv", "b.test/users/a/Maildir")]
    public void An_address_names_its_folders(string path, string address, string root, string folders)
    {
        Assert.True(MaildirPath.TryParse(path, out var parsed));
        Assert.True(Mailbox.TryParse(address, out var mailbox));

        Assert.Equal(root, parsed.Root);
        Assert.Equal(folders, string.Join('/', parsed.Of(mailbox) ?? []));
    }

    [Theory]
    [InlineData("var/mail/{local}")]
    [InlineData("/var/mail/{domain}")]
    [InlineData("/var/../{local}")]
    [InlineData("")]
    public void A_path_that_is_not_absolute_or_names_no_user_is_none(string path) =>
        Assert.False(MaildirPath.TryParse(path, out _));

    [Theory]
    [InlineData("\"../x\"@b.test")]
    [InlineData("\"a/b\"@b.test")]
    [InlineData("\".hidden\"@b.test")]
    [InlineData("\"a\\\\b\"@b.test")]
    public void A_local_part_that_would_lead_elsewhere_has_no_folder(string address)
    {
        Assert.True(MaildirPath.TryParse("/var/mail/{domain}/{local}", out var path));
        Assert.True(Mailbox.TryParse(address, out var mailbox));

        Assert.Null(path.Of(mailbox));
    }

    [Fact]
    public void A_mail_is_in_new_and_nowhere_else_and_no_two_have_one_name()
    {
        for (var i = 0; i < 10; i++) _writer.Write(_root, ["b.test", "taro"], "Subject: t\n\nHello.\n"u8);

        var maildir = Path.Combine(_root, "b.test", "taro");
        var files = System.IO.Directory.GetFiles(Path.Combine(maildir, "new"));
        Assert.Equal(10, files.Length);
        Assert.All(files, file => Assert.Equal("Subject: t\n\nHello.\n", File.ReadAllText(file)));
        Assert.All(files, file => Assert.EndsWith(".mail.test,S=19", file, StringComparison.Ordinal));
        Assert.Empty(System.IO.Directory.GetFiles(Path.Combine(maildir, "tmp")));
        Assert.Empty(System.IO.Directory.GetFiles(Path.Combine(maildir, "cur")));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files[0]));
    }

    // Whoever can make a link among the Maildirs must not make us write elsewhere.
    [Theory]
    [InlineData("b.test")]
    [InlineData("b.test/taro")]
    [InlineData("b.test/taro/new")]
    [InlineData("b.test/taro/tmp")]
    public void A_link_in_the_place_of_a_folder_is_refused(string link)
    {
        var elsewhere = System.IO.Directory.CreateDirectory(Path.Combine(_root, "elsewhere")).FullName;
        var path = Path.Combine(_root, link);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.Directory.CreateSymbolicLink(path, elsewhere);

        Assert.Throws<MaildirException>(() => _writer.Write(_root, ["b.test", "taro"], "Hello.\n"u8));

        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(elsewhere));
    }

    [Fact]
    public void A_file_in_the_place_of_a_folder_is_refused()
    {
        File.WriteAllText(Path.Combine(_root, "b.test"), "");

        var trouble = Assert.Throws<MaildirException>(() => _writer.Write(_root, ["b.test", "taro"], "Hello.\n"u8));

        Assert.Equal(FolderCalls.NotADirectory, trouble.Error);
    }

    [Theory]
    [InlineData("unix:/run/dovecot/lmtp", true)]
    [InlineData("127.0.0.1:24", true)]
    [InlineData("[::1]:24", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("unix:lmtp", false)]
    [InlineData("dovecot.example:24", false)]
    public void An_LMTP_server_is_a_socket_or_an_address(string text, bool isRight) =>
        Assert.Equal(isRight, LocalStore.TryParseLmtp(text, out _));
}
