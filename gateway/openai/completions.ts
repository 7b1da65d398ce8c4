import { completionsRequest } from '../../schemas/http/completions.ts';
import type { Capability } from '../../schemas/primitives.ts';
import { validate } from '../shared/json-body.ts';
import { openAiRateHeaders } from '../shared/rate-headers.ts';
import type { Surface } from '../shared/surface.ts';
import { openAiError, openAiStream } from './errors.ts';
import { textsOf } from './texts.ts';

/** `POST /v1/completions`. */
export const completions: Surface = {
  operation: 'completions',
  parse(json) {
    const body = validate(completionsRequest, json);
    const { count, chars } = textsOf(body.prompt);
    const choices = Math.max(body.n ?? 1, body.best_of ?? 1) * count;
    const needs: Capability[] = [];
    if (choices > 1) needs.push('choices');
    if (body.logprobs != null) needs.push('logprobs');
    return {
      model: body.model,
      streamed: body.stream === true,
      wantsUsageFrame: body.stream_options?.include_usage === true,
      maxTokens: body.max_tokens ?? undefined,
      maxTokensField: 'max_tokens',
      choices,
      messages: count,
      images: 0,
      promptChars: chars,
      needs,
      user: body.user ?? undefined,
    };
  },
  error: openAiError,
  rateHeaders: openAiRateHeaders,
  ...openAiStream,
};
