/**
 * OpenAI's Responses over chat completions, and what is Daybook's own where a provider speaks Responses itself:
 * Daybook is the store of responses, so ids are made of the invocation and nothing is kept upstream.
 */
import type { Native, Translation } from '../translation.ts';
import { responseOf } from './answer.ts';
import { nativeAnswer, nativeRequest, nativeStream } from './native.ts';
import { chatOf } from './request.ts';
import { responseStream } from './stream.ts';

export { continued, inputItems } from './continued.ts';

export const responses: Translation = { request: chatOf, answer: responseOf, stream: responseStream };

export const nativeResponses: Native = {
  request: nativeRequest,
  answer: nativeAnswer,
  stream: nativeStream,
};
