using Dapper;
using Npgsql;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Databases;

/// <summary>Rules that every table of ours keeps, asked of PostgreSQL's own catalogue. Each query answers what breaks its rule.</summary>
public sealed class SchemaTests(SchemaTests.Place place) : IClassFixture<SchemaTests.Place>
{
    // the tables that are no tenant's, and why
    private static readonly Dictionary<string, string> OfNoTenant = new()
    {
        ["tenants"] = "its id is the tenant",
        ["signing_keys"] = "one installation signs for all its tenants",
        ["schema_migrations"] = "about the database itself",
        ["schema_migration_progress"] = "about the database itself",
        ["partition_policies"] = "about the database itself",
        ["partition_archives"] = "a partition holds the rows of all tenants",
        ["file_incidents"] = "a blob that nobody asked for is no tenant's",
        ["legal_holds"] = "a hold is on partitions, which hold the rows of all tenants",
    };

    [Fact]
    public Task Every_table_has_a_tenant_id_as_its_first_column() => NothingAsync(
        """
        SELECT relname FROM tables
        WHERE relname <> ALL (@exempt)
          AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = oid AND attname = 'tenant_id' AND attnum = 1 AND attnotnull AND atttypid = 'uuid'::regtype)
        """);

    [Fact]
    public Task No_table_is_exempt_in_vain() => NothingAsync("SELECT name FROM unnest(@exempt) AS name WHERE name NOT IN (SELECT relname FROM tables)");

    [Fact]
    public Task Every_primary_key_begins_with_the_tenant() => NothingAsync(
        """
        SELECT relname FROM tables
        LEFT JOIN pg_constraint ON conrelid = tables.oid AND contype = 'p'
        LEFT JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE conkey IS NULL OR (attname <> 'tenant_id' AND relname <> ALL (@exempt))
        """);

    [Fact]
    public Task Every_tenants_table_has_forced_row_security() => NothingAsync(
        """
        SELECT relname FROM tables
        WHERE (relname = 'tenants' OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = oid AND attname = 'tenant_id'))
          AND NOT (relrowsecurity AND relforcerowsecurity)
          -- a partition is reached through its parent alone
          AND NOT (relispartition AND NOT has_table_privilege('podium_app', oid, 'SELECT, INSERT, UPDATE, DELETE') AND NOT has_table_privilege('podium_reader', oid, 'SELECT'))
        """);

    [Fact]
    public Task Every_secured_table_has_one_policy_for_the_tenants_own_and_one_for_all() => NothingAsync(
        """
        WITH wanted AS (
            SELECT oid, relname, 'own_tenant' AS name, '{podium_app,podium_reader}'::text[] AS roles,
                   CASE relname WHEN 'tenants' THEN '(id = current_tenant())' ELSE '(tenant_id = current_tenant())' END AS condition
            FROM tables WHERE relrowsecurity AND NOT relispartition
            UNION ALL
            SELECT oid, relname, 'all_tenants', '{podium_owner,podium_platform}', 'true' FROM tables WHERE relrowsecurity AND NOT relispartition
        ), present AS (
            SELECT polrelid AS oid, polname::text AS name, ARRAY(SELECT rolname::text FROM pg_roles WHERE pg_roles.oid = ANY (polroles) ORDER BY rolname) AS roles,
                   pg_get_expr(polqual, polrelid) AS condition, polcmd, pg_get_expr(polwithcheck, polrelid) AS checked
            FROM pg_policy WHERE polpermissive AND polrelid NOT IN (SELECT oid FROM tables WHERE relispartition)
        )
        SELECT coalesce(relname, oid::regclass::text) || '.' || name
        FROM wanted FULL JOIN present USING (oid, name)
        WHERE wanted.roles IS DISTINCT FROM present.roles OR wanted.condition IS DISTINCT FROM present.condition OR polcmd <> '*' OR checked IS DISTINCT FROM NULL
        """);

