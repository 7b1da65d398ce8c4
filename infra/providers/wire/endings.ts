import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';

/** What ends a stream that had begun well, in the provider's own words. */
export const brokeOff = (provider: string, { message, details }: ProviderFailure): ProviderFailure =>
  new ProviderFailure('provider.cut-off', `${provider} broke off: ${message}`, {
    ...details,
    accepted: true,
  });

export function unfinished(provider: string, frames: number, said: string): ProviderFailure {
  return frames === 0
    ? new ProviderFailure(
        'provider.garbage',
        `${provider} answered something that is not a stream of chunks.`,
        {
          accepted: true,
          ...(said === '' ? {} : { original: said.slice(0, 2_000) }),
        },
      )
    : new ProviderFailure(
        'provider.cut-off',
        `${provider} ended the stream before its answer was complete.`,
        { accepted: true },
      );
}

/** JSON without line breaks: between its tokens a space is as good, and within them there is none. */
export const oneLine = (json: string): string => (json.includes('\n') ? json.replaceAll('\n', ' ') : json);
