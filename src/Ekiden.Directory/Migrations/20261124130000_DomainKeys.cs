using Microsoft.EntityFrameworkCore.Migrations;

namespace Ekiden.Directory.Migrations;

/// <summary>The DKIM keys of sender domains.</summary>
internal sealed partial class DomainKeys : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "domain_keys",
            table => new
            {
                id = table.Column<string>(type: "TEXT", nullable: false),
                domain_id = table.Column<string>(type: "TEXT", nullable: false),
                selector = table.Column<string>(type: "TEXT", nullable: false),
                public_record = table.Column<string>(type: "TEXT", nullable: false),
                sealed_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                status = table.Column<string>(type: "TEXT", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "TEXT", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_domain_keys", row => row.id);
                table.ForeignKey("FK_domain_keys_domains_domain_id", row => row.domain_id, "domains", "id",
                    onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex(
            "IX_domain_keys_domain_id_selector", "domain_keys", ["domain_id", "selector"], unique: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("domain_keys");
}
