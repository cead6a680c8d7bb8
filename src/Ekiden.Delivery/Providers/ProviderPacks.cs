using System.Collections.Frozen;
using System.Collections.Immutable;
using Ekiden.Toml;

namespace Ekiden.Delivery.Providers;

/// <summary>The packs in force. Replaced as a whole at a reload.</summary>
public sealed class ProviderPacks
{
    private static readonly Lazy<ProviderPacks> FromProgram = new(ReadBuiltIn);

    private readonly FrozenDictionary<string, Provider> _byMxSuffix;
    private readonly FrozenDictionary<string, Provider> _byDomainSuffix;

    private ProviderPacks(ImmutableArray<ProviderPack> packs)
    {
        var general = packs.FirstOrDefault(pack => pack.Name == ProviderPack.DefaultName)
            ?? new ProviderPack(ProviderPack.DefaultName, 0);
        Default = new Provider(general, []);
        All = [.. packs.Select(pack => pack == general ? Default : new Provider(pack, general.Rules))];
        _byMxSuffix = BySuffix(pack => pack.MxSuffixes);
        _byDomainSuffix = BySuffix(pack => pack.DomainSuffixes);
    }

    /// <summary>Those that come with the program.</summary>
    public static ProviderPacks BuiltIn => FromProgram.Value;

    /// <summary>Every provider, by name.</summary>
    public ImmutableArray<Provider> All { get; }

    /// <summary>The provider of everybody else.</summary>
    public Provider Default { get; }

    /// <summary>
    /// Who receives for a domain: the provider that all of its MX hosts belong to, else the one that the domain itself
    /// belongs to, else <see cref="Default"/>. delivery.md §1: a domain that mixes providers is none of theirs.
    /// </summary>
    /// <param name="domain">In lower case and A-label form.</param>
    /// <param name="mxHosts">In lower case; none when they are not known.</param>
    public Provider Find(string domain, IEnumerable<string> mxHosts) =>
        FindByHosts(mxHosts) ?? FindByDomain(domain) ?? Default;

    /// <summary>The provider that all of these hosts belong to; null when there is none, or no host.</summary>
    public Provider? FindByHosts(IEnumerable<string> mxHosts)
    {
        Provider? found = null;
        foreach (var host in mxHosts)
        {
            var provider = Find(_byMxSuffix, host);
            if (provider is null || (found is not null && found != provider)) return null;
            found = provider;
        }
        return found;
    }

    /// <summary>The provider that a domain belongs to by its name; null when there is none.</summary>
    public Provider? FindByDomain(string domain) => Find(_byDomainSuffix, domain);

    /// <summary>
    /// The packs of the program, with those of the operator instead and beside. A file that has errors leaves what was
    /// in force under its name.
    /// </summary>
    /// <param name="files">The operator's files, read.</param>
    /// <param name="before">What is in force.</param>
    public static ProviderPacks WithFiles(ImmutableArray<PackFile> files, ProviderPacks before)
    {
        if (files.IsDefaultOrEmpty) return BuiltIn;
        var packs = BuiltIn.All.ToDictionary(provider => provider.Name, provider => provider.Pack);
        foreach (var file in files)
        {
            var pack = file.Pack ?? before.All.FirstOrDefault(provider => provider.Name == file.Name)?.Pack;
            if (pack is not null) packs[file.Name] = pack;
        }
        return Of(packs.Values);
    }

    /// <summary>Exactly these packs.</summary>
    internal static ProviderPacks Of(IEnumerable<ProviderPack> packs) =>
        new([.. packs.OrderBy(pack => pack.Name, StringComparer.Ordinal)]);

    private static Provider? Find(FrozenDictionary<string, Provider> bySuffix, string name)
    {
        var rest = name.AsSpan();
        var lookup = bySuffix.GetAlternateLookup<ReadOnlySpan<char>>();
        while (true)
        {
            if (lookup.TryGetValue(rest, out var provider)) return provider;
            var dot = rest.IndexOf('.');
            if (dot < 0) return null;
            rest = rest[(dot + 1)..];
        }
    }

    // Of two packs that claim the same name, the later in the alphabet has it, whatever the order of files.
    private FrozenDictionary<string, Provider> BySuffix(Func<ProviderPack, ImmutableArray<string>> suffixes)
    {
        var found = new Dictionary<string, Provider>(StringComparer.Ordinal);
        foreach (var provider in All)
        {
            foreach (var suffix in suffixes(provider.Pack)) found[suffix] = provider;
        }
        return found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static ProviderPacks ReadBuiltIn()
    {
        const string Folder = "packs/";
        var assembly = typeof(ProviderPacks).Assembly;
        var packs = new List<ProviderPack>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Folder, StringComparison.Ordinal)) continue;
            using var stream = assembly.GetManifestResourceStream(resource)!; // it was just listed
            using var reader = new StreamReader(stream);
            var problems = new SettingsProblems();
            var pack = PackReader.Read(reader.ReadToEnd(), resource, problems, check: false);
            if (pack is null || problems.All.Count > 0)
                throw new InvalidOperationException(string.Join('\n', problems.All));
            packs.Add(pack);
        }
        return Of(packs);
    }
}
