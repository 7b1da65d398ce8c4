import {
  type CommittedEvent,
  type ContentLog,
  type EventLog,
  type Position,
  subjectOf,
} from '../../bounded-contexts/kernel/index.ts';
import { appendFacts, breakerEvent, factCommit, type History, invocation } from './history.ts';
import { appendIdentity, keyUse } from './identity.ts';
import { appendKnowledge, questionFact } from './knowledge.ts';
import { appendLedger, type LedgerModel, ledgerModel } from './ledger.ts';

const message = (h: History): CommittedEvent => ({
  type: 'agent.message.sent',
  data: {
    message: h.id(),
    from: `agt_${h.below(4)}`,
    to: h.random() < 0.5 ? { kind: 'agent', id: 'agt_9' } : { kind: 'broadcast', channel: 'all' },
    messageType: 'note',
    conversation: `cnv_${h.below(3)}`,
    ...(h.random() < 0.5 ? { run: `run_${h.below(2)}` } : {}),
    dataSubject: 'agt_1',
    body: h.id(),
  },
});

const restated = (h: History): CommittedEvent => ({
  type: 'cost.restated',
  data: {
    key: 'key_1',
    invocation: h.id(),
    book: 2,
    calledAt: h.now(),
    day: '2026-11-20',
    tier: 1,
    provider: 'openai',
    model: 'openai/gpt-4o',
    was: '100',
    now: String(h.below(1_000)),
  },
});

const opened = (h: History): CommittedEvent => ({
  type: 'contents.opened',
  data: {
    route: 'GET /api/v1/invocations/:id',
    request: `req_${h.id()}`,
    kind: 'invocation',
    target: h.id(),
    contents: 2,
  },
  by: { actor: `key_${h.below(3)}` },
});

/**
 * A history of every kind of record for one tenant: what a rebuild test replays. Returns the last positions
 * of the log and of the contents.
 */
export async function appendEverything(
  log: EventLog,
  contents: ContentLog,
  h: History,
  tenant: string,
  size: number,
  model: LedgerModel = ledgerModel(),
): Promise<{ events: Position; contents: Position }> {
  const some = (n: number, make: (h: History) => CommittedEvent) =>
    Array.from({ length: n }, () => factCommit(h, make));
  await appendFacts(log, h, tenant, 'invocations', some(size, invocation));
  await appendFacts(log, h, tenant, 'messages', some(Math.ceil(size / 4), message));
  await appendFacts(log, h, tenant, 'restatements', some(Math.ceil(size / 8), restated));
  await appendLedger(log, h, tenant, size, model);
  let stored: Position | undefined;
  for (let i = 0; i < size / 4; i++) {
    const sealed = Array.from({ length: 1 + h.below(5) }, () => ({
      id: h.id(),
      subject: `usr_${h.below(5)}`,
      sealed: new Uint8Array([1, 2, 3]),
    }));
    stored = await contents.append(tenant, sealed);
  }
  for (let version = 1; version <= 3; version++) {
    const data = { workflow: `wf_${h.below(2)}`, version, hash: 'ab'.repeat(32), definition: h.id() };
    await append(log, h, tenant, 'workflow', data.workflow, { type: 'workflow.version.published', data });
  }
  for (let change = 0; change < 8; change++)
    await append(log, h, tenant, 'breaker', 'gpt-4o', breakerEvent(h));
  await appendIdentity((family, id, event) => append(log, h, tenant, family, id, event), h, tenant);
  await appendKnowledge((family, id, event) => append(log, h, tenant, family, id, event), h);
  await appendFacts(log, h, tenant, 'queries', some(Math.ceil(size / 4), questionFact));
  await appendFacts(log, h, tenant, 'key-uses', some(2, keyUse));
  await appendFacts(log, h, tenant, 'audit', some(3, opened));
  const key = `key_${h.id()}`;
  await append(log, h, tenant, 'key', key, {
    type: 'key.issued',
    data: {
      key,
      name: 'a "key"',
      hash: 'cd'.repeat(32),
      role: 'service',
      scopes: ['models.call'],
      models: [],
      tiers: [0, 1],
      department: null,
      user: null,
      expiresAt: null,
    },
  });
  await append(log, h, tenant, 'key', key, {
    type: 'key.rotated',
    data: { key, hash: 'ef'.repeat(32), previousUntil: '2026-11-21T00:00:00.000Z' },
  });
  const events = await append(log, h, tenant, 'key', key, { type: 'key.revoked', data: { key } });
  return { events, contents: stored as Position };
}

async function append(
  log: EventLog,
  h: History,
  tenant: string,
  family: string,
  id: string,
  event: CommittedEvent,
): Promise<Position> {
  const subject = subjectOf(tenant, family, id);
  const prev = (await log.last(subject))?.position ?? null;
  const commit = { id: h.id(), at: h.now(), actor: 'key_1', correlation: 'cor_1', prev, events: [event] };
  const result = await log.append(subject, commit, prev ?? 'none');
  if (result.outcome !== 'appended') throw new Error(result.outcome);
  return result.position;
}
