import type { LedgerCommand } from './commands.ts';
import type { Result } from './item.ts';
import type { LedgerChannel } from './ports.ts';
import { readReply, writeRequest } from './wire.ts';

/**
 * Who writes a ledger. One writer at a time is fast; two that compete starve each other. Whoever loses twice
 * sends its commands to the writer of the last commit; when that one is silent, it takes over.
 */
export interface Succession {
  /** The writer to send commands to, or null while we write ourselves. */
  readonly leader: string | null;
  won(): void;
  /** An append of ours came too late, after one of `winner`'s. */
  lost(winner: string | null): Promise<void>;
  /** Results in order, or null where the leader did not answer for them: then the leader may have changed. */
  forward(leader: string, commands: readonly LedgerCommand[]): Promise<readonly Result[] | null>;
  /** Asked by `from` to write for it: null to do so, else the writer that it should ask. */
  asked(from: string): string | null;
}

export interface SuccessionOptions {
  readonly tenant: string;
  readonly writerId: string;
  readonly channel: LedgerChannel | null;
  /** How long a leader may be silent, in ms. */
  readonly silenceMs: number;
  /**
   * A writer that yields (the settler's process) follows whoever wins against it at once, and is followed by
   * nobody: callers wait for reservations, and nobody waits for settlements.
   */
  readonly yields: boolean;
}

const yielding = 'yielding-';

/** Writer ids say whether their writer yields, so that others know whom not to follow. */
export const writerIdOf = (id: string, yields: boolean): string => (yields ? yielding + id : id);

const losses = 2;
/** So many wins in a row make earlier losses forgotten. */
const wins = 8;
const maxRedirects = 3;

export function succession({ tenant, writerId, channel, silenceMs, yields }: SuccessionOptions): Succession {
  let leader: string | null = null;
  let lost = 0;
  let won = 0;
  let redirects = 0;

  const follow = (writer: string | null) => {
    leader = writer === writerId ? null : writer;
    lost = 0;
    won = 0;
  };

  return {
    get leader() {
      return leader;
    },
    won() {
      if (++won >= wins) lost = 0;
    },
    async lost(winner) {
      lost++;
      won = 0;
      const mayFollow = channel && winner !== null && winner !== writerId && !winner.startsWith(yielding);
      if (mayFollow && lost >= (yields ? 1 : losses)) follow(winner);
      // Without a channel, chance decides who goes first: those who lost often wait less long.
      else if (lost > 1) await new Promise((resolve) => setTimeout(resolve, (Math.random() * 8) / lost));
    },
    async forward(to, commands) {
      const body = writeRequest({ tenant, from: writerId, commands });
      const answered = await channel?.request(to, body, silenceMs).catch(() => null);
      const reply = answered ? readReply(answered) : null;
      if (reply && 'results' in reply && reply.results.length === commands.length) {
        redirects = 0;
        return reply.results;
      }
      const next = reply && 'redirect' in reply && ++redirects <= maxRedirects ? reply.redirect : null;
      if (next === null) redirects = 0;
      if (leader === to) follow(next);
      return null;
    },
    asked(from) {
      if (leader === null) return null;
      // Each of two follows the other: the one whose id sorts first writes.
      if (leader === from && writerId < from) {
        follow(null);
        return null;
      }
      return leader;
    },
  };
}
