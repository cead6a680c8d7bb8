using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Ekiden.Directory.Storage;

/// <summary>Gives <c>dotnet ef</c> a context, to write migrations with; the product never calls it.</summary>
internal sealed class DirectoryContextFactory : IDesignTimeDbContextFactory<DirectoryContext>
{
    public DirectoryContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<DirectoryContext>().UseSqlite("Data Source=:memory:").Options);
}
