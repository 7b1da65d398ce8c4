import type { StoredCommit } from '../../kernel/index.ts';
import type { Finding, FindingKind } from './findings.ts';
import { leafAt } from './leaf.ts';

/** A leaf whose commit is not where it was sealed, a record that no leaf is for, or both in one place. */
export interface Difference {
  readonly kind: 'changed' | 'removed' | 'inserted';
  readonly sequence: number;
  readonly leaf?: Uint8Array | undefined;
  readonly record?: StoredCommit;
}

/** Beyond so many in one stream, what was moved where is no longer looked for. */
const mostHeld = 64;
/** Each further one is only counted. */
const mostTold = 1_000;

export interface Differences {
  add(difference: Difference): void;
  tell(kind: FindingKind, sequence: number, reason: string): void;
  /** All that is known, and how many more there are. */
  end(): { readonly findings: readonly Finding[]; readonly more: number };
}

/** What is found in one stream: what was taken from one place and lies at another is told as one thing. */
export function differencesIn(stream: number): Differences {
  const held: Difference[] = [];
  const findings: Finding[] = [];
  let many = false;
  let more = 0;

  const tell = (kind: FindingKind, sequence: number, reason: string) => {
    if (findings.length < mostTold) findings.push({ kind, stream, sequence, reason });
    else more++;
  };

  function flush(): void {
    const moved = new Set<number>();
    const origins = many ? [] : held.filter(({ leaf }) => leaf !== undefined);
    const whence = ({ record }: Difference) =>
      record && origins.find(({ sequence, leaf }) => leaf && leafAt(sequence, record).equals(leaf));
    for (const one of held) {
      const was = whence(one)?.sequence;
      if (was === undefined) continue;
      moved.add(was).add(one.sequence);
      tell('reordered', Math.min(was, one.sequence), `commit ${was} lies at ${one.sequence}`);
    }
    for (const { kind, sequence } of held) {
      if (kind === 'changed' && !moved.has(sequence))
        tell('changed', sequence, `commit ${sequence} is not what was sealed`);
      if (kind === 'inserted' && !moved.has(sequence))
        tell('inserted', sequence, `what lies at ${sequence} was never sealed there`);
      if (kind === 'removed' && !moved.has(sequence))
        tell('removed', sequence, `commit ${sequence} is missing`);
    }
    held.length = 0;
  }

  return {
    tell,
    add(difference) {
      held.push(difference);
      if (!many && held.length <= mostHeld) return;
      many = true;
      flush();
    },
    end() {
      flush();
      return { findings, more };
    },
  };
}
