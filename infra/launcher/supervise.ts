import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Variables } from './configuration.ts';
import { type Assignment, type Report, report } from './messages.ts';

export interface Supervised {
  readonly name: string;
  pid(): number | undefined;
  readonly ready: Promise<Extract<Report, { kind: 'ready' }>>;
  stop(): Promise<void>;
}

const entry = fileURLToPath(new URL('role.ts', import.meta.url));
/**
 * Most of what a call allocates is gone with it: in a larger nursery less of it is copied before that. The worker holds
 * what it reads until it is applied, a tenth of a second; with a nursery of the usual size a third of its time was
 * copying.
 */
const young = (name: string): readonly string[] =>
  name === 'worker'
    ? ['--min-semi-space-size=64', '--max-semi-space-size=128']
    : ['--max-semi-space-size=32'];
const stopMs = 35_000;
const mostDeaths = 20;

/**
 * Runs one of Daybook's own processes and starts it again whenever it dies. The first start must succeed:
 * otherwise `ready` rejects with the process's own words.
 */
export function supervise(
  name: string,
  assign: () => Assignment,
  env: Variables,
  onChange: (what: string) => void,
): Supervised {
  let child: ChildProcess | undefined;
  let stopping = false;
  let wasReady = false;
  const deaths: number[] = [];
  const ready = Promise.withResolvers<Extract<Report, { kind: 'ready' }>>();
  ready.promise.catch(() => {});

  const start = () => {
    if (stopping) return;
    const one = fork(entry, [name], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...process.execArgv, ...young(name)],
      detached: true,
      env: { ...env },
    });
    child = one;
    // A process that cannot be started, or is gone before it is told: its exit, or this, says so.
    one.on('error', (error) => {
      if (!wasReady) ready.reject(error);
    });
    one.once('spawn', () => one.send(assign()));
    one.on('message', (message) => {
      const said = report.safeParse(message);
      if (!said.success) return;
      if (said.data.kind === 'failed') {
        if (!wasReady) ready.reject(new Error(said.data.message));
      } else {
        if (wasReady) onChange(`${name} runs again`);
        wasReady = true;
        ready.resolve(said.data);
      }
    });
    one.once('exit', (code, signal) => {
      if (stopping) return;
      if (!wasReady) {
        ready.reject(new Error(`${name} ended before it was ready (${signal ?? code})`));
        return;
      }
      const now = Date.now();
      deaths.push(now);
      const recent = deaths.filter((at) => at > now - 60_000).length;
      onChange(`${name} ended (${signal ?? code}); starting it again`);
      setTimeout(start, recent > mostDeaths ? 5_000 : Math.min(recent * 50, 1_000));
    });
  };
  start();

  return {
    name,
    pid: () => child?.pid,
    ready: ready.promise,
    async stop() {
      stopping = true;
      const one = child;
      if (!one || one.exitCode !== null || one.signalCode !== null) return;
      const exited = new Promise<void>((resolve) => one.once('exit', () => resolve()));
      one.kill('SIGTERM');
      const late = setTimeout(() => one.kill('SIGKILL'), stopMs);
      await exited;
      clearTimeout(late);
    },
  };
}
