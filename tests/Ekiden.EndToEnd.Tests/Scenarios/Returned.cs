using System.Text;
using Ekiden.Testing;
using MimeKit;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>A notice as the sender gets it, read by MimeKit: RFC 3462, RFC 3464.</summary>
internal sealed class Returned : IDisposable
{
    private readonly MimeMessage _message;
    private readonly MultipartReport _report;

    private Returned(MimeMessage message)
    {
        _message = message;
        _report = Assert.IsType<MultipartReport>(message.Body);
    }

    /// <summary>What the person reads.</summary>
    public string Text => Assert.IsType<TextPart>(_report[0]).Text;

    /// <summary>The fields about the message.</summary>
    public HeaderList Message => Status[0];

    /// <summary>The fields about each recipient.</summary>
    public IReadOnlyList<HeaderList> Recipients => [.. Status.Skip(1)];

    /// <summary>The returned mail, or its header.</summary>
    public MimeEntity Original => _report[2];

    private HeaderListCollection Status => Assert.IsType<MessageDeliveryStatus>(_report[1]).StatusGroups;

    /// <summary>Reads one that arrived with the null sender.</summary>
    public static Returned Read(FakeMxMessage arrived)
    {
        Assert.Equal("", arrived.Sender);
        var message = MimeMessage.Load(new MemoryStream(arrived.Content), TestContext.Current.CancellationToken);
        var isReport = message.Body is MultipartReport { ReportType: "delivery-status" };
        Assert.True(isReport, Encoding.UTF8.GetString(arrived.Content));
        return new Returned(message);
    }

    /// <inheritdoc/>
    public void Dispose() => _message.Dispose();
}
