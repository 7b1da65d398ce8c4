import {
  type Commit,
  type CommittedEvent,
  type EventLog,
  type Position,
  subjectOf,
} from '../../bounded-contexts/kernel/index.ts';
import type { Attempt, RecordedDecision } from '../../schemas/events/index.ts';

/** A generator of plausible histories, the same for the same seed: for tests and for the benchmark. */
export interface History {
  /** Numbers from 0 (inclusive) to 1. */
  random(): number;
  below(n: number): number;
  pick<T>(of: readonly T[]): T;
  /** Ids in order of time, as UUIDv7 are. */
  id(): string;
  /** Unix ms, a little later with each call. */
  now(): number;
}

/** mulberry32: 32 bits of state, good enough to vary tests. */
export function history(seed: number, start = Date.parse('2026-11-20T22:00:00Z')): History {
  let state = seed >>> 0;
  let at = start;
  let counter = 0;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number) => Math.floor(random() * n);
  return {
    random,
    below,
    pick: (of) => of[below(of.length)] as (typeof of)[number],
    id: () => {
      const time = at.toString(16).padStart(12, '0');
      const count = (counter++).toString(16).padStart(12, '0');
      const seedHex = (seed >>> 0).toString(16).padStart(8, '0').slice(-4);
      return `${time.slice(0, 8)}-${time.slice(8)}-7${seedHex.slice(1)}-8${count.slice(0, 3)}-${count}`;
    },
    now: () => {
      at += below(40);
      return at;
    },
  };
}

const models = [
  { tier: 0, provider: 'builtin', model: 'builtin/extractive' },
  { tier: 1, provider: 'fireworks', model: 'llama-3.3-70b' },
  { tier: 1, provider: 'together', model: 'qwen-3-32b' },
  { tier: 2, provider: 'openai', model: 'gpt-4o-mini' },
  { tier: 3, provider: 'anthropic', model: 'claude-sonnet-4' },
] as const;
const taskTypes = ['summarise', 'classify', 'extract', 'chat', undefined] as const;
const departments = ['dep_sales', 'dep_support', 'dep_legal', undefined] as const;

const maybe = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V });

/** One call that was answered, failed, or was refused. */
export function invocation(h: History, users = 40): CommittedEvent {
  // A user belongs to one department and calls with that department's key.
  const user = h.below(users);
  const place = user % departments.length;
  const call = {
    invocation: h.id(),
    trace: h.id(),
    key: `key_${place}`,
    ...maybe('user', h.random() < 0.9 ? `usr_${user}` : undefined),
    ...maybe('department', departments[place]),
    ...maybe('agent', h.random() < 0.2 ? `agt_${place}` : undefined),
    ...maybe('session', h.random() < 0.5 ? `ses_${h.below(users * 3)}` : undefined),
    ...maybe('taskType', h.pick(taskTypes)),
    requestedModel: 'auto',
    streamed: h.random() < 0.5,
    private: h.random() < 0.1,
  };
  if (h.random() < 0.05) {
    return {
      type: 'invocation.refused',
      data: {
        ...call,
        code: 'budget.exceeded',
        reason: 'no "room" \\ left\nhere',
        pool: 'user:u:2026-11-20',
      },
    };
  }
  const { tier, provider, model } = h.pick(models);
  const input = 50 + h.below(4000);
  const output = h.below(1500);
  const cost = (BigInt(input) * 150n + BigInt(output) * 600n + BigInt(h.below(1000))) * BigInt(tier);
  const ms = 40 + h.below(8000) / 10;
  const failed = h.random() < 0.04;
  const one: Attempt = {
    provider,
    model,
    tier,
    startedMs: 0.5,
    ms,
    outcome: failed ? 'failed' : 'ok',
    ...(failed ? { error: 'provider.error', status: 500 } : {}),
    input,
    output,
    cost: cost.toString(),
    usage: 'provider',
  };
  const scopes = ['tenant', `key:${call.key}`, ...('user' in call ? [`user:${call.user}`] : [])];
  return {
    type: 'invocation.completed',
    data: {
      ...call,
      tier,
      provider,
      model,
      outcome: failed ? 'error' : 'ok',
      ...(failed ? { error: 'provider.error' } : {}),
      input,
      output,
      cached: h.random() < 0.2 ? h.below(input) : 0,
      reasoning: 0,
      cost: cost.toString(),
      priceVersion: 'book1',
      latencyMs: ms,
      ...(call.streamed ? { ttftMs: ms / 4 } : {}),
      attempts: [one],
      reserved: (cost * 2n).toString(),
      scopes,
      day: h.random() < 0.5 ? '2026-11-20' : '2026-11-21',
      dataSubject: 'usr_1',
      prompt: h.id(),
      answer: h.id(),
      response: h.id(),
      ...(h.random() < 0.1 ? { decision: divertedFrom('openai/gpt-4o') } : {}),
    },
  };
}

/** A decision that an open circuit bore on. */
const divertedFrom = (model: string): RecordedDecision => ({
  plan: 'plan1',
  asked: { needs: [], chars: 10 },
  seen: { open: { [model]: '2026-11-20T10:00:00.000Z' }, down: [] },
  candidates: [],
  excluded: [{ model, reason: 'its circuit is open' }],
});

/** A circuit's change, as the aggregate of one model writes it. */
export function breakerEvent(h: History): CommittedEvent {
  const model = 'openai/gpt-4o';
  const change = h.below(5);
  if (change === 0) return { type: 'breaker.closed', data: { model, invocation: h.id() } };
  if (change === 1) return { type: 'breaker.probed', data: { model, invocation: h.id() } };
  if (change === 2) return { type: 'breaker.released', data: { model, invocation: h.id() } };
  if (change === 3)
    return { type: 'breaker.observed', data: { model, outcomes: [{ calls: 3 }], windowMs: 60_000 } };
  return {
    type: 'breaker.opened',
    data: {
      model,
      cause: '3 failures in a row',
      code: 'provider.error',
      invocations: [h.id(), h.id()],
      openMs: 30_000,
      probeAt: new Date(h.now()).toISOString(),
    },
  };
}

/** A commit of facts; each commit of them carries 1 to `most` events. */
export function factCommit(h: History, make: (h: History) => CommittedEvent, most = 20): Commit {
  const events = Array.from({ length: 1 + h.below(most) }, () => make(h));
  return { id: h.id(), at: h.now(), actor: 'gateway:1', events };
}

/** Appends facts; some commits are stored a second time under another message id, as after a lost ack. */
export async function appendFacts(
  log: EventLog,
  h: History,
  tenant: string,
  family: string,
  commits: readonly Commit[],
  twice = 0.1,
): Promise<Position> {
  let last: Position | undefined;
  for (const commit of commits) {
    const subject = subjectOf(tenant, family);
    const again = h.random() < twice ? 2 : 1;
    for (let i = 0; i < again; i++) {
      const result = await log.append(subject, commit, 'any', { commandId: `${commit.id}-${i}` });
      if (result.outcome !== 'wrong-expectation') last = result.position;
    }
  }
  if (!last) throw new Error('nothing was appended');
  return last;
}
