using System.Collections.Immutable;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary>One <c>[[pool]]</c>: egress sources that share mail.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Members">At least one.</param>
public sealed record PoolSettings(string Name, ImmutableArray<PoolMember> Members)
{
    internal static PoolSettings? Read(SettingsSection section, IReadOnlyCollection<string> sources)
    {
        var name = section.Require("name", SettingsForms.Text);
        var members = ImmutableArray.CreateBuilder<PoolMember>();
        foreach (var item in section.Sections("members"))
        {
            var egress = item.Require("egress", SettingsForms.Text);
            var weight = item.Get("weight", SettingsForms.Whole(1, 1000), 1);
            item.Finish();
            if (egress is null) continue;
            if (!sources.Contains(egress)) item.Error("egress", $"there is no [[egress]] with the name \"{egress}\"");
            members.Add(new PoolMember(egress, weight));
        }
        if (!section.Has("members")) section.Error("members", "is missing; expected [{ egress = \"…\", weight = 1 }]");
        section.NotYet("name", "mail leaves from the first source until there are pools");
        section.Finish();
        return name is null ? null : new PoolSettings(name, members.ToImmutable());
    }
}

/// <summary>One source of a pool.</summary>
/// <param name="Egress">The name of an <c>[[egress]]</c>.</param>
/// <param name="Weight">1 to 1,000: its part of the mail, against the others'.</param>
public sealed record PoolMember(string Egress, int Weight);
