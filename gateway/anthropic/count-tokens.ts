import {
  estimatedTokens,
  type InferencePorts,
  ProviderFailure,
  route,
} from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { countTokensRequest } from '../../schemas/http/messages.ts';
import { validate } from '../shared/json-body.ts';

export type CountPorts = Pick<InferencePorts, 'catalogue' | 'providers'>;

export interface Counted {
  readonly tokens: number;
  /** Who counted: the provider whose model was named, or an estimate made here. */
  readonly by: 'provider' | 'estimate';
}

const countMs = 10_000;

/**
 * The tokens that a Messages request would be. The provider is asked where it counts, else they are estimated;
 * either way nothing is billed, so nothing is reserved.
 */
export async function countTokens(
  { catalogue, providers }: CountPorts,
  json: unknown,
  signal: AbortSignal,
): Promise<Counted> {
  const body = validate(countTokensRequest, json);
  const [first] = route(body.model, catalogue());
  if (!first) {
    throw new DaybookError(
      'model.not-found',
      `The model ${JSON.stringify(body.model)} does not exist; GET /v1/models lists those that do.`,
      { param: 'model' },
    );
  }
  const { model } = first;
  const provider = providers.get(model.provider);
  if (!provider?.serves.has('count-tokens')) return { tokens: estimatedTokens(body), by: 'estimate' };
  try {
    const reply = await provider.complete({
      operation: 'count-tokens',
      model: model.upstream,
      body: { ...body, model: model.upstream },
      signal: AbortSignal.any([signal, AbortSignal.timeout(countMs)]),
    });
    const { input_tokens: tokens }: { input_tokens?: unknown } = JSON.parse(
      Buffer.from(reply.body).toString(),
    );
    return typeof tokens === 'number'
      ? { tokens, by: 'provider' }
      : { tokens: estimatedTokens(body), by: 'estimate' };
  } catch (error) {
    // A request that is wrong is wrong for a call, too; a provider that is away must not stop a count.
    if (error instanceof ProviderFailure && error.code === 'provider.rejected')
      throw new DaybookError(error.code, error.message, {}, { cause: error });
    return { tokens: estimatedTokens(body), by: 'estimate' };
  }
}
