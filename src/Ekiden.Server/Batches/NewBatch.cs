using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Spool;

namespace Ekiden.Server.Batches;

/// <summary>The lines of a batch on their way to the disk; given up, it leaves nothing.</summary>
internal sealed class NewBatch : IDisposable
{
    private const int Block = 256 << 10;

    private readonly DurableFileWriter _recipients;
    private readonly DurableFileWriter _errors;
    private readonly MemoryStream _pendingRecipients = new();
    private readonly MemoryStream _pendingErrors = new();
    private bool _isComplete;

    public NewBatch(string directory)
    {
        Directory = directory;
        _recipients = DurableFile.Create(Path.Combine(directory, BatchLines.RecipientsFile));
        _errors = DurableFile.Create(Path.Combine(directory, BatchLines.ErrorsFile));
    }

    public string Directory { get; }

    /// <summary>Lines taken.</summary>
    public long Accepted { get; private set; }

    /// <summary>Lines not taken.</summary>
    public long Rejected { get; private set; }

    /// <summary>Why not: the first hundred.</summary>
    public List<BatchError> FirstErrors { get; } = [];

    /// <summary>A recipient as the client wrote it, without a line end.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        _pendingRecipients.Write(line);
        _pendingRecipients.WriteByte((byte)'\n');
        Accepted++;
        if (_pendingRecipients.Length >= Block) Flush(_pendingRecipients, _recipients);
    }

    /// <summary>A recipient that is not taken.</summary>
    public void Reject(BatchError error)
    {
        if (FirstErrors.Count < 100) FirstErrors.Add(error);
        _pendingErrors.Write(JsonSerializer.SerializeToUtf8Bytes(error, ApiJson.Default.BatchError));
        _pendingErrors.WriteByte((byte)'\n');
        Rejected++;
        if (_pendingErrors.Length >= Block) Flush(_pendingErrors, _errors);
    }

    /// <summary>Makes the lines durable.</summary>
    public void Complete()
    {
        Flush(_pendingRecipients, _recipients);
        Flush(_pendingErrors, _errors);
        _recipients.Complete();
        _errors.Complete();
        _isComplete = true;
    }

    public void Dispose()
    {
        _recipients.Dispose();
        _errors.Dispose();
        if (!_isComplete) System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static void Flush(MemoryStream pending, DurableFileWriter file)
    {
        if (pending.Length > 0) file.Write(pending.GetBuffer().AsMemory(0, (int)pending.Length));
        pending.SetLength(0);
    }
}
