import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DaybookError } from '../../schemas/errors.ts';

/** What each part of this data directory runs on: chosen at its first start, and kept. */
const profileSchema = z.object({
  log: z.enum(['nats-private', 'nats-url', 'postgres']),
  readStore: z.enum(['postgres-embedded', 'postgres-url']),
  counters: z.enum(['redis-private', 'redis-url', 'in-process']),
});
export type Profile = z.infer<typeof profileSchema>;

const runningSchema = z.object({
  pid: z.number().int(),
  started: z.string(),
  /** Processes that we started, which a killed supervisor leaves behind. */
  children: z.array(z.object({ name: z.string(), pid: z.number().int(), started: z.string() })),
  url: z.string().optional(),
  natsUrl: z.string().optional(),
  databaseUrl: z.string().optional(),
  redisUrl: z.string().optional(),
});
export type Running = z.infer<typeof runningSchema>;

type Child = Running['children'][number];

const files = { running: 'running.json', profile: 'profile.json', cliKey: 'cli.key' } as const;

function readJson<Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Whole or not at all: others read these files at any moment, and a kill may come in mid-write. */
function writePrivate(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** Throws `config.invalid` where it cannot be read: data must not be taken for none. */
export function readProfile(dir: string): Profile | undefined {
  const file = join(dir, files.profile);
  const profile = readJson(file, profileSchema);
  if (profile === undefined && existsSync(file))
    throw new DaybookError('config.invalid', `${file} cannot be read: it says what this data was made with.`);
  return profile;
}
export const writeProfile = (dir: string, profile: Profile): void =>
  writePrivate(join(dir, files.profile), profile);

/** What runs on this data directory now, or undefined where nothing does. */
export function readRunning(dir: string): Running | undefined {
  const running = readJson(join(dir, files.running), runningSchema);
  return running && startOf(running.pid) === running.started ? running : undefined;
}

export const cliKeyFile = (dir: string): string => join(dir, files.cliKey);

export interface Claim {
  update(
    running: Omit<Running, 'pid' | 'started' | 'children'> & {
      children: readonly { name: string; pid: number }[];
    },
  ): void;
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
  if (before && startOf(before.pid) === before.started) {
    throw new DaybookError(
      'config.invalid',
      `Daybook runs on ${dir} already (process ${before.pid}${before.url ? `, ${before.url}` : ''}). Stop it first, or set DAYBOOK_DATA_DIR to another directory.`,
    );
  }
  for (const child of before?.children ?? []) endLeftover(child);
  const write: Claim['update'] = ({ children, ...running }) =>
    writePrivate(file, {
      pid: process.pid,
      started: startOf(process.pid) ?? '',
      ...running,
      children: children.map((child) => ({ ...child, started: startOf(child.pid) ?? '' })),
    });
  write({ children: [] });
  return { update: write, release: () => rmSync(file, { force: true }) };
}

/** A process of a supervisor that was killed: ended only if it still is the very one that we started. */
function endLeftover({ name, pid, started }: Child): void {
  if (startOf(pid) !== started) return;
  try {
    process.kill(pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
    const deadline = Date.now() + 10_000;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (Date.now() < deadline && startOf(pid) === started) Atomics.wait(clock, 0, 0, 50);
    if (startOf(pid) === started) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

/** When a process began, as the system writes it: with its id it names one process, as an id alone does not. */
function startOf(pid: number): string | undefined {
  try {
    if (!existsSync('/proc/self/stat')) {
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
      );
    }
    // proc_pid_stat(5): field 3 is the state, field 22 the start; field 2, the name, may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
