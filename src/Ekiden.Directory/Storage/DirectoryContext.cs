using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ekiden.Directory.Storage;

/// <summary>The directory's tables. The records are the rows: read once at the start, written one at a time.</summary>
internal sealed class DirectoryContext(DbContextOptions<DirectoryContext> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<AccessKey> Keys => Set<AccessKey>();

    public DbSet<SenderDomain> Domains => Set<SenderDomain>();

    public DbSet<DomainKey> DomainKeys => Set<DomainKey>();

    public DbSet<LearnedLimit> LearnedLimits => Set<LearnedLimit>();

    public DbSet<Instance> Instances => Set<Instance>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Account>(Configure);
        modelBuilder.Entity<AccessKey>(Configure);
        modelBuilder.Entity<SenderDomain>(Configure);
        modelBuilder.Entity<DomainKey>(Configure);
        modelBuilder.Entity<LearnedLimit>(Configure);
        modelBuilder.Entity<Instance>(Configure);
    }

    private static void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable("accounts");
        account.Property(row => row.Id).HasColumnName("id");
        account.Property(row => row.Name).HasColumnName("name");
        account.Property(row => row.Status).HasColumnName("status").HasConversion<string>();
        account.Property(row => row.CreatedAt).HasColumnName("created_at");
        account.ComplexProperty(row => row.Quota, quota =>
        {
            quota.Property(value => value.Daily).HasColumnName("quota_daily");
            quota.Property(value => value.Hourly).HasColumnName("quota_hourly");
            quota.Property(value => value.PerSecond).HasColumnName("quota_per_second");
        });
        account.HasIndex(row => row.Name).IsUnique();
    }

    private static void Configure(EntityTypeBuilder<AccessKey> key)
    {
        key.ToTable("keys");
        key.Property(row => row.Id).HasColumnName("id");
        key.Property(row => row.AccountId).HasColumnName("account_id");
        key.Property(row => row.Username).HasColumnName("username");
        key.Property(row => row.Scopes).HasColumnName("scopes").HasConversion(
            scopes => KeyScopeNames.ToText(scopes), text => KeyScopeNames.FromText(text));
        key.Property(row => row.ExpiresAt).HasColumnName("expires_at");
        key.Property(row => row.CreatedAt).HasColumnName("created_at");
        key.Property(row => row.RevokedAt).HasColumnName("revoked_at");
        key.Property(row => row.SecretHash).HasColumnName("secret_sha256");
        key.ComplexProperty(row => row.Scram, scram =>
        {
            scram.Property(value => value.SaltBytes).HasColumnName("scram_salt");
            scram.Property(value => value.Iterations).HasColumnName("scram_iterations");
            scram.Property(value => value.StoredKeyBytes).HasColumnName("scram_stored_key");
            scram.Property(value => value.ServerKeyBytes).HasColumnName("scram_server_key");
            scram.Ignore(value => value.Salt);
            scram.Ignore(value => value.StoredKey);
            scram.Ignore(value => value.ServerKey);
        });
        key.HasOne<Account>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Restrict);
        key.HasIndex(row => row.Username).IsUnique();
        key.HasIndex(row => row.SecretHash).IsUnique();
    }

    private static void Configure(EntityTypeBuilder<SenderDomain> domain)
    {
        domain.ToTable("domains");
        domain.Property(row => row.Id).HasColumnName("id");
        domain.Property(row => row.AccountId).HasColumnName("account_id");
        domain.Property(row => row.Name).HasColumnName("name");
        domain.Property(row => row.Status).HasColumnName("status").HasConversion<string>();
        domain.Property(row => row.CreatedAt).HasColumnName("created_at");
        domain.Ignore(row => row.IsUsable);
        domain.HasOne<Account>().WithMany().HasForeignKey(row => row.AccountId).OnDelete(DeleteBehavior.Restrict);
        domain.HasIndex(row => row.Name).IsUnique();
    }

    private static void Configure(EntityTypeBuilder<DomainKey> key)
    {
        key.ToTable("domain_keys");
        key.Property(row => row.Id).HasColumnName("id");
        key.Property(row => row.DomainId).HasColumnName("domain_id");
        key.Property(row => row.Selector).HasColumnName("selector");
        key.Property(row => row.PublicRecord).HasColumnName("public_record");
        key.Property(row => row.SealedKey).HasColumnName("sealed_key").HasConversion(
            bytes => bytes.ToArray(), array => new ReadOnlyMemory<byte>(array));
        key.Property(row => row.Status).HasColumnName("status").HasConversion<string>();
        key.Property(row => row.CreatedAt).HasColumnName("created_at");
        key.Property(row => row.PublishedAt).HasColumnName("published_at");
        key.Property(row => row.RetiredAt).HasColumnName("retired_at");
        key.HasOne<SenderDomain>().WithMany().HasForeignKey(row => row.DomainId).OnDelete(DeleteBehavior.Restrict);
        key.HasIndex(row => new { row.DomainId, row.Selector }).IsUnique();
    }

    private static void Configure(EntityTypeBuilder<LearnedLimit> limit)
    {
        limit.ToTable("learned_limits");
        limit.HasKey(row => new { row.Source, row.Site });
        limit.Property(row => row.Source).HasColumnName("source");
        limit.Property(row => row.Site).HasColumnName("site");
        limit.Property(row => row.State).HasColumnName("state");
        limit.Property(row => row.ChangedAt).HasColumnName("changed_at");
    }

    private static void Configure(EntityTypeBuilder<Instance> instance)
    {
        instance.ToTable("instance");
        instance.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
        instance.Property(row => row.Secret).HasColumnName("secret");
    }
}