    [Fact]
    public Task No_foreign_key_leaves_the_tenant() => NothingAsync(
        """
        SELECT conname FROM pg_constraint
        JOIN tables ON tables.oid = conrelid
        JOIN pg_class AS target ON target.oid = confrelid
        WHERE contype = 'f' AND tables.relname <> 'tenants' AND NOT EXISTS (
            SELECT FROM unnest(conkey, confkey) AS pair (mine, theirs)
            JOIN pg_attribute AS mine ON mine.attrelid = conrelid AND mine.attnum = pair.mine
            JOIN pg_attribute AS theirs ON theirs.attrelid = confrelid AND theirs.attnum = pair.theirs
            WHERE mine.attname = 'tenant_id' AND theirs.attname = CASE target.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END)
        """);

    [Fact]
    public Task Every_foreign_key_has_an_index_that_begins_with_its_columns() => NothingAsync(
        """
        SELECT conname FROM pg_constraint
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_index
            CROSS JOIN LATERAL (SELECT (string_to_array(indkey::text, ' ')::int2[])[1:cardinality(conkey)] AS first) AS columns
            WHERE indrelid = conrelid AND indpred IS NULL AND indisvalid AND first @> conkey AND first <@ conkey)
        """);

    [Fact]
    public Task Every_instant_has_a_time_zone() => NothingAsync(
        """
        SELECT relname || '.' || attname FROM tables JOIN pg_attribute ON attrelid = oid
        WHERE atttypid IN ('timestamp'::regtype, 'timestamp[]'::regtype, 'timetz'::regtype, 'tsrange'::regtype) AND attnum > 0 AND NOT attisdropped
        """);

    [Fact]
    public Task Every_constraint_is_named_for_its_table_and_its_rule() => NothingAsync(
        """
        SELECT relname || ' ' || conname FROM pg_constraint JOIN tables ON tables.oid = conrelid
        WHERE NOT starts_with(conname, relname || '_') AND NOT (relispartition AND conislocal IS FALSE)
        """);

    [Fact]
    public Task Every_table_says_what_it_is_for() => NothingAsync("SELECT relname FROM tables WHERE obj_description(oid, 'pg_class') IS NULL AND NOT relispartition");

    [Fact]
    public Task Our_roles_are_nobody_by_themselves() => NothingAsync(
        """
        SELECT rolname FROM pg_roles
        WHERE rolname LIKE 'podium\_%' AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb OR rolreplication
            OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid))
        UNION ALL
        SELECT name FROM unnest(ARRAY['podium_owner', 'podium_app', 'podium_reader', 'podium_platform']) AS name WHERE name NOT IN (SELECT rolname FROM pg_roles)
        """);

    [Fact]
    public Task Rights_are_no_wider_than_rows() => NothingAsync(
        """
        SELECT relname || ' ' || CASE grantee WHEN 0 THEN 'public' ELSE grantee::regrole::text END || ' ' || privilege_type
        FROM pg_class CROSS JOIN LATERAL aclexplode(relacl)
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND grantee <> relowner AND CASE grantee::regrole::text
            WHEN 'podium_app' THEN privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') OR (relname = ANY (@exempt) AND privilege_type NOT IN ('SELECT', 'UPDATE'))
            WHEN 'podium_platform' THEN privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
            WHEN 'podium_reader' THEN privilege_type <> 'SELECT'
            ELSE true
        END
        UNION ALL
        SELECT 'schema public: ' || rolname FROM pg_roles
        WHERE rolname IN ('podium_app', 'podium_reader', 'podium_platform') AND has_schema_privilege(rolname, 'public', 'CREATE')
        """);

    [Fact]
    public Task No_tenant_reads_the_signing_keys() => NothingAsync(
        "SELECT rolname FROM pg_roles WHERE rolname IN ('podium_app', 'podium_reader') AND has_any_column_privilege(rolname, 'signing_keys', 'SELECT, INSERT, UPDATE')");

