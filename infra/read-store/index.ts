/**
 * Postgres as the home of the read models. Owns the migrations' runner, the connections, and the roles:
 * the owner (who the URL names) migrates; `daybook_projector` owns and writes the tables of schema `read`;
 * `daybook_app` reads them, one tenant at a time, under row-level security that not even owners bypass.
 * Its doors: `migrate` once at start, then `connectReadStore`.
 */
export { migrate } from './migrate.ts';
export { connectReadStore, type ReadStoreOptions } from './read-store.ts';
