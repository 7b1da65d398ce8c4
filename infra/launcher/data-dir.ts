import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DaybookError } from '../../schemas/errors.ts';
import { postgresDataDir } from '../servers/index.ts';

/** What each part of this data directory runs on: chosen at its first start, and kept. */
const profileSchema = z.object({
  log: z.enum(['nats-private', 'nats-url', 'postgres']),
  readStore: z.enum(['postgres-embedded', 'postgres-url']),
  counters: z.enum(['redis-private', 'redis-url', 'in-process']),
});
export type Profile = z.infer<typeof profileSchema>;

const runningSchema = z.object({
  pid: z.number().int(),
  /** Processes that we started, which a killed supervisor leaves behind. */
  children: z.array(z.object({ name: z.string(), pid: z.number().int() })),
  url: z.string().optional(),
  natsUrl: z.string().optional(),
  databaseUrl: z.string().optional(),
  redisUrl: z.string().optional(),
});
export type Running = z.infer<typeof runningSchema>;

const files = { running: 'running.json', profile: 'profile.json', cliKey: 'cli.key' } as const;

function readJson<Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

const writePrivate = (file: string, value: unknown) =>
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });

export const readProfile = (dir: string): Profile | undefined =>
  readJson(join(dir, files.profile), profileSchema);
export const writeProfile = (dir: string, profile: Profile): void =>
  writePrivate(join(dir, files.profile), profile);

/** What runs on this data directory now, or undefined where nothing does. */
export function readRunning(dir: string): Running | undefined {
  const running = readJson(join(dir, files.running), runningSchema);
  return running && isOurs(running.pid, 'daybook') ? running : undefined;
}

export const cliKeyFile = (dir: string): string => join(dir, files.cliKey);

export interface Claim {
  update(running: Omit<Running, 'pid'>): void;
  release(): void;
}

/**
 * Takes the data directory for this process. Throws a clear error where another Daybook runs on it; ends what
 * a killed one left behind.
 */
export function claim(dir: string): Claim {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const file = join(dir, files.running);
  const before = readJson(file, runningSchema);
  if (before && before.pid !== process.pid && isOurs(before.pid, 'daybook')) {
    throw new DaybookError(
      'config.invalid',
      `Daybook runs on ${dir} already (process ${before.pid}${before.url ? `, ${before.url}` : ''}). Stop it first, or set DAYBOOK_DATA_DIR to another directory.`,
    );
  }
  for (const child of before?.children ?? []) endLeftover(child, dir);
  const write = (running: Omit<Running, 'pid'>) => writePrivate(file, { pid: process.pid, ...running });
  write({ children: [] });
  return { update: write, release: () => rmSync(file, { force: true }) };
}

/** A process of a supervisor that was killed: ended only if it still is the one that we started. */
function endLeftover({ name, pid }: { name: string; pid: number }, dir: string): void {
  const places = [dir, postgresDataDir(join(dir, 'postgres'))];
  const known = name.includes('gateway') || name.includes('worker') ? 'role.ts' : name;
  if (
    !isOurs(pid, known) ||
    (known !== 'role.ts' &&
      !places.some((place) => commandOf(pid).includes(place) || folderOf(pid).startsWith(place)))
  )
    return;
  try {
    process.kill(pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline && isOurs(pid, name))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    if (isOurs(pid, known)) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

/** Whether a process with this id runs and has `name` in its command line: an id may have been given anew. */
function isOurs(pid: number, name: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const command = commandOf(pid);
  return command.includes(name) && !command.includes('<defunct>');
}

/** Where it works: redis-server shows no arguments, but works in its folder. */
function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function commandOf(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline'))
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