    [Fact]
    public Task A_function_with_its_owners_rights_has_a_search_path_of_its_own() => NothingAsync(
        """
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search\_path=%')
        """);

    [Fact]
    public Task A_view_shows_what_its_reader_may_see_and_not_what_its_owner_may() => NothingAsync(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
          AND (relkind = 'v' AND NOT coalesce(reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false)
               OR relkind = 'm' AND (has_table_privilege('podium_app', oid, 'SELECT') OR has_table_privilege('podium_reader', oid, 'SELECT')))
        """);

    [Fact]
    public Task Everything_belongs_to_the_owner() => NothingAsync(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> 'podium_owner'::regrole");

    [Fact]
    public Task What_people_change_in_a_competition_waits_while_it_is_frozen() => NothingAsync(
        $"""
        SELECT relname FROM tables JOIN pg_attribute ON attrelid = tables.oid AND attname = 'competition_id'
        WHERE NOT relispartition AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = tables.oid AND tgname = 'frozen') = (relname = ANY (ARRAY['{string.Join("', '", NotFrozen.Keys)}']))
        """);

    // the tables of a competition that a freeze leaves alone, and why
    private static readonly Dictionary<string, string> NotFrozen = new()
    {
        ["competition_moves"] = "the organisers'",
        ["competition_rounds"] = "the organisers'",
        ["entry_forms"] = "the organisers'",
        ["scoring_rubrics"] = "the organisers'",
        ["competition_judges"] = "the organisers'",
        ["assignment_plans"] = "the organisers' and the system's",
        ["judge_assignments"] = "the organisers' and the system's; judges change it together with reviews",
        ["submission_extensions"] = "the organisers'",
        ["problem_contests"] = "the organisers'",
        ["contest_rejudgings"] = "the organisers', on paper; applying one changes judgements",
        ["voting_sessions"] = "halted instead",
        ["song_votings"] = "the organisers'",
        ["competition_entrants"] = "kept by triggers of what is frozen",
        ["competition_runs"] = "paused instead",
        ["round_runs"] = "the run's",
        ["round_entries"] = "the run's",
        ["round_steps"] = "the run's",
        ["round_standings"] = "the run's",
        ["competition_results"] = "the run's",
        ["competition_leaderboard"] = "counted from reviews",
        ["leaderboard_changes"] = "counted from reviews",
        ["leaderboard_then"] = "counted from reviews",
        ["comparison_rounds"] = "the run's; judges' answers are frozen",
        ["contest_rules_then"] = "kept by triggers of what the organisers change",
        ["registration_statuses_then"] = "kept by triggers of what is frozen",
        ["analytics_events"] = "what was looked at, which takes no part",
        ["emergencies"] = "what is done meanwhile",
        ["achievements"] = "the organisers'",
        ["user_achievements"] = "follows what people have done",
        ["user_points"] = "follows what people have done",
    };

    private async Task NothingAsync(string rule)
    {
        await using var connection = await place.Source.OpenConnectionAsync();
        const string Tables = "WITH tables AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))";
        var sql = rule.StartsWith("WITH", StringComparison.Ordinal) ? $"{Tables}, {rule["WITH".Length..]}" : $"{Tables} {rule}";
        Assert.Empty(await connection.QueryAsync<string>(sql, new { exempt = OfNoTenant.Keys.ToArray() }));
    }

    /// <summary>A database with our schema.</summary>
    public sealed class Place : IAsyncLifetime
    {
        private TestServers.DatabaseLease? _lease;

        public NpgsqlDataSource Source { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _lease = await TestServers.Current.LeaseDatabaseAsync();
            Source = NpgsqlDataSource.Create(_lease.Postgres);
        }

        public async ValueTask DisposeAsync()
        {
            await Source.DisposeAsync();
            await _lease!.DisposeAsync();
        }
    }
}
