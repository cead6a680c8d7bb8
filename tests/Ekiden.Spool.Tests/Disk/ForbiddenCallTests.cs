using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Ekiden.Spool.Tests.Disk;

/// <summary>
/// The spool reaches the disk only by its own system calls: the runtime's flush reports success when it failed, and its
/// other file calls decide things a journal must decide (reliability §4.4).
/// </summary>
public sealed class ForbiddenCallTests
{
    private static readonly string[] ForbiddenTypes =
        ["System.IO.FileStream", "System.IO.RandomAccess", "System.IO.FileOptions", "System.IO.StreamWriter"];

    private static readonly string[] ForbiddenMembers =
    [
        "System.IO.File.Move", "System.IO.File.Replace", "System.IO.File.OpenHandle", "System.IO.File.Delete",
        "System.IO.File.WriteAllBytes", "System.IO.File.WriteAllText", "System.IO.File.Open", "System.IO.File.Create",
        "System.IO.FileInfo.MoveTo", "System.IO.FileInfo.Replace", "System.IO.FileInfo.Open", "System.IO.Stream.Flush",
    ];

    [Fact]
    public void The_spool_never_writes_or_flushes_through_the_runtime()
    {
        using var file = System.IO.File.OpenRead(typeof(IJournal).Assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var used = new List<string>();
        foreach (var handle in metadata.TypeReferences)
        {
            var type = metadata.GetTypeReference(handle);
            used.Add($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}");
        }

        Assert.Empty(used.Intersect(ForbiddenTypes));
        var members = new List<string>();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference) continue;
            var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            members.Add(string.Join(
                '.', ((StringHandle[])[type.Namespace, type.Name, member.Name]).Select(metadata.GetString)));
        }

        Assert.Empty(members.Intersect(ForbiddenMembers));
    }

    [Fact]
    public void The_spool_asks_the_kernel_for_nothing_but_what_a_journal_needs()
    {
        using var file = System.IO.File.OpenRead(typeof(IJournal).Assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var imported = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.MethodDefinitions)
        {
            var import = metadata.GetMethodDefinition(handle).GetImport();
            if (!import.Module.IsNil) imported.Add(metadata.GetString(import.Name));
        }

        Assert.Equal(
            ["fdatasync", "flock", "fsync", "ftruncate", "lseek", "mkdir", "open", "pread", "pwritev", "rename",
                "statvfs",
                "unlink"],
            imported);
    }
}
