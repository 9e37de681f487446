using Podium.Platform.Databases;

namespace Podium.Tests.Platform.Databases;

public sealed class SqlScriptTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" ;; \n ; -- nothing", new string[0])]
    [InlineData("SELECT 1", new[] { "SELECT 1" })]
    [InlineData("SELECT 1;\nSELECT 2;\n", new[] { "SELECT 1", "SELECT 2" })]
    [InlineData("SELECT 1 -- one; more\n;SELECT 2", new[] { "SELECT 1 -- one; more", "SELECT 2" })]
    [InlineData("-- why; where\nSELECT 1; -- the end;", new[] { "SELECT 1" })]
    [InlineData("/* a; /* nested; */ still; */ SELECT 1; SELECT 2 /* left open; ", new[] { "SELECT 1", "SELECT 2 /* left open;" })]
    [InlineData("SELECT 1 - -1; SELECT 4 / 2", new[] { "SELECT 1 - -1", "SELECT 4 / 2" })]
    [InlineData("SELECT ';'; SELECT 'it''s; here'", new[] { "SELECT ';'", "SELECT 'it''s; here'" })]
    [InlineData("SELECT ''; SELECT ''''", new[] { "SELECT ''", "SELECT ''''" })]
    [InlineData("SELECT \"a;b\" FROM \"c\"\";d\"; SELECT 2", new[] { "SELECT \"a;b\" FROM \"c\"\";d\"", "SELECT 2" })]
    [InlineData(@"SELECT E'it\'s; here'; SELECT 2", new[] { @"SELECT E'it\'s; here'", "SELECT 2" })]
    [InlineData(@"SELECT e'\\'; SELECT e'a'';b\';c'", new[] { @"SELECT e'\\'", @"SELECT e'a'';b\';c'" })]
    [InlineData(@"SELECT 'back\'; SELECT 2", new[] { @"SELECT 'back\'", "SELECT 2" })]
    [InlineData(@"SELECT name'x\'; SELECT 2", new[] { @"SELECT name'x\'", "SELECT 2" })]
    [InlineData("DO $$ BEGIN PERFORM 1; END $$; SELECT 2", new[] { "DO $$ BEGIN PERFORM 1; END $$", "SELECT 2" })]
    [InlineData("DO $a$ x; $b$ y; $$ z; $a; $a$; SELECT 2", new[] { "DO $a$ x; $b$ y; $$ z; $a; $a$", "SELECT 2" })]
    [InlineData("DO $тег$ x; $тег$; SELECT 2", new[] { "DO $тег$ x; $тег$", "SELECT 2" })]
    [InlineData("SELECT a$b; SELECT c$b", new[] { "SELECT a$b", "SELECT c$b" })]
    [InlineData("SELECT $1; SELECT $1", new[] { "SELECT $1", "SELECT $1" })]
    [InlineData("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3", new[] { "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3" })]
    [InlineData(
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT 3",
        new[] { "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END", "SELECT 3" })]
    [InlineData(
        "create or replace procedure p() begin atomic insert into t values (1); end; SELECT 3",
        new[] { "create or replace procedure p() begin atomic insert into t values (1); end", "SELECT 3" })]
    [InlineData("BEGIN; SELECT 1; END; SELECT CASE WHEN true THEN 1 END; SELECT 2", new[] { "BEGIN", "SELECT 1", "END", "SELECT CASE WHEN true THEN 1 END", "SELECT 2" })]
    [InlineData("CREATE FUNCTION f() RETURNS int RETURN 1; SELECT 2", new[] { "CREATE FUNCTION f() RETURNS int RETURN 1", "SELECT 2" })]
    [InlineData("SELECT 'never closed; SELECT 2", new[] { "SELECT 'never closed; SELECT 2" })]
    public void A_script_is_taken_apart_where_PostgreSQL_would(string script, string[] statements) =>
        Assert.Equal(statements, SqlScript.Statements(script).Select(statement => statement.Text));

    [Fact]
    public void A_statement_knows_the_line_its_first_word_is_on() =>
        Assert.Equal([3, 4, 7], SqlScript.Statements("-- podium: no transaction\n\n SELECT 1;\n/* */ SELECT\n  2;\n\nSELECT 3;").Select(statement => statement.Line));

    [Fact]
    public void Every_migration_of_ours_ends_where_a_statement_ends() =>
        Assert.All(Migration.All.SelectMany(migration => new[] { migration.Up, migration.Down }), script => Assert.EndsWith(";", script.TrimEnd(), StringComparison.Ordinal));
}
