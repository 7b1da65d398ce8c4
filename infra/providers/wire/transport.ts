import { errors } from 'undici';
import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';

/**
 * What went wrong on the way to or from a provider, as a ProviderFailure. What is not the provider's doing (the
 * caller left, a deadline passed) is returned as it is.
 *
 * `accepted`: the provider had begun to answer with success, so that it may bill.
 */
export function transportFailure(error: unknown, provider: string, accepted: boolean): unknown {
  if (error instanceof ProviderFailure || !(error instanceof Error)) return error;
  if (error.name === 'AbortError') return error;
  const failure = (code: 'timeout' | 'unreachable' | 'cut-off' | 'garbage', what: string, took = accepted) =>
    new ProviderFailure(`provider.${code}`, `${provider} ${what}`, { accepted: took }, { cause: error });
  const reset = () =>
    new ProviderFailure(
      'provider.unreachable',
      `${provider} broke the connection before it answered.`,
      { accepted: false, reset: true },
      { cause: error },
    );
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return failure('timeout', 'fell silent.');
  if (error instanceof errors.ConnectTimeoutError)
    return failure('unreachable', 'could not be reached in time.', false);
  // zlib's own: Z_DATA_ERROR, Z_BUF_ERROR, ERR__ERROR_FORMAT…
  if ('code' in error && typeof error.code === 'string' && /^(Z_|ERR__ERROR|ZSTD_)/.test(error.code))
    return failure('garbage', 'answered something that its own encoding does not fit.');
  if (accepted) return failure('cut-off', 'broke the connection.');
  if (error instanceof errors.SocketError || ('code' in error && error.code === 'ECONNRESET')) return reset();
  return failure('unreachable', 'could not be reached.');
}
