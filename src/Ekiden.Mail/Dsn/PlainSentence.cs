namespace Ekiden.Mail.Dsn;

/// <summary>One sentence for people, in both languages.</summary>
public sealed record PlainSentence(string English, string Japanese);

/// <summary>
/// What an enhanced status means, in one sentence: RFC 3463 §3, and the IANA registry that RFC 5248 keeps.
/// </summary>
public static class PlainSentences
{
    private static readonly Dictionary<(short Subject, short Detail), PlainSentence> Exact = new()
    {
        [(1, 1)] = new("The address does not exist at the receiving domain. Please check its spelling.",
            "宛先のメールアドレスが存在しません。つづりをご確認ください。"),
        [(1, 2)] = new("The domain of the address does not exist. Please check its spelling.",
            "宛先のドメインが存在しません。つづりをご確認ください。"),
        [(1, 3)] = new("The address is not written correctly. Please check its spelling.",
            "宛先のメールアドレスの書き方が正しくありません。つづりをご確認ください。"),
        [(1, 6)] = new("The recipient has moved, and no new address is known.",
            "宛先の利用者は移転しており、新しいアドレスは分かりません。"),
        [(1, 7)] = new("The receiving server does not accept the sender's address.",
            "受信側のサーバーが差出人のメールアドレスを受け付けません。"),
        [(1, 8)] = new("The receiving server does not find the sender's domain.",
            "受信側のサーバーが差出人のドメインを確認できません。"),
        [(1, 10)] = new("The domain of the address takes no mail at all.",
            "宛先のドメインはメールを受け付けていません。"),
        [(2, 1)] = new("The recipient's mailbox is switched off.",
            "宛先のメールボックスは利用が停止されています。"),
        [(2, 2)] = new("The recipient's mailbox is full.",
            "宛先のメールボックスの容量がいっぱいです。"),
        [(2, 3)] = new("The mail is larger than the recipient's mailbox allows.",
            "メールのサイズが、宛先のメールボックスの上限を超えています。"),
        [(3, 1)] = new("The receiving server has no room left for mail.",
            "受信側のサーバーの空き容量が足りません。"),
        [(3, 2)] = new("The receiving server takes no mail at the moment.",
            "受信側のサーバーが一時的にメールを受け付けていません。"),
        [(3, 4)] = new("The mail is larger than the receiving server allows.",
            "メールのサイズが、受信側のサーバーの上限を超えています。"),
        [(4, 1)] = new("The receiving server does not answer.",
            "受信側のサーバーが応答しません。"),
        [(4, 2)] = new("The connection to the receiving server broke.",
            "受信側のサーバーとの接続が途中で切れました。"),
        [(4, 3)] = new("The receiving server could not be looked up in the name service.",
            "受信側のサーバーをDNSで調べることができませんでした。"),
        [(4, 4)] = new("No usable way leads to the receiving server; its domain is not set up correctly.",
            "受信側のサーバーへの経路が見つかりません。宛先のドメインの設定に誤りがあります。"),
        [(4, 5)] = new("The receiving server has too much mail at the moment.",
            "受信側のサーバーが混み合っています。"),
        [(4, 6)] = new("The mail goes round in circles; its way is not set up correctly.",
            "メールが循環しています。配送経路の設定に誤りがあります。"),
        [(4, 7)] = new("It could not be delivered in the time allowed for it.",
            "期限内に配信できませんでした。"),
        [(5, 3)] = new("The mail has more recipients than the receiving server allows at once.",
            "宛先の数が、受信側のサーバーの上限を超えています。"),
        [(6, 7)] = new("The receiving server cannot take addresses in this script.",
            "受信側のサーバーが、この文字を使ったメールアドレスに対応していません。"),
        [(7, 1)] = new("The receiving server refuses this mail by its own rules.",
            "受信側のサーバーが、独自の規則によりこのメールを拒否しました。"),
        [(7, 10)] = new("The mail asks for encryption that the receiving server does not offer.",
            "必要な暗号化に、受信側のサーバーが対応していません。"),
        [(7, 20)] = OurSetUp,
        [(7, 21)] = OurSetUp,
        [(7, 22)] = OurSetUp,
        [(7, 23)] = OurSetUp,
        [(7, 24)] = OurSetUp,
        [(7, 25)] = OurSetUp,
        [(7, 26)] = OurSetUp,
        [(7, 27)] = OurSetUp,
        // Gmail and Outlook use these for missing authentication, RFC 8689 has 30 for REQUIRETLS (japan.md B5, B18)
        [(7, 30)] = OurSetUp,
        [(7, 31)] = OurSetUp,
        [(7, 32)] = OurSetUp,
        [(7, 515)] = OurSetUp,
        [(7, 28)] = new("The receiving server limits how much mail it takes from this sender.",
            "受信側のサーバーが、この差出人からのメールの量を制限しています。"),
        [(7, 29)] = new("The receiving server asks for encryption. Please tell your mail administrator.",
            "受信側のサーバーが暗号化を求めています。メール管理者にお知らせください。"),
    };

    private static readonly PlainSentence[] BySubject =
    [
        new("The receiving server gave no closer reason.",
            "受信側のサーバーは詳しい理由を示していません。"),
        new("The receiving server does not accept the address.",
            "受信側のサーバーが宛先のメールアドレスを受け付けません。"),
        new("The recipient's mailbox does not take the mail.",
            "宛先のメールボックスがメールを受け付けません。"),
        new("The receiving server has trouble of its own.",
            "受信側のサーバーに問題が発生しています。"),
        new("The receiving server could not be reached.",
            "受信側のサーバーに接続できませんでした。"),
        new("The two mail servers did not understand each other.",
            "メールサーバー間の通信で問題が発生しました。"),
        new("The receiving server does not accept the contents of the mail.",
            "受信側のサーバーがメールの内容を受け付けません。"),
        new("The receiving server refuses this mail for reasons of security or policy.",
            "受信側のサーバーが、セキュリティまたは方針上の理由でこのメールを拒否しました。"),
    ];

    private static PlainSentence OurSetUp => new(
        "The receiving server found the sending domain's set-up (SPF, DKIM, DMARC or reverse DNS) at fault. "
        + "Please tell your mail administrator.",
        "送信側のドメインの設定（SPF、DKIM、DMARC、逆引き）に問題があると判断されました。メール管理者にお知らせください。");

    /// <summary>
    /// The sentence of a status; of its subject when the detail has none, and a general one for the rest.
    /// </summary>
    public static PlainSentence Of(EnhancedStatus status) =>
        Exact.TryGetValue((status.Subject, status.Detail), out var sentence)
            ? sentence
            : BySubject[status.Subject < BySubject.Length ? status.Subject : 0];
}
