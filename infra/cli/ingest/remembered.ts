import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const line = z.object({ department: z.string(), path: z.string(), document: z.string(), sha256: z.string() });
type Line = z.infer<typeof line>;

export interface Remembered {
  /** The document that a file became, and the content that it had then. */
  of(department: string, path: string): Pick<Line, 'document' | 'sha256'> | undefined;
  keep(one: Line): void;
}

/**
 * Which file became which document, over runs: a file that changes becomes a new revision of it. A line a file in the
 * data directory, the last one counts.
 */
export function remembered(dataDir: string): Remembered {
  const file = join(dataDir, 'ingested.jsonl');
  const known = new Map<string, Line>();
  const nameOf = (department: string, path: string) => `${department}\0${path}`;
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const text of lines) {
    const read = line.safeParse(jsonOf(text));
    if (read.success) known.set(nameOf(read.data.department, read.data.path), read.data);
  }
  return {
    of: (department, path) => known.get(nameOf(department, path)),
    keep(one) {
      known.set(nameOf(one.department, one.path), one);
      appendFileSync(file, `${JSON.stringify(one)}\n`, { mode: 0o600 });
    },
  };
}

/** A line that was cut off by a death is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
