using System.Security.Cryptography;
using System.Text;

namespace Ekiden.Submission.Tests;

public sealed class ReceivedContentTests
{
    [Theory]
    [InlineData("From: <s@a.test>\r\nSubject: t\r\n\r\nbody\r\n", "body\r\n")]
    [InlineData("From: <s@a.test>\r\n\r\n\r\nbody\r\n", "\r\nbody\r\n")]
    [InlineData("\r\nbody\r\n", "body\r\n")]
    public async Task The_body_begins_behind_the_first_empty_line_wherever_pieces_are_cut(string message, string body)
    {
        await using var door = await Door.OpenAsync();
        var bytes = Encoding.ASCII.GetBytes(message);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var (content, _) = door.Intake.Begin(0);
            using (content)
            {
                var cancel = TestContext.Current.CancellationToken;
                await content!.WriteAsync(bytes.AsMemory(0, cut), cancel); // there is room
                await content.WriteAsync(bytes.AsMemory(cut), cancel);
                Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(body)), content.FinishBodyHash());
            }
        }
    }
}
