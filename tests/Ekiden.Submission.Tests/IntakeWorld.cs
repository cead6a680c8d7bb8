using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Submission.Tests;

/// <summary>
/// Intake over a real journal and a real directory in a folder of its own, with a clock that tests move.
/// </summary>
/// <remarks>
/// Account A has <c>a.test</c> and a key, account B has <c>b.test</c>; <c>in.test</c> and <c>also.test</c> are local.
/// </remarks>
internal sealed class IntakeWorld : IAsyncDisposable
{
    public const string HostName = "relay.test";
    public const string Installation = "0123456789abcdefghjkmnpqrs";

    private readonly DirectoryInfo _folder;

    private IntakeWorld(DirectoryInfo folder, AccountDirectory directory, FileJournal journal, FakeTimeProvider clock)
    {
        (_folder, Directory, Journal, Clock) = (folder, directory, journal, clock);
        Intake = new Intake(journal, directory, Options, clock, NullLogger<Intake>.Instance);
    }

    public static IntakeOptions Options { get; } = new()
    {
        HostName = HostName,
        InstallationId = Installation,
        Local = new LocalDomains(["in.test", "also.test"], ["info", "Sales@in.test"]),
    };

    public FakeTimeProvider Clock { get; }

    public AccountDirectory Directory { get; }

    public FileJournal Journal { get; }

    public Intake Intake { get; }

    public Account A { get; private set; } = null!; // StartAsync sets it

    public AccessKey KeyOfA { get; private set; } = null!; // StartAsync sets it

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="freeFloor">The part of the disk that must stay free: 0 never refuses, 1 always does.</param>
    public static async Task<IntakeWorld> StartAsync(double freeFloor = 0)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 4, 1, 9, 30, 0, TimeSpan.Zero));
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-intake-");
        var directory = await AccountDirectory.OpenAsync(
            Path.Combine(folder.FullName, AccountDirectory.FileName), clock, RandomNumberGenerator.Create(),
            NullLogger<AccountDirectory>.Instance, Cancel);
        var journal = FileJournal.Open(
            new JournalOptions(Path.Combine(folder.FullName, "spool"))
            {
                FreeFloorBytes = 0,
                FreeFloorPart = freeFloor,
            },
            clock, NullLoggerFactory.Instance);
        var world = new IntakeWorld(folder, directory, journal, clock);
        world.A = await DoneAsync(directory.AddAccountAsync("A", Cancel));
        var b = await DoneAsync(directory.AddAccountAsync("B", Cancel));
        await DoneAsync(directory.AddDomainAsync(world.A.Id, "a.test", true, Cancel));
        await DoneAsync(directory.AddDomainAsync(b.Id, "b.test", true, Cancel));
        world.KeyOfA = (await DoneAsync(directory.AddKeyAsync(world.A.Id, KeyScopes.Send, null, Cancel))).Key;
        return world;
    }

    public static async Task<T> DoneAsync<T>(Task<DirectoryResult<T>> change) =>
        Assert.IsType<DirectoryResult<T>.Done>(await change).Value;

    /// <summary>The client of each door: signed in as A where the door asks for it.</summary>
    public MailClient Client(MessageOrigin origin) => new(origin, A.Id)
    {
        Key = origin is MessageOrigin.Submission or MessageOrigin.Api ? KeyOfA.Id : null,
        Address = IPAddress.Parse("192.0.2.7"),
        HelloName = "laptop.a.test",
        Protocol = "ESMTPSA",
        TlsProtocol = "TLSv1.3",
        Session = "s1",
    };

    /// <summary>Brings a message in by a door.</summary>
    public Task<IntakeResult> AcceptAsync(
        string message, MessageOrigin origin = MessageOrigin.Submission, string? from = "s@a.test",
        string to = "v@sink.test") =>
        AcceptAsync(Client(origin), message, new Envelope(
            from is null ? null : Address(from),
            [.. to.Split(' ').Select(one => new EnvelopeRecipient(Address(one)))]));

    public async Task<IntakeResult> AcceptAsync(
        MailClient client, string message, Envelope envelope, Func<IncomingMessage, IncomingMessage>? with = null)
    {
        var (content, refusal) = Intake.Begin(0);
        if (content is null) return new IntakeResult.Refused(refusal!); // Begin returns exactly one of the two
        using (content)
        {
            await content.WriteAsync(Encoding.UTF8.GetBytes(message), Cancel);
            var incoming = new IncomingMessage(client, envelope, content);
            return await Intake.AcceptAsync(with is null ? incoming : with(incoming), Cancel);
        }
    }

    /// <summary>What the journal has of a message that must have been accepted.</summary>
    public async Task<(AcceptedMessage Message, string Content)> ReadAsync(IntakeResult result)
    {
        var accepted = result as IntakeResult.Accepted;
        Assert.True(accepted is not null, result.ToString());
        using var stored = await Journal.OpenAsync(accepted.Id, Cancel);
        Assert.NotNull(stored);
        using var bytes = new MemoryStream();
        await foreach (var piece in stored.Content.ReadAsync(Cancel)) bytes.Write(piece.Span);
        return (stored.Message, Encoding.UTF8.GetString(bytes.ToArray()));
    }

    /// <summary>The message was refused, with this code and status, and left nothing behind.</summary>
    public void IsRefused(IntakeResult result, string reply)
    {
        var refused = result as IntakeResult.Refused;
        Assert.True(refused is not null, result.ToString());
        Assert.StartsWith(reply, refused.Refusal.Reply.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, Journal.Index.Accounting.Accepted);
    }

    public static Mailbox Address(string text) =>
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);

    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        await Directory.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
