import { openAiRateHeaders } from '../shared/rate-headers.ts';
import type { AskedFor, Surface } from '../shared/surface.ts';
import { openAiError, openAiStream } from './errors.ts';

/** What a request for an answer without tokens always says. */
export const withoutTokens = {
  streamed: false,
  wantsUsageFrame: false,
  maxTokens: undefined,
  maxTokensField: 'max_tokens',
  choices: 1,
  needs: [],
} satisfies Partial<AskedFor>;

/** A surface that answers as a whole, never by streams. */
export const withoutStream = (surface: Pick<Surface, 'operation' | 'parse'>): Surface => ({
  ...surface,
  error: openAiError,
  rateHeaders: openAiRateHeaders,
  ...openAiStream,
});
