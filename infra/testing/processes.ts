import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { guard } from './guardian.ts';

/** What each thread of a process does, as ps(1) has it in its first letter; empty where there is none. */
function states(pid: number): string[] {
  try {
    if (!existsSync('/proc/self/stat'))
      return [execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim()];
    // proc_pid_stat(5): the state is the field behind the name, which may hold spaces.
    return readdirSync(`/proc/${pid}/task`).map((thread) =>
      (readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ').at(-1) ?? '').slice(0, 1),
    );
  } catch {
    return [];
  }
}

/** Whether a process runs: one that has ended, but whom nobody has asked how, does not. */
export const alive = (pid: number): boolean => states(pid).some((state) => !state.startsWith('Z'));

/**
 * Stops a process (it hangs, and is not gone) and resolves once it has stopped, or ended before. A signal is obeyed
 * some milliseconds after it was sent: until its last thread has stopped, a server of many threads goes on answering.
 * What is returned lets it go on.
 */
export async function suspend(pid: number): Promise<() => void> {
  const release = guard(pid);
  process.kill(pid, 'SIGSTOP');
  const deadline = performance.now() + 10_000;
  for (let now = states(pid); now.length === 0 || !now.every((state) => /^[TZ]/.test(state)); ) {
    if (performance.now() > deadline) throw new Error(`process ${pid} does not stop: ${now}`);
    await pause(1);
    now = states(pid);
  }
  return () => {
    process.kill(pid, 'SIGCONT');
    release();
  };
}

/** The processes that a process has started and that still run; what stands still has no more soon. Linux only. */
export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
