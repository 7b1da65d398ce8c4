import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of 10 ms (`getconf CLK_TCK` is 100 on every Linux that Node runs on). */
const msPerTick = 10;

interface Seen {
  readonly parent: number;
  readonly ms: number;
}

/** Undefined for a process that ended, and where there is no /proc. */
function statOf(pid: number): Seen | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of a command may hold blanks and brackets: what we want comes after the last bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * msPerTick };
  } catch {
    return undefined;
  }
}

function children(): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let pids: number[];
  try {
    pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return found;
  }
  for (const pid of pids) {
    const stat = statOf(pid);
    if (!stat) continue;
    const own = found.get(stat.parent);
    if (own) own.push(pid);
    else found.set(stat.parent, [pid]);
  }
  return found;
}

/**
 * Processor time so far, in ms (user and system), of each part: its process and all below it, as Postgres has
 * one a connection. Empty where there is no /proc.
 */
export function cpuOf(parts: ReadonlyMap<string, number>): Map<string, number> {
  const below = children();
  const times = new Map<string, number>();
  for (const [name, pid] of parts) {
    let ms = 0;
    const open = [pid];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      ms += statOf(one)?.ms ?? 0;
      open.push(...(below.get(one) ?? []));
    }
    if (below.size > 0 && pid > 0) times.set(name, ms);
  }
  return times;
}

/** Processor time of each part between two looks, for each of `calls`. */
export function cpuPerCall(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  calls: number,
): Map<string, number> {
  return new Map([...after].map(([name, ms]) => [name, (ms - (before.get(name) ?? ms)) / calls]));
}
