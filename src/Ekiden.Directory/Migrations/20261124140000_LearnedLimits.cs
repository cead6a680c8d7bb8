using Microsoft.EntityFrameworkCore.Migrations;

namespace Ekiden.Directory.Migrations;

/// <summary>What lanes have learned of receiving sites.</summary>
internal sealed partial class LearnedLimits : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateTable(
            "learned_limits",
            table => new
            {
                source = table.Column<string>(type: "TEXT", nullable: false),
                site = table.Column<string>(type: "TEXT", nullable: false),
                state = table.Column<string>(type: "TEXT", nullable: false),
                changed_at = table.Column<DateTimeOffset>(type: "TEXT", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_learned_limits", row => new { row.source, row.site }));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("learned_limits");
}
