using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Ekiden.Delivery.Attempts;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Delivery.Bounces;

/// <summary>
/// Who is told what when an attempt has ended: RFC 3461 §5.2. One notice per message and kind, about all recipients
/// that ended in this attempt; never to the null sender, never about mail from outside, never about a notice
/// (reliability.md F-R3).
/// </summary>
internal sealed class NoticePlanner(NoticeWriter writer, INoticeIntake intake, NoticeOptions options)
{
    // Twice the index's resolution: a time written to it and read again is later by less.
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(200);

    private static readonly NoticeKind[] Kinds = [NoticeKind.Failure, NoticeKind.Success, NoticeKind.Delay];

    private volatile NoticeOptions _options = options;

    /// <summary>The settings; replaced at a reload.</summary>
    public NoticeOptions Options { get => _options; set => _options = value; }

    /// <summary>When this recipient's sender wants to be told that it is late; null when not.</summary>
    public DateTimeOffset? LateAt(AcceptedMessage message, EnvelopeRecipient recipient)
    {
        if (!MayTell(message)) return null;
        var wants = recipient.Notify == DsnNotify.Unspecified
            ? _options.TellDelays
            : recipient.Notify.HasFlag(DsnNotify.Delay);
        return wants ? message.AcceptedAt + _options.LateAfter : null;
    }

    /// <summary>The notices to commit together with the results; usually none.</summary>
    /// <param name="attempt">The attempt, its content still open.</param>
    /// <param name="attempted">Its results, in the order of its recipients.</param>
    /// <param name="peerTellsSuccess">The next host took over NOTIFY=SUCCESS: RFC 3461 §5.2.2.</param>
    /// <param name="cancel">Ends the wait for the disk.</param>
    /// <exception cref="SpoolFullException">The spool has no room for one of them.</exception>
    public ValueTask<ImmutableArray<JournalEntry>> PlanAsync(
        Attempt attempt, JournalEntry.Attempted attempted, bool peerTellsSuccess, CancellationToken cancel)
    {
        var told = MayTell(attempt.Message) ? WhoIsTold(attempt, attempted, peerTellsSuccess) : null;
        return told is null
            ? ValueTask.FromResult(ImmutableArray<JournalEntry>.Empty)
            : PrepareAsync(attempt, attempted, told, cancel);
    }

    private List<(NoticeKind Kind, int Index)>? WhoIsTold(
        Attempt attempt, JournalEntry.Attempted attempted, bool peerTellsSuccess)
    {
        List<(NoticeKind Kind, int Index)>? told = null;
        for (var i = 0; i < attempted.Results.Length; i++)
        {
            if (KindFor(attempt, i, attempted.Results[i], peerTellsSuccess) is { } kind) (told ??= []).Add((kind, i));
        }
        return told;
    }

    private async ValueTask<ImmutableArray<JournalEntry>> PrepareAsync(
        Attempt attempt, JournalEntry.Attempted attempted, List<(NoticeKind Kind, int Index)> told,
        CancellationToken cancel)
    {
        var notices = ImmutableArray.CreateBuilder<JournalEntry>();
        try
        {
            foreach (var kind in Kinds)
            {
                ImmutableArray<int> about = [.. told.Where(each => each.Kind == kind).Select(each => each.Index)];
                if (about.Length == 0) continue;
                notices.Add(await intake.PrepareAsync(Write(kind, attempt, attempted, about), cancel));
            }
            return notices.DrainToImmutable();
        }
        catch
        {
            foreach (var notice in notices) ((JournalEntry.Accepted)notice).Content.Dispose();
            throw;
        }
    }

    private static bool MayTell(AcceptedMessage message) =>
        message.Envelope.Sender is not null
        && message.NoticeAbout is null
        && message.Origin is not (MessageOrigin.Inbound or MessageOrigin.Notice);

    private NoticeKind? KindFor(Attempt attempt, int index, RecipientResult result, bool peerTellsSuccess)
    {
        var recipient = attempt.Addressee(index);
        return result.Outcome switch
        {
            DeliveryOutcome.Failed => recipient.Notify == DsnNotify.Unspecified
                || recipient.Notify.HasFlag(DsnNotify.Failure)
                ? NoticeKind.Failure
                : null,
            DeliveryOutcome.Delivered => recipient.Notify.HasFlag(DsnNotify.Success) && !peerTellsSuccess
                ? NoticeKind.Success
                : null,
            _ => IsFirstLateAttempt(attempt, index) ? NoticeKind.Delay : null,
        };
    }

    // Attempts are scheduled so that one falls due when mail becomes late; the ones after it fall due later.
    private bool IsFirstLateAttempt(Attempt attempt, int index) =>
        LateAt(attempt.Message, attempt.Addressee(index)) is { } lateAt
        && attempt.BegunAt >= lateAt
        && attempt.Recipients[index].Due <= lateAt + Rounding;

    private Notice Write(NoticeKind kind, Attempt attempt, JournalEntry.Attempted attempted, ImmutableArray<int> about)
    {
        int[] places = [.. about.Select(index => attempted.Results[index].Recipient)];
        var story = new NoticeStory(attempt, attempted, about)
        {
            Id = DeriveId(attempt.Message.Id, kind, places),
            Kind = kind,
            ExpiresAt = attempted.At + _options.Lifetime,
        };
        return writer.Write(story, _options.Language);
    }

    // The time of the original in front, as in every id; the rest cannot be guessed nor made twice differently.
    private static MessageId DeriveId(MessageId message, NoticeKind kind, ReadOnlySpan<int> places)
    {
        Span<byte> input = stackalloc byte[17];
        BinaryPrimitives.WriteUInt128BigEndian(input, message.Value);
        input[16] = (byte)kind;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(input);
        Span<byte> place = stackalloc byte[4];
        foreach (var each in places)
        {
            BinaryPrimitives.WriteInt32BigEndian(place, each);
            hash.AppendData(place);
        }
        var id = hash.GetHashAndReset().AsSpan(0, 16);
        input[..6].CopyTo(id);
        id[6] = (byte)(0x70 | (id[6] & 0x0F)); // version 7: RFC 9562 §5.7
        id[8] = (byte)(0x80 | (id[8] & 0x3F)); // variant: RFC 9562 §4.1
        return new MessageId(BinaryPrimitives.ReadUInt128BigEndian(id));
    }
}
