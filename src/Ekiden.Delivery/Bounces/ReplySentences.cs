using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Mail.Dsn;

namespace Ekiden.Delivery.Bounces;

/// <summary>What a class of failure means to the person who sent the mail, in one sentence.</summary>
public static class ReplySentences
{
    private static readonly Dictionary<ReplyClass, PlainSentence> ByClass = new()
    {
        [ReplyClass.UserUnknown] = OfStatus(1, 1),
        [ReplyClass.HostUnknown] = OfStatus(1, 2),
        [ReplyClass.HasMoved] = OfStatus(1, 6),
        [ReplyClass.NotAccept] = OfStatus(1, 10),
        [ReplyClass.Suspend] = OfStatus(2, 1),
        [ReplyClass.MailboxFull] = OfStatus(2, 2),
        [ReplyClass.ExceedLimit] = OfStatus(2, 3),
        [ReplyClass.SystemFull] = OfStatus(3, 1),
        [ReplyClass.MesgTooBig] = OfStatus(3, 4),
        [ReplyClass.NetworkError] = OfStatus(4, 0),
        [ReplyClass.Expired] = OfStatus(4, 7),
        [ReplyClass.SystemError] = OfStatus(3, 0),
        [ReplyClass.SyntaxError] = OfStatus(5, 0),
        [ReplyClass.PolicyViolation] = OfStatus(7, 1),
        [ReplyClass.AuthFailure] = OfStatus(7, 26),
        [ReplyClass.RequirePtr] = OfStatus(7, 25),
        [ReplyClass.Speeding] = OfStatus(7, 28),
        [ReplyClass.TooManyConn] = OfStatus(7, 28),
        [ReplyClass.Blocked] = Blocks,
        [ReplyClass.BadReputation] = Blocks,
        [ReplyClass.Filtered] = new(
            "The recipient's own filter refuses the mail. Please reach the recipient in another way.",
            "宛先の利用者の受信設定によりメールが拒否されました。別の方法でご連絡ください。"),
        [ReplyClass.Greylisted] = new(
            "The receiving server asks to try again later, as it does with every new sender.",
            "受信側のサーバーが、初めての差出人に対して再送を求めています。"),
        [ReplyClass.Rejected] = new(
            "The receiving server does not accept the sender's address or this mail.",
            "受信側のサーバーが、差出人またはこのメールを受け付けません。"),
        [ReplyClass.SecurityError] = new(
            "The receiving server asks for encryption or sign-in. Please tell your mail administrator.",
            "受信側のサーバーが暗号化または認証を求めています。メール管理者にお知らせください。"),
        [ReplyClass.SpamDetected] = new(
            "The receiving server takes the contents of the mail for spam.",
            "受信側のサーバーが、メールの内容を迷惑メールと判断しました。"),
        [ReplyClass.VirusDetected] = new(
            "The receiving server has found something harmful in the mail or in its attachments.",
            "受信側のサーバーが、メールまたは添付ファイルに有害なものを検出しました。"),
        [ReplyClass.ContentError] = OfStatus(6, 0),
        [ReplyClass.NotCompliantRfc] = new(
            "The receiving server finds the form of the mail wrong. Please tell your mail administrator.",
            "メールの形式が規則に沿っていないと判断されました。メール管理者にお知らせください。"),
    };

    private static PlainSentence Blocks => new(
        "The receiving server blocks mail from our servers; the address may be right. "
        + "Please tell your mail administrator.",
        "受信側のサーバーが、当方のサーバーからのメールを拒否しています。メール管理者にお知らせください。");

    /// <summary>The sentence of a class; null for those that say nothing, whose status may say more.</summary>
    public static PlainSentence? Of(ReplyClass value) => ByClass.GetValueOrDefault(value);

    private static PlainSentence OfStatus(short subject, short detail) =>
        PlainSentences.Of(new EnhancedStatus(5, subject, detail));
}
