using Microsoft.EntityFrameworkCore.Migrations;

namespace Ekiden.Directory.Migrations;

/// <summary>Accounts, their keys and sender domains, and the installation's own secret.</summary>
internal sealed partial class FirstTables : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        CreateInstance(migrationBuilder);
        CreateAccounts(migrationBuilder);
        CreateKeys(migrationBuilder);
        CreateDomains(migrationBuilder);
    }

    // The secret is made here, so that no crash can leave a database without one.
    private static void CreateInstance(MigrationBuilder tables)
    {
        tables.CreateTable(
            "instance",
            table => new
            {
                id = table.Column<int>(type: "INTEGER", nullable: false),
                secret = table.Column<byte[]>(type: "BLOB", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_instance", row => row.id));
        tables.Sql("INSERT INTO instance (id, secret) VALUES (1, randomblob(32))");
    }

    private static void CreateAccounts(MigrationBuilder tables)
    {
        tables.CreateTable(
            "accounts",
            table => new
            {
                id = table.Column<string>(type: "TEXT", nullable: false),
                name = table.Column<string>(type: "TEXT", nullable: false),
                status = table.Column<string>(type: "TEXT", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "TEXT", nullable: false),
                quota_daily = table.Column<long>(type: "INTEGER", nullable: true),
                quota_hourly = table.Column<long>(type: "INTEGER", nullable: true),
                quota_per_second = table.Column<double>(type: "REAL", nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_accounts", row => row.id));
        tables.CreateIndex("IX_accounts_name", "accounts", "name", unique: true);
    }

    private static void CreateKeys(MigrationBuilder tables)
    {
        tables.CreateTable(
            "keys",
            table => new
            {
                id = table.Column<string>(type: "TEXT", nullable: false),
                account_id = table.Column<string>(type: "TEXT", nullable: false),
                username = table.Column<string>(type: "TEXT", nullable: false),
                scopes = table.Column<string>(type: "TEXT", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "TEXT", nullable: true),
                created_at = table.Column<DateTimeOffset>(type: "TEXT", nullable: false),
                revoked_at = table.Column<DateTimeOffset>(type: "TEXT", nullable: true),
                secret_sha256 = table.Column<byte[]>(type: "BLOB", nullable: false),
                scram_iterations = table.Column<int>(type: "INTEGER", nullable: false),
                scram_salt = table.Column<byte[]>(type: "BLOB", nullable: false),
                scram_server_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                scram_stored_key = table.Column<byte[]>(type: "BLOB", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_keys", row => row.id);
                table.ForeignKey("FK_keys_accounts_account_id", row => row.account_id, "accounts", "id",
                    onDelete: ReferentialAction.Restrict);
            });
        tables.CreateIndex("IX_keys_account_id", "keys", "account_id");
        tables.CreateIndex("IX_keys_secret_sha256", "keys", "secret_sha256", unique: true);
        tables.CreateIndex("IX_keys_username", "keys", "username", unique: true);
    }

    private static void CreateDomains(MigrationBuilder tables)
    {
        tables.CreateTable(
            "domains",
            table => new
            {
                id = table.Column<string>(type: "TEXT", nullable: false),
                account_id = table.Column<string>(type: "TEXT", nullable: false),
                name = table.Column<string>(type: "TEXT", nullable: false),
                status = table.Column<string>(type: "TEXT", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "TEXT", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_domains", row => row.id);
                table.ForeignKey("FK_domains_accounts_account_id", row => row.account_id, "accounts", "id",
                    onDelete: ReferentialAction.Restrict);
            });
        tables.CreateIndex("IX_domains_account_id", "domains", "account_id");
        tables.CreateIndex("IX_domains_name", "domains", "name", unique: true);
    }
}
