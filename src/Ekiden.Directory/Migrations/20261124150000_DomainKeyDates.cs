using Microsoft.EntityFrameworkCore.Migrations;

namespace Ekiden.Directory.Migrations;

/// <summary>When keys were seen in DNS, and when they signed for the last time.</summary>
internal sealed partial class DomainKeyDates : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<DateTimeOffset>("published_at", "domain_keys", type: "TEXT", nullable: true);
        migrationBuilder.AddColumn<DateTimeOffset>("retired_at", "domain_keys", type: "TEXT", nullable: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropColumn("published_at", "domain_keys");
        migrationBuilder.DropColumn("retired_at", "domain_keys");
    }
}
