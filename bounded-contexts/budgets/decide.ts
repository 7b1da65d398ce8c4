import type { Decider } from '../kernel/index.ts';
import type { Decision, LedgerCommand } from './commands.ts';
import { decidePolicy } from './decide-policy.ts';
import { decideReserve, decideTopUp } from './decide-reserve.ts';
import { decideReap, decideSettle, decideVoid } from './decide-settle.ts';
import { evolve, initialLedger, isLedgerEvent, type LedgerEvent, type LedgerState } from './ledger.ts';
import { dayIn } from './windows.ts';

/** Decides one command at `now` (Unix ms, never before the ledger's last commit) in the tenant's zone. */
export function decide(
  state: LedgerState,
  command: LedgerCommand,
  now: number,
  defaultTimeZone: string,
): Decision {
  switch (command.kind) {
    case 'reserve':
      return decideReserve(state, command, dayIn(state.timeZone ?? defaultTimeZone, now), now);
    case 'top-up':
      return decideTopUp(state, command);
    case 'settle':
      return decideSettle(state, command);
    case 'reap':
      return decideReap(state, command, now);
    case 'void':
      return decideVoid(state, command);
    case 'define':
    case 'remove':
    case 'reset':
    case 'configure':
      return decidePolicy(state, command, dayIn(state.timeZone ?? defaultTimeZone, now));
    default:
      return command satisfies never;
  }
}

interface TimedCommand {
  readonly command: LedgerCommand;
  /** Unix ms. */
  readonly at: number;
  /** Where the tenant has configured none. Default UTC. */
  readonly timeZone?: string;
}

/** The ledger in the words of the kernel. Its `evolve` changes the state in place. */
export const ledgerDecider: Decider<TimedCommand, LedgerState, LedgerEvent> = {
  initial: initialLedger,
  evolve,
  knows: isLedgerEvent,
  decide: ({ command, at, timeZone = 'UTC' }, state) => {
    const decision = decide(state, command, Math.max(at, state.now), timeZone);
    if ('refusal' in decision) throw decision.refusal;
    return decision.events;
  },
};
