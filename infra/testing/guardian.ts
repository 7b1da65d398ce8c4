import { ChildProcess, spawn } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

/**
 * What watches over the processes of a test process, and outlives it: it reads which of them run (`+ pid`,
 * `- pid`) and which folder is theirs alone (`= path`). The pipe ends when its writer does, however that came
 * about, and only then it acts: it asks each that is left to end, says so again as Postgres wants to hear it (it
 * waits for its clients at the first), kills what still runs after ten seconds, and removes the folder. A shell,
 * not Node: it is ready at once, takes no memory to speak of, and whoever ends all `node` does not end it.
 */
const script = `
trap '' HUP INT TERM
kept= folder=
without() { left=; for one in $kept; do [ "$one" = "$1" ] || left="$left $one"; done; kept=$left; }
living() { left=; for one in $kept; do kill -0 "$one" && left="$left $one"; done; kept=$left; }
while read -r what which; do
  case $what in
    +) without "$which"; kept="$kept $which" ;;
    -) without "$which" ;;
    =) folder=$which ;;
  esac
done
tenths=0
while living; [ "$kept" ]; do
  case $tenths in
    0) kill -TERM $kept; kill -CONT $kept ;;
    30) kill -INT $kept ;;
    100) kill -KILL $kept; break ;;
  esac
  sleep 0.1
  tenths=$((tenths + 1))
done
[ -z "$folder" ] || rm -rf -- "$folder"
`;

let guardian: ChildProcess | undefined;

function tell(line: string): void {
  if (!guardian) {
    // A session of its own: what is said to the terminal's group is not said to it.
    guardian = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    guardian.unref();
    guardian.stdin?.on('error', () => {});
    if (guardian.stdin instanceof Socket) guardian.stdin.unref();
  }
  guardian.stdin?.write(`${line}\n`);
}

/** How often each process is guarded: whoever guards it twice releases it twice. */
const guarded = new Map<number, number>();

/**
 * From now on the process ends, at the latest some seconds after this one has ended, killed or not. To be released
 * as soon as it has ended by itself: its id may then be another's.
 */
export function guard(pid: number): () => void {
  const times = guarded.get(pid) ?? 0;
  guarded.set(pid, times + 1);
  if (times === 0) tell(`+ ${pid}`);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const left = (guarded.get(pid) ?? 1) - 1;
    if (left > 0) guarded.set(pid, left);
    else {
      guarded.delete(pid);
      tell(`- ${pid}`);
    }
  };
}

/** The folder is removed once this process has ended, killed or not, and what it guarded is gone. One a process. */
export const guardFolder = (path: string): void => tell(`= ${path}`);

/** Guards every process that this one starts from now on: servers, Daybook's own processes, browsers. */
export function guardChildren(): void {
  subscribe('child_process', (message) => {
    const child =
      typeof message === 'object' && message && 'process' in message ? message.process : undefined;
    if (!(child instanceof ChildProcess)) return;
    child.once('spawn', () => {
      if (child === guardian || child.pid === undefined) return;
      child.once('exit', guard(child.pid));
    });
  });
}
