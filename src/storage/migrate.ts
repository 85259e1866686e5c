import type { Database } from './database.ts';
import { type Migration, migrations } from './migrations/index.ts';

/** Any number that no other user of the database is likely to lock; this one spells `AYBZ`. */
const ADVISORY_LOCK = 0x4159425a;

/** Brings the schema `aybiza` up to date, all or nothing. Returns the names of what it applied. */
export async function migrate(
  database: Database,
  ordered: readonly Migration[] = migrations,
): Promise<string[]> {
  return database.transaction(async tx => {
    // PGlite has one session, so nobody can migrate at the same time.
    if (database.kind === 'postgresql') await tx.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);

    await tx.query(`
      create schema if not exists aybiza;
      create table if not exists aybiza.migrations (
        name text primary key,
        applied_at timestamptz not null default now()
      )`);
    const rows = await tx.query<{ name: string }>('select name from aybiza.migrations');
    const applied = new Set(rows.map(row => row.name));

    const missing = ordered.filter(migration => !applied.has(migration.name));
    for (const { name, sql } of missing) {
      await tx.query(sql);
      await tx.query('insert into aybiza.migrations (name) values ($1)', [name]);
    }
    return missing.map(migration => migration.name);
  });
}
