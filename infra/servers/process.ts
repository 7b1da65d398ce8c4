import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** A server that we started and therefore may end. */
export interface OwnServer {
  readonly pid: number;
  readonly exited: Promise<number | null>;
  /** Asks it to end and waits; after `timeoutMs` (default 10,000) it is killed. Idempotent. */
  stop(timeoutMs?: number): Promise<void>;
  /** SIGKILL, at once. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output and error go here. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly stopSignal?: NodeJS.Signals;
  /** Resolves once it serves; called repeatedly until it no longer throws. */
  readonly ready: () => Promise<void>;
  /** Default 30,000. */
  readonly readyTimeoutMs?: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a server and waits until it is ready. Throws with the end of its log where it is not. */
export async function startServer(options: ServerOptions): Promise<OwnServer> {
  const {
    name,
    command,
    args,
    logFile,
    env,
    user,
    stopSignal = 'SIGTERM',
    readyTimeoutMs = 30_000,
  } = options;
  mkdirSync(join(logFile, '..'), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const child: ChildProcess = spawn(command, args, {
    stdio: ['ignore', log, log],
    // A session of its own: a Ctrl-C in the terminal reaches us alone, and we end servers in order.
    detached: true,
    ...(env ? { env } : {}),
    ...(user ?? {}),
  });
  closeSync(log);
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(127));
  });
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    try {
      if (!gone) await options.ready();
      if (!gone) break;
    } catch (error) {
      if (!gone && performance.now() < deadline) {
        await pause(25);
        continue;
      }
      if (!gone) child.kill('SIGKILL');
      throw new Error(`${name} did not start: ${lastLines(logFile) || String(error)}`, { cause: error });
    }
    throw new Error(`${name} ended at once: ${lastLines(logFile)}`);
  }
  const end = async (signal: NodeJS.Signals, timeoutMs: number) => {
    if (gone) return;
    child.kill(signal);
    // Taken back once it ended: a timer that is left would hold up the end of our own process.
    const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await exited;
    clearTimeout(late);
  };
  return {
    pid: child.pid as number,
    exited,
    stop: (timeoutMs = 10_000) => end(stopSignal, timeoutMs),
    kill: () => end('SIGKILL', 10_000),
  };
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-6).join('\n');
  } catch {
    return '';
  }
}

/** Ports that were given lately: who got one may not have taken it yet, and the system would give it again. */
const given: number[] = [];
const mostGiven = 256;

/** A port that was free a moment ago on the loopback interface, and that this process has not given to another lately. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await portNow();
    if (given.includes(port)) continue;
    given.push(port);
    if (given.length > mostGiven) given.shift();
    return port;
  }
}

function portNow(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** Full path of an executable on PATH (or in the places of system daemons), or undefined. */
export function findBinary(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
  ];
  for (const folder of folders) {
    if (!folder) continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}
