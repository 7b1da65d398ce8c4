import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import {
  type Call,
  dataSubjectOf,
  type InferencePorts,
  type Replies,
  type Reply,
  type ReplyPlace,
  recordReplay,
} from '../../bounded-contexts/inference/index.ts';
import type { PositionCodec } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { header } from './attribution.ts';
import { type Head, setAll } from './head.ts';
import { headerSafe } from './header-safe.ts';
import { keeper, type Tap } from './taps.ts';

export interface ReplayPorts extends InferencePorts {
  readonly replies: Replies;
  readonly positions: PositionCodec;
}

const sha256 = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('base64url');
};

/** Fields that say who asks and not what: they make no other answer. */
const whoAsks: ReadonlySet<string> = new Set(['user', 'safety_identifier', 'metadata']);

/** The request without who asks, with its keys in one order: equal requests have equal texts. */
function canonical(value: unknown, top = true): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item, false));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => !(top && whoAsks.has(key)));
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, canonical(v, false)]),
  );
}

/** How long the answer to an Idempotency-Key is given again: a day, as clients of other APIs expect. */
const idempotentMs = 86_400_000;
const longestKey = 255;

/** What becomes of a call whose answer may be given again. */
export interface Replayable {
  /** The answer that is given again, and why. */
  readonly given: { readonly reply: Reply; readonly by: 'cache' | 'idempotency' } | undefined;
  /** Else: who keeps the new answer. */
  readonly taps: readonly Tap[];
  /** A caller who leaves does not end the call: its retry is to find the answer. */
  readonly detached: boolean;
  /** What the header `Daybook-Cache` says; undefined where the cache was not asked. */
  readonly cache: 'hit' | 'miss' | undefined;
}

const nothing: Replayable = { given: undefined, taps: [], detached: false, cache: undefined };

/**
 * Looks whether this request was answered before: under its `Idempotency-Key`, and in the cache of answers where
 * the request (`Daybook-Cache: use`) or its key asks for it. Throws `request.in-progress` and `request.key-reused`.
 */
export async function replayable(
  ports: ReplayPorts,
  call: Call,
  principal: Principal,
  headers: IncomingHttpHeaders,
  leaseMs: number,
): Promise<Replayable> {
  const named = headers['idempotency-key'] === undefined ? undefined : header(headers, 'idempotency-key');
  const wish = headers['daybook-cache'] === undefined ? undefined : header(headers, 'daybook-cache');
  if (wish !== undefined && wish !== 'use' && wish !== 'off')
    throw new DaybookError('request.invalid', 'daybook-cache: wants use or off.', { param: 'daybook-cache' });
  const cached = wish === 'use' || (wish === undefined && principal.cache === true);
  if (named === undefined && !cached) return nothing;
  const { tenant, operation, invocation, streamed, routed } = call;
  const subject = dataSubjectOf(call);
  const taps: Tap[] = [];

  if (named !== undefined) {
    if (named.length > longestKey)
      throw new DaybookError('request.invalid', `idempotency-key: at most ${longestKey} characters.`, {
        param: 'idempotency-key',
      });
    const place: ReplyPlace = { tenant, kind: 'idempotency', key: sha256(principal.key, named) };
    const request = sha256(operation, call.bytes);
    const claim = await ports.replies.claim(place, { request, invocation, subject, leaseMs });
    switch (claim.kind) {
      case 'kept':
        return { ...nothing, given: { reply: claim.reply, by: 'idempotency' } };
      case 'in-progress':
        throw new DaybookError('request.in-progress', undefined, { retryAfterMs: 1_000 });
      case 'other-request':
        throw new DaybookError('request.key-reused');
      case 'ours':
        taps.push(keeper(ports.replies, place, { request, subject, forMs: idempotentMs, invocation }));
        break;
      default:
        claim satisfies never;
    }
  }
  if (!cached) return { given: undefined, taps, detached: true, cache: undefined };
  const body = JSON.stringify(canonical(call.body));
  const key = sha256(
    operation,
    // Limits of a key and of its tenant bear on what it may be given.
    principal.ownCache ? principal.key : '',
    JSON.stringify(routed.question.allowed ? [principal.models, principal.tiers] : []),
    routed.plan.version,
    call.privacy === undefined ? '' : 'private',
    String(streamed),
    JSON.stringify(canonical(call.headers ?? {}, false)),
    streamed ? call.midStream : '',
    JSON.stringify(call.markers),
    body,
  );
  const place: ReplyPlace = { tenant, kind: 'cache', key };
  let reply: Reply | undefined;
  try {
    reply = await ports.replies.find(place);
  } catch (error) {
    // The claim that was just made must not keep its retries away.
    for (const tap of taps) await tap.fail('').catch(() => {});
    throw error;
  }
  const forMs = routed.plan.policy.cache.seconds * 1_000;
  if (reply) return { given: { reply, by: 'cache' }, taps, detached: false, cache: 'hit' };
  taps.push(keeper(ports.replies, place, { request: key, subject, forMs, invocation }));
  return { given: undefined, taps, detached: named !== undefined, cache: 'miss' };
}

/** Gives an answer again: recorded before it is given, and free. */
export async function giveAgain(
  ports: ReplayPorts,
  call: Call,
  { reply, by }: NonNullable<Replayable['given']>,
  response: ServerResponse,
  head: Head,
  taps: readonly Tap[],
): Promise<void> {
  for (const tap of taps) {
    tap.write(reply.body);
    await tap.finish({ ...reply, cost: BigInt(reply.cost) });
  }
  const position = await recordReplay(ports, call, reply, by);
  setAll(response, head);
  response.writeHead(200, {
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.body),
    'Daybook-Invocation-Id': call.invocation,
    'Daybook-Replay-Of': reply.invocation,
    'Daybook-Provider': reply.provider,
    'Daybook-Model': headerSafe(reply.model),
    'Daybook-Tier': String(reply.tier),
    'Daybook-Cost-Usd': '0',
    'Daybook-Position': ports.positions.encode(position),
    ...(by === 'cache' ? { 'Daybook-Cache': 'hit' } : { 'Idempotent-Replayed': 'true' }),
  });
  response.end(reply.body);
}
