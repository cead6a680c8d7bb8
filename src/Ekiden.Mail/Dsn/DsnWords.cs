using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.Mail.Dsn;

/// <summary>The part of a notice for people, and its subject.</summary>
internal sealed class DsnWords(DsnNotice notice)
{
    /// <summary>The subject, not encoded.</summary>
    internal string Subject() => notice.Language switch
    {
        DsnLanguage.English => Summary().English,
        DsnLanguage.Japanese => Summary().Japanese,
        _ => $"{Summary().English} / {Summary().Japanese}",
    };

    /// <summary>The text with CRLF line ends.</summary>
    internal string Text()
    {
        var text = new StringBuilder();
        if (notice.Language != DsnLanguage.Japanese) AppendEnglish(text);
        if (notice.Language == DsnLanguage.Both) text.Append("\r\n----\r\n\r\n");
        if (notice.Language != DsnLanguage.English) AppendJapanese(text);
        return text.ToString();
    }

    // A notice speaks for recipients of one kind (DESIGN §11); where it does not, the gravest gives the subject.
    private PlainSentence Summary() => notice.Recipients.Min(recipient => recipient.Action) switch
    {
        DsnAction.Failed => new("Your mail could not be delivered", "メールを配信できませんでした"),
        DsnAction.Delayed => new("Your mail is delayed", "メールの配信が遅れています"),
        DsnAction.Relayed => new("Your mail was passed on", "メールを転送しました"),
        _ => new("Your mail was delivered", "メールを配信しました"),
    };

    private void AppendEnglish(StringBuilder text)
    {
        Line(text, $"This is an automatic message from the mail server {notice.HostName}.");
        Line(text);
        foreach (var group in notice.Recipients.GroupBy(recipient => recipient.Action))
        {
            Line(text, group.Key switch
            {
                DsnAction.Failed => "Your mail could not be delivered to:",
                DsnAction.Delayed => "Your mail has not been delivered yet. You need not send it again. Recipients:",
                DsnAction.Relayed => "Your mail was passed on to a server that sends no confirmations, for:",
                DsnAction.Expanded => "Your mail was delivered to the members of:",
                _ => "Your mail was delivered to:",
            });
            foreach (var recipient in group)
                AppendRecipient(text, recipient, "The server", "said:", "Tried until", sentence => sentence.English);
        }
        AppendMessage(text, "The mail:", "Subject", "Accepted", "Number");
    }

    private void AppendJapanese(StringBuilder text)
    {
        Line(text, $"これは、メールサーバー {notice.HostName} からの自動通知です。");
        Line(text);
        foreach (var group in notice.Recipients.GroupBy(recipient => recipient.Action))
        {
            Line(text, group.Key switch
            {
                DsnAction.Failed => "次の宛先にメールを配信できませんでした。",
                DsnAction.Delayed => "次の宛先への配信が遅れています。再送の必要はありません。",
                DsnAction.Relayed => "配信確認に対応していないサーバーへメールを転送しました。",
                DsnAction.Expanded => "次の宛先の登録者にメールを配信しました。",
                _ => "次の宛先にメールを配信しました。",
            });
            foreach (var recipient in group)
                AppendRecipient(text, recipient, "サーバー", "の応答:", "再試行の期限", sentence => sentence.Japanese);
        }
        AppendMessage(text, "対象のメール:", "件名", "受付日時", "管理番号");
    }

    private static void AppendRecipient(
        StringBuilder text, DsnRecipient recipient, string server, string said, string until,
        Func<PlainSentence, string> choose)
    {
        Line(text);
        Line(text, $"  <{recipient.Address.ToQuotedString()}>");
        if (recipient.Action is DsnAction.Failed or DsnAction.Delayed)
        {
            Line(text, $"    {choose(recipient.Sentence ?? PlainSentences.Of(recipient.Status))}");
            var host = string.IsNullOrEmpty(recipient.RemoteMta) ? "" : $" {SafeText.Of(recipient.RemoteMta)}";
            if (recipient.Reply is { } reply)
                Line(text, $"    {server}{host} {said} {SafeText.Of(reply.ToString())}");
            else if (recipient.Text.Length > 0)
                Line(text, $"    ({SafeText.Of(recipient.Text)})");
        }
        if (recipient.WillRetryUntil is { } time) Line(text, $"    {until}: {MailDate.Format(time)}");
    }

    private void AppendMessage(StringBuilder text, string title, string subject, string accepted, string number)
    {
        Line(text);
        Line(text, title);
        if (HeaderBlock.Read(notice.Original).TryFind("Subject"u8, out var field))
            Line(text, $"  {subject}: {field.Decode()}");
        Line(text, $"  {accepted}: {MailDate.Format(notice.ArrivedAt)}");
        Line(text, $"  {number}: {notice.About}");
    }

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append("\r\n");
}
