using System.Security.Cryptography;
using System.Text;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Submission.Tests;

/// <summary>Intake with the real journal and directory in a temporary folder; <c>a.test</c> is account A's.</summary>
public sealed class Door : IAsyncDisposable
{
    /// <summary>The installation's own word in <c>Received:</c>.</summary>
    public const string InstallationId = "0installation0";

    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-door-").FullName;
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();

    private Door() { }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 24, 9, 0, 0, TimeSpan.Zero));

    public AccountDirectory Directory { get; private set; } = null!; // OpenAsync

    public FileJournal Journal { get; private set; } = null!; // OpenAsync

    public Intake Intake { get; private set; } = null!; // OpenAsync

    public Account A { get; private set; } = null!; // OpenAsync

    public AccessKey Key { get; private set; } = null!; // OpenAsync

    public MailClient Submitter => new(MessageOrigin.Submission, A.Id) { Key = Key.Id, Protocol = "ESMTPSA" };

    public static async Task<Door> OpenAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var door = new Door();
        door.Directory = await AccountDirectory.OpenAsync(
            Path.Combine(door._folder, AccountDirectory.FileName), door.Clock, door._random,
            NullLogger<AccountDirectory>.Instance, cancel);
        door.Journal = FileJournal.Open(
            new JournalOptions(Path.Combine(door._folder, "spool")) { FreeFloorBytes = 0, FreeFloorPart = 0 },
            door.Clock, NullLoggerFactory.Instance);
        door.A = Done(await door.Directory.AddAccountAsync("a", cancel));
        door.Key = Done(await door.Directory.AddKeyAsync(door.A.Id, KeyScopes.Send, null, cancel)).Key;
        Done(await door.Directory.AddDomainAsync(door.A.Id, "a.test", trust: true, cancel));
        door.Intake = new Intake(door.Journal, door.Directory, Options, door.Clock, NullLogger<Intake>.Instance);
        return door;
    }

    public static IntakeOptions Options => new()
    {
        HostName = "relay.test",
        InstallationId = InstallationId,
        Local = new LocalDomains(["in.test"], ["info", "sales@in.test"]),
    };

    /// <summary>Hands in one message.</summary>
    public async Task<IntakeResult> HandInAsync(
        MailClient client, string content, string sender = "s@a.test", string recipient = "v@sink.test")
    {
        var cancel = TestContext.Current.CancellationToken;
        var (received, refusal) = Intake.Begin(0);
        if (received is null) return new IntakeResult.Refused(refusal!);
        using (received)
        {
            await received.WriteAsync(Encoding.UTF8.GetBytes(content), cancel);
            var envelope = new Envelope(Address(sender), [new EnvelopeRecipient(Address(recipient))]);
            return await Intake.AcceptAsync(new IncomingMessage(client, envelope, received), cancel);
        }
    }

    /// <summary>The reply to a message that is refused.</summary>
    public async Task<string> RefusalAsync(
        MailClient client, string content, string sender = "s@a.test", string recipient = "v@sink.test") =>
        await HandInAsync(client, content, sender, recipient) is IntakeResult.Refused { Refusal.Reply: var reply }
            ? $"{reply.Code} {reply.Status}"
            : "accepted";

    /// <summary>What was stored, as text.</summary>
    public async Task<string> StoredAsync(IntakeResult result)
    {
        using var stored = await OpenAsync(result);
        var text = new StringBuilder();
        await foreach (var piece in stored.Content.ReadAsync(TestContext.Current.CancellationToken))
            text.Append(Encoding.UTF8.GetString(piece.Span));
        return text.ToString();
    }

    /// <summary>The stored message; the caller disposes it.</summary>
    public async Task<StoredMessage> OpenAsync(IntakeResult result)
    {
        var id = Assert.IsType<IntakeResult.Accepted>(result).Id;
        var stored = await Journal.OpenAsync(id, TestContext.Current.CancellationToken);
        Assert.NotNull(stored);
        return stored;
    }

    public static Mailbox Address(string text) =>
        Mailbox.TryParse(text, out var mailbox)
            ? mailbox
            : throw new ArgumentException($"Not an address: {text}", nameof(text));

    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        await Directory.DisposeAsync();
        _random.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private static T Done<T>(DirectoryResult<T> result) => Assert.IsType<DirectoryResult<T>.Done>(result).Value;
}
