import type { Readable } from 'node:stream';
import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';
import { letGo } from './body.ts';

/** A provider that has finished its answer has this long to tell its usage and to say so. */
export const afterFinishMs = 1_000;

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

/** The next event, or undefined where none comes in time. */
export async function withinMs<Value>(
  events: AsyncIterator<Value>,
  ms: number,
): Promise<IteratorResult<Value> | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const next = events.next();
  // Whatever becomes of it later is nobody's any more.
  next.catch(() => {});
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([next, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** JSON without line breaks: between its tokens a space is as good, and within them there is none. */
export const oneLine = (json: string): string => (json.includes('\n') ? json.replaceAll('\n', ' ') : json);

/**
 * Ends the reading of a stream without waiting for it: where a read is under way that may never come to an end,
 * so would a generator's own `return`.
 */
export function stopReading(events: AsyncGenerator<unknown>, body: Readable, whole: boolean): void {
  events.return(undefined).catch(() => {});
  if (whole) letGo(body);
  else body.on('error', () => {}).destroy();
}
