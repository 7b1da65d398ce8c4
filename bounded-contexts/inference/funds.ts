import { isDaybookError } from '../../schemas/errors.ts';
import type { Operation } from '../../schemas/primitives.ts';
import type { Ledgers, Reserved } from '../budgets/index.ts';
import type { Clock, Nano } from '../kernel/index.ts';
import type { Call, Candidate } from './call.ts';
import { boundOf, outputTokensFor } from './pricing.ts';

export interface FundsPorts {
  readonly ledgers: Pick<Ledgers, 'reserve' | 'topUp' | 'release'>;
  readonly clock: Clock;
  /** The whole call, in ms, all attempts included. */
  readonly callMs: number;
  /** Where the caller sets no bound, a budget may lower the answer to no fewer tokens than this. */
  readonly minimumMaxTokens: number;
}

/** What a call may spend: reserved before its first attempt, topped up before each that needs more. */
export interface Funds {
  readonly reservation: Reserved;
  readonly reserved: Nano;
  readonly spent: Nano;
  /** Smallest remainder over the budgets in force after what was spent; null without any. */
  readonly remaining: Nano | null;
  /**
   * Makes sure that an attempt is paid for. Undefined where the budget has no room for it; else how many output
   * tokens it may use, and `max_tokens` where that is fewer than wanted.
   */
  cover(candidate: Candidate): Promise<Covered | undefined>;
  spend(cost: Nano): void;
  /** Gives all back: only where nothing was dispatched. */
  release(): Promise<void>;
}

export interface Covered {
  readonly outputBound: number;
  readonly loweredTo: number | undefined;
}

/** The reservation outlives the call by this much: twice the patience of a record that is not acknowledged. */
const graceMs = 20_000;

const answersWithoutTokens: ReadonlySet<Operation> = new Set([
  'embeddings',
  'moderations',
  'rerank',
  'count-tokens',
]);

/** Output tokens that an answer of this candidate may come to, where no budget lowers them. */
export const outputBoundOf = (call: Funded, { model }: Candidate): number =>
  answersWithoutTokens.has(call.operation) ? 0 : (call.maxTokens ?? model.defaultMaxTokens) * call.choices;

/** `tenant` and one `<kind>:<id>` for each id that the call is attributed to. */
export function scopesOf({ attribution }: Pick<Call, 'attribution'>): string[] {
  const { key, user, department, agent, session, run } = attribution;
  const scopes = ['tenant', keyScope(key)];
  if (department !== undefined) scopes.push(`department:${department}`);
  if (user !== undefined) scopes.push(userScope(user));
  if (agent !== undefined) scopes.push(`agent:${agent}`);
  if (session !== undefined) scopes.push(`session:${session}`);
  if (run !== undefined) scopes.push(`run:${run}`);
  return scopes;
}

const mostNames = 10_000;

/** The ledger looks each scope up a dozen times a call: a string that is made anew is hashed and compared anew. */
function remembered(kind: 'key' | 'user'): (id: string) => string {
  const names = new Map<string, string>();
  return (id) => {
    let name = names.get(id);
    if (name === undefined) {
      if (names.size >= mostNames) names.clear();
      name = `${kind}:${id}`;
      names.set(id, name);
    }
    return name;
  };
}
const keyScope = remembered('key');
const userScope = remembered('user');

/** What of a call its funds depend on. */
export type Funded = Pick<
  Call,
  'tenant' | 'invocation' | 'attribution' | 'operation' | 'inputBound' | 'maxTokens' | 'choices'
>;

/** Reserves for the first candidate. Throws what the ledger refuses with. */
export async function reserveFor(ports: FundsPorts, call: Funded, first: Candidate): Promise<Funds> {
  const { price } = first.model;
  const actor = call.attribution.key;
  const output = outputBoundOf(call, first);
  const least = Math.min(ports.minimumMaxTokens * call.choices, output);
  const reservation = await ports.ledgers.reserve(call.tenant, {
    reservation: call.invocation,
    scopes: scopesOf(call),
    amount: boundOf(call.inputBound, output, price),
    // Only an answer that the caller left open may be shortened.
    ...(call.maxTokens === undefined ? { floor: boundOf(call.inputBound, least, price) } : {}),
    expiresAt: ports.clock() + ports.callMs + graceMs,
    actor,
  });
  let reserved: Nano = reservation.granted;
  let remaining = reservation.remaining;
  let spent: Nano = 0n;
  return {
    reservation,
    get reserved() {
      return reserved;
    },
    get spent() {
      return spent;
    },
    get remaining() {
      return remaining === null ? null : remaining + reserved - spent;
    },
    async cover(candidate) {
      const wanted = outputBoundOf(call, candidate);
      const missing = spent + boundOf(call.inputBound, wanted, candidate.model.price) - reserved;
      // What the first one was granted may be less than its bound: then its answer is shortened.
      let refused = false;
      if (missing > 0n && (candidate !== first || spent > 0n)) {
        try {
          const more = await ports.ledgers.topUp(call.tenant, {
            reservation: call.invocation,
            amount: missing,
            actor,
          });
          reserved += missing;
          remaining = more.remaining;
        } catch (error) {
          if (!isDaybookError(error)) throw error;
          refused = true;
        }
      }
      const affordable = outputTokensFor(reserved - spent, call.inputBound, candidate.model.price);
      const outputBound = Math.min(wanted, affordable);
      // As at the first: an answer that the caller left open may be shortened, but not to nothing.
      const least = Math.min(ports.minimumMaxTokens * call.choices, wanted);
      if (refused && (call.maxTokens !== undefined || outputBound < least)) return undefined;
      return {
        outputBound,
        loweredTo: outputBound < wanted ? Math.floor(outputBound / call.choices) : undefined,
      };
    },
    spend(cost) {
      spent += cost;
    },
    release: () => ports.ledgers.release(call.tenant, { reservation: call.invocation, actor }),
  };
}

/**
 * Does `work` while a reservation is on its way to the log. Where it fails nothing may be spent: what was reserved is
 * given back. Throws what either throws.
 */
export async function meanwhile<Result>(
  reserving: Promise<Funds>,
  work: () => Promise<Result>,
): Promise<[Funds, Result]> {
  // Heard by who awaits it, which is not yet.
  reserving.catch(() => {});
  // The command leaves at the end of this turn, and the work comes after it.
  await new Promise((resolve) => setImmediate(resolve));
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    const funds = await reserving.catch(() => undefined);
    // Where that fails, too, it expires.
    await funds?.release().catch(() => {});
    throw error;
  }
  return [await reserving, result];
}
