using Dapper;
using Npgsql;

namespace Podium.Tests.Platform.Databases;

/// <summary>A schema as lines of text, in an order of their own, so that two schemas are the same where their lines are.</summary>
internal static class Catalogue
{
    private const string Sql =
        """
        WITH spaces AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'emulator')),
        relations AS (SELECT pg_class.*, nspname FROM pg_class JOIN spaces ON spaces.oid = relnamespace),
        rights AS (SELECT (SELECT array_to_string(array_agg(item::text ORDER BY item::text), ' ') FROM unnest(relacl) AS item) AS acl, oid FROM relations)
        SELECT format('relation %s.%s kind=%s owner=%s secured=%s forced=%s rights=%s options=%s part=%s comment=%s',
                      nspname, relname, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity, rights.acl, reloptions,
                      pg_get_expr(relpartbound, relations.oid), obj_description(relations.oid, 'pg_class')) AS line
        FROM relations JOIN rights USING (oid)
        UNION ALL
        SELECT format('column %s.%s %s %s notnull=%s default=%s identity=%s generated=%s rights=%s comment=%s',
                      relname, attname, row_number() OVER (PARTITION BY attrelid ORDER BY attnum), format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity, attgenerated, attacl,
                      col_description(attrelid, attnum))
        FROM pg_attribute JOIN relations ON relations.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'c')
        UNION ALL
        SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid))
        FROM pg_constraint JOIN spaces ON spaces.oid = connamespace
        UNION ALL
        SELECT format('index %s valid=%s', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index JOIN relations ON relations.oid = indexrelid
        UNION ALL
        SELECT format('policy %s.%s %s %s %s using %s check %s', tablename, policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies WHERE schemaname <> 'emulator'
        UNION ALL
        SELECT format('routine %s owner=%s rights=%s comment=%s %s', pg_proc.oid::regprocedure, proowner::regrole, proacl, obj_description(pg_proc.oid, 'pg_proc'),
                      CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(pg_proc.oid) END)
        FROM pg_proc JOIN spaces ON spaces.oid = pronamespace
        WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
        UNION ALL
        SELECT format('trigger %s enabled=%s', pg_get_triggerdef(pg_trigger.oid), tgenabled) FROM pg_trigger JOIN relations ON relations.oid = tgrelid WHERE NOT tgisinternal
        UNION ALL
        SELECT format('view %s %s', relname, pg_get_viewdef(oid)) FROM relations WHERE relkind IN ('v', 'm')
        UNION ALL
        SELECT format('type %s %s %s', typname, typtype, (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = pg_type.oid))
        FROM pg_type JOIN spaces ON spaces.oid = typnamespace WHERE typtype IN ('e', 'd', 'r')
        UNION ALL
        SELECT format('sequence %s %s %s %s', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement) FROM pg_sequence JOIN relations ON relations.oid = seqrelid
        UNION ALL
        SELECT format('extension %s', extname) FROM pg_extension
        UNION ALL
        SELECT format('schema %s rights=%s', nspname, nspacl) FROM pg_namespace JOIN spaces USING (oid, nspname)
        UNION ALL
        SELECT format('default rights %s %s %s', defaclrole::regrole, defaclobjtype, defaclacl) FROM pg_default_acl
        ORDER BY line
        """;

    public static async Task<string> ReadAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return string.Join('\n', await connection.QueryAsync<string>(Sql));
    }
}
