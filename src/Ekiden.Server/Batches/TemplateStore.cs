using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Server.Batches;

/// <summary>The stored templates of every account, one file each, with all their versions.</summary>
internal sealed class TemplateStore
{
    private readonly string _directory;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, StoredTemplate> _templates = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    private TemplateStore(string directory, TimeProvider clock) => (_directory, _clock) = (directory, clock);

    /// <summary>Opens the folder, or makes it.</summary>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static TemplateStore Open(string directory, TimeProvider clock)
    {
        DurableFile.CreateDirectory(directory);
        var store = new TemplateStore(directory, clock);
        foreach (var file in System.IO.Directory.EnumerateFiles(directory, "tpl_*.json"))
        {
            var template = JsonSerializer.Deserialize(File.ReadAllBytes(file), StoredJson.Default.StoredTemplate);
            if (template is not null) store._templates[template.Id] = template;
        }
        return store;
    }

    /// <summary>The templates of an account by name; null is every account's.</summary>
    public IReadOnlyList<StoredTemplate> Of(string? account) =>
    [
        .. _templates.Values.Where(template => account is null || template.Account == account)
            .OrderBy(template => template.Name, StringComparer.Ordinal),
    ];

    /// <summary>A template of an account by id or name; null when there is none.</summary>
    public StoredTemplate? Find(string? account, string idOrName) =>
        _templates.TryGetValue(idOrName, out var byId) && (account is null || byId.Account == account)
            ? byId
            : Of(account).FirstOrDefault(template => template.Name == idOrName);

    /// <summary>A new template; null when the account has one of this name. Durable when it returns.</summary>
    public StoredTemplate? Add(string account, string name, TemplateVersion first)
    {
        lock (_gate)
        {
            if (Find(account, name) is not null) return null;
            var id = "tpl_" + Crockford.Encode(BatchId.Create(_clock).Value);
            return Write(new StoredTemplate(id, account, name, [first with { CreatedAt = _clock.GetUtcNow() }]));
        }
    }

    /// <summary>A new version, which is the newest from now on. Durable when it returns.</summary>
    public StoredTemplate AddVersion(StoredTemplate template, TemplateVersion version)
    {
        lock (_gate)
        {
            var current = _templates[template.Id];
            return Write(current with
            {
                Versions = current.Versions.Add(version with { CreatedAt = _clock.GetUtcNow() }),
            });
        }
    }

    /// <summary>Removes a template; batches that were handed in with it have their own copy.</summary>
    public void Remove(StoredTemplate template)
    {
        lock (_gate)
        {
            if (_templates.TryRemove(template.Id, out _)) File.Delete(PathOf(template.Id));
        }
    }

    private StoredTemplate Write(StoredTemplate template)
    {
        DurableFile.Write(
            PathOf(template.Id), JsonSerializer.SerializeToUtf8Bytes(template, StoredJson.Default.StoredTemplate));
        return _templates[template.Id] = template;
    }

    private string PathOf(string id) => Path.Combine(_directory, id + ".json");
}

/// <summary>A template with its versions, oldest first.</summary>
internal sealed record StoredTemplate(
    string Id, string Account, string Name, ImmutableArray<TemplateVersion> Versions)
{
    /// <summary>The version of this number, from 1; null is the newest. Null when there is none.</summary>
    public (int Number, TemplateVersion Version)? Get(int? number)
    {
        var wanted = number ?? Versions.Length;
        return wanted >= 1 && wanted <= Versions.Length ? (wanted, Versions[wanted - 1]) : null;
    }
}

/// <summary>One version of a template.</summary>
internal sealed record TemplateVersion(string? Subject, string? Text, string? Html, DateTimeOffset CreatedAt);
