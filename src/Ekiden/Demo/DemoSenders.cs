using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ekiden.Contracts;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Demo;

/// <summary>The two ways in: SMTP with SMTP-AUTH over STARTTLS, and one HTTP request a mail.</summary>
internal static class DemoSenders
{
    /// <summary>Sends one mail to each address over one connection.</summary>
    public static async Task BySmtpAsync(DemoWorld world, IEnumerable<string> to, Action sent, CancellationToken cancel)
    {
        var listener = world.Server.Listeners.Single(item => item.Name == "submission").Address;
        var target = new SmtpTarget(
            "relay.demo.test", listener, null, "app.demo.test", TlsLevel.Verified,
            new NetworkCredential(world.Key.Key.Username, world.Key.Secret));
        var options = new SmtpClientOptions
        {
            TrustedRoots = [X509CertificateLoader.LoadCertificateFromFile(world.CertificatePath)],
        };
        var connector = new SmtpConnector(TimeProvider.System, NullLogger<SmtpConnector>.Instance);
        var outcome = await connector.ConnectAsync(target, options, cancel);
        if (outcome is not ConnectOutcome.Connected { Connection: var connection })
            throw new InvalidOperationException($"The relay refused the demo's client: {outcome}");
        await using (connection)
        {
            foreach (var address in to)
            {
                var responses = await connection.SendAsync(Message(address), cancel);
                if (responses is not [RecipientResponse.Taken])
                    throw new InvalidOperationException($"The relay did not take a mail: {responses[0]}");
                sent();
            }
            await connection.QuitAsync(cancel);
        }
    }

    /// <summary>Sends one mail to each address through the API.</summary>
    public static async Task ByHttpAsync(DemoWorld world, IEnumerable<string> to, Action sent, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{world.Server.HttpAddress}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", world.Key.Secret);
        foreach (var address in to)
        {
            var request = new SendMessageRequest
            {
                From = new ApiAddress($"Shop <orders@{DemoWorld.SenderDomain}>"),
                To = [new ApiAddress(address)],
                Subject = "Your receipt / 領収書",
                Text = "Thank you for your order.\nご注文ありがとうございます。\n",
            };
            using var response = await http.PostAsJsonAsync(
                "/v1/messages", request, ApiJson.Default.SendMessageRequest, cancel);
            response.EnsureSuccessStatusCode();
            sent();
        }
    }

    private static OutgoingMessage Message(string address)
    {
        if (!Mailbox.TryParse(address, out var to)
            || !Mailbox.TryParse("orders@" + DemoWorld.SenderDomain, out var from))
        {
            throw new InvalidOperationException($"Not an address: {address}");
        }

        var content = new TextContent(
            $"From: Shop <{from}>\r\nTo: <{to}>\r\nSubject: Your receipt\r\n\r\nThank you for your order.\r\n");
        return new OutgoingMessage(from, [new EnvelopeRecipient(to)], content, content.Size);
    }

    private sealed class TextContent(string text) : IOutgoingContent
    {
        private readonly byte[] _bytes = Encoding.ASCII.GetBytes(text);

        public long Size => _bytes.Length;

        public bool TryGetBuffered(out ReadOnlySequence<byte> content)
        {
            content = new ReadOnlySequence<byte>(_bytes);
            return true;
        }

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
        {
            await Task.CompletedTask.WaitAsync(cancel);
            yield return _bytes;
        }
    }
}
