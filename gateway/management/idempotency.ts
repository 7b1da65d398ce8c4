import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Replies, ReplyPlace } from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { callerOf } from '../shared/rates.ts';
import type { Bound, ManagementPorts } from './ports.ts';

/** An answer of a command, kept to be given again. */
export const commandReply = z.object({
  /** The request that made it. */
  invocation: z.string(),
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type CommandReply = z.infer<typeof commandReply>;

/**
 * POST routes, as the description writes them, on which `Idempotency-Key` does nothing; one more must say why. An
 * export changes nothing but the audit trail, and is too large to be kept and given again.
 */
export const withoutIdempotency: ReadonlySet<string> = new Set(['/api/v1/exports']);

/**
 * POST routes whose bodies are streams, too large to be held for a comparison: they carry a key out once by themselves.
 */
export const idempotentByThemselves: ReadonlySet<string> = new Set([
  '/api/v1/knowledge/{department}/documents',
]);

const matching = (paths: ReadonlySet<string>): ((path: string) => boolean) => {
  const patterns = [...paths].map((path) => new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`));
  return (path) => patterns.some((one) => one.test(path));
};
const isWithout = matching(withoutIdempotency);
const isByItself = matching(idempotentByThemselves);

/** As of calls of models: a day. */
const keptMs = 86_400_000;
/** A command takes no longer, in ms, unless its gateway is dead; then its key is free again. */
const leaseMs = 60_000;
/** What of an answer's headers belongs to the answer and not to its delivery. */
const keptHeaders = ['content-type', 'daybook-position', 'etag', 'location'];

/** What the same command may be answered differently for the next time: not kept, but decided anew. */
const passing = ({ status }: Response): boolean =>
  status >= 500 || [401, 403, 408, 409, 429].includes(status);

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/**
 * A POST with an `Idempotency-Key` is carried out once a principal: repeated with the same address and body it is
 * given the same answer for a day. Throws `request.key-reused` where they are others, `request.in-progress` while the
 * first is being carried out.
 */
export function idempotent({ commandReplies, onBug }: ManagementPorts): MiddlewareHandler<Bound> {
  return async (context, next) => {
    const named = context.req.header('idempotency-key');
    const { method, path } = context.req;
    if (method !== 'POST' || named === undefined || isWithout(path)) return next();
    if (!keyPattern.test(named))
      throw new DaybookError('request.invalid', 'idempotency-key: wants 1 to 255 visible ASCII characters.', {
        param: 'idempotency-key',
      });
    if (isByItself(path)) return next();
    const principal = context.get('principal');
    const subject = callerOf(principal);
    const place: ReplyPlace = {
      tenant: principal.tenant,
      kind: 'command',
      key: digest(subject, named),
    };
    const { pathname, search } = new URL(context.req.url);
    const request = digest(pathname, search, new Uint8Array(await context.req.arrayBuffer()));
    const invocation = context.get('requestId');
    const claim = await commandReplies.claim(place, { request, invocation, subject, leaseMs });
    switch (claim.kind) {
      case 'kept': {
        const { status, headers, body } = claim.reply;
        return new Response(body, { status, headers: { ...headers, 'Idempotent-Replayed': 'true' } });
      }
      case 'in-progress':
        throw new DaybookError('request.in-progress', undefined, { retryAfterMs: 1_000 });
      case 'other-request':
        throw new DaybookError('request.key-reused');
      case 'ours':
        break;
      default:
        claim satisfies never;
    }
    const giveUp = () =>
      commandReplies.drop(place, invocation).catch((error: unknown) => onBug(error, invocation));
    try {
      await next();
    } catch (error) {
      await giveUp();
      throw error;
    }
    if (passing(context.res)) {
      await giveUp();
      return;
    }
    await keep(commandReplies, place, context.res, { request, invocation, subject }).catch((error: unknown) =>
      // The command is carried out: that its answer cannot be given again must not take it away.
      onBug(error, invocation),
    );
  };
}

async function keep(
  replies: Replies<CommandReply>,
  place: ReplyPlace,
  response: Response,
  { invocation, ...options }: { request: string; invocation: string; subject: string },
): Promise<void> {
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const body = await response.clone().text();
  // A stream begins with 200, whatever becomes of it: what ended with an error is not to be given again for a day.
  if (headers['content-type']?.startsWith('text/event-stream') && /^event: error$/m.test(body)) {
    await replies.drop(place, invocation);
    return;
  }
  await replies.keep(
    place,
    { invocation, status: response.status, headers, body },
    { ...options, forMs: keptMs },
  );
}

function digest(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('base64url');
}

/** The id of a command by its key: another principal's, and one with another body, is another command. */
export const commandIdOf = (principal: Principal, named: string, body: unknown): string =>
  digest(callerOf(principal), named, JSON.stringify(body));

interface Described {
  readonly paths?: Readonly<Record<string, object>> | undefined;
}

const parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description:
    'Repeated within a day with the same body, the first answer is given again and nothing more is done; with another body 422, while the first is being carried out 409.',
};

/** The header on each route that it holds for, in the description of the API. */
export function withIdempotencyKey<Document extends Described>(document: Document): Document {
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    const post: unknown = 'post' in methods ? methods.post : undefined;
    if (!path.startsWith('/api/v1/') || withoutIdempotency.has(path)) continue;
    if (typeof post !== 'object' || post === null) continue;
    const before: unknown[] = 'parameters' in post && Array.isArray(post.parameters) ? post.parameters : [];
    const others = before.filter((one) => nameOf(one) !== 'idempotency-key');
    Object.assign(post, { parameters: [...others, parameter] });
  }
  return document;
}

const nameOf = (parameter: unknown): string =>
  typeof parameter === 'object' && parameter !== null && 'name' in parameter
    ? String(parameter.name).toLowerCase()
    : '';
