import type { IncomingHttpHeaders } from 'node:http';
import type { Directory, Principal } from '../../bounded-contexts/identity/index.ts';
import {
  estimatedTokens,
  type InferencePorts,
  type Json,
  type Model,
  ProviderFailure,
  route,
} from '../../bounded-contexts/inference/index.ts';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { countTokensRequest } from '../../schemas/http/messages.ts';
import { headersSentOn, privacyOf, questionOf } from '../shared/call-options.ts';
import { parseJson, validate } from '../shared/json-body.ts';
import { messages } from './messages.ts';

export type CountPorts = Pick<
  InferencePorts,
  'catalogue' | 'plan' | 'breakers' | 'down' | 'latencies' | 'providers'
> & { readonly bodyDepth: number; readonly department: Directory['department'] };

export interface Counted {
  readonly tokens: number;
  /** Who counted: the provider whose model would answer, or an estimate made here. */
  readonly by: 'provider' | 'estimate';
}

const countMs = 10_000;

/**
 * The tokens that a Messages request would be. The provider is asked where it counts, and where it may see the
 * request; else they are estimated. Either way nothing is billed, so nothing is reserved.
 */
export async function countTokens(
  ports: CountPorts,
  principal: Principal,
  headers: IncomingHttpHeaders,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Counted> {
  const body = validate(countTokensRequest, parseJson(bytes, ports.bodyDepth));
  const asked = messages.parse({ ...body, max_tokens: 1 });
  const { tenant, department: of } = principal;
  const department = of === undefined ? undefined : ports.department(tenant, of);
  const isPrivate = privacyOf(principal, headers, ports.plan().policy.privacy, department) !== undefined;
  const { candidates } = route(
    ports,
    questionOf(messages, asked, bytes, isPrivate, principal, uuidv7()),
    () => undefined,
  );
  const [first] = candidates;
  const tokens =
    first && (await nativeCount(ports, first.model, body, headersSentOn(messages, headers), signal));
  return tokens === undefined
    ? { tokens: estimatedTokens(body), by: 'estimate' }
    : { tokens, by: 'provider' };
}

/** Undefined where the provider does not count, or is away: that must not stop a count. */
async function nativeCount(
  { providers }: CountPorts,
  model: Model,
  body: Json,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number | undefined> {
  const provider = providers.get(model.provider);
  if (!provider?.serves.has('count-tokens')) return undefined;
  try {
    const reply = await provider.complete({
      operation: 'count-tokens',
      model: model.upstream,
      body: { ...body, model: model.upstream },
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(countMs)]),
    });
    const counted: { input_tokens?: unknown } = JSON.parse(Buffer.from(reply.body).toString());
    return typeof counted.input_tokens === 'number' ? counted.input_tokens : undefined;
  } catch (error) {
    // A request that is wrong is wrong for a call, too.
    if (error instanceof ProviderFailure && error.code === 'provider.rejected')
      throw new DaybookError(error.code, error.message, {}, { cause: error });
    return undefined;
  }
}
