import type { Frame } from '../../../bounded-contexts/inference/index.ts';
import type { Operation } from '../../../schemas/primitives.ts';
import {
  brokeOff,
  errorIn,
  eventStream,
  headerOf,
  jsonOf,
  oneLine,
  rateLimitsOf,
  refusal,
  unfinished,
  type Wire,
  type WireAnswer,
} from '../wire/index.ts';
import { readers } from './answers.ts';
import { chunkReader } from './chunks.ts';

/** The frames of a streamed chat completion or completion. */
export async function* streamChat(
  wire: Wire,
  answer: WireAnswer,
  operation: 'chat' | 'completions',
  expected: number,
): AsyncGenerator<readonly Frame[]> {
  if (headerOf(answer.headers, 'content-type')?.startsWith('application/json')) {
    yield await asChunks(wire, answer, operation);
    return;
  }
  const reader = chunkReader(expected);
  const limits = rateLimitsOf(answer.headers);
  let first = true;
  let said = '';
  yield* eventStream<Frame>(wire, answer, {
    finished: reader.finished,
    read(event, frames) {
      const data = oneLine(event.data);
      if (data === '[DONE]') return false;
      const value = jsonOf(data);
      const error = errorIn(value);
      if (error) {
        const failure = refusal({
          provider: wire.id,
          status: undefined,
          headers: answer.headers,
          text: data,
          said: error,
          secret: wire.secret,
        });
        throw reader.frames() === 0 ? failure : brokeOff(wire.id, failure);
      }
      const frame = reader.push(data, value);
      // One malformed chunk does not make the rest wrong; if nothing makes sense, that is said below.
      if (frame === 'malformed') said ||= data;
      if (typeof frame === 'string') return true;
      frames.push(first ? { ...frame, ...limits } : frame);
      first = false;
      return !reader.whole();
    },
  });
  if (!reader.finished()) throw unfinished(wire.id, reader.frames(), said);
}

/** A provider that was asked to stream and answered at once: its answer as the chunks of a stream. */
async function asChunks(
  wire: Wire,
  answer: WireAnswer,
  operation: 'chat' | 'completions',
): Promise<readonly Frame[]> {
  const text = (await wire.whole(answer)).toString();
  const value = jsonOf(text);
  const read = readers[operation]?.read(value);
  if (!read || value === null || typeof value !== 'object' || !('choices' in value)) {
    const error = errorIn(value);
    if (error)
      throw refusal({
        provider: wire.id,
        status: undefined,
        headers: answer.headers,
        text,
        said: error,
        secret: wire.secret,
      });
    throw unfinished(wire.id, 0, text);
  }
  const { choices, usage, ...head } = value as Record<string, unknown> & {
    choices: readonly Record<string, unknown>[];
  };
  const object = operation === 'chat' ? 'chat.completion.chunk' : 'text_completion';
  const all: Frame = {
    json: JSON.stringify({ ...head, object, choices: choices.map(deltaOf) }),
    text: read.text,
    usageOnly: false,
    ...rateLimitsOf(answer.headers),
  };
  if (!read.usage) return [all];
  const json = JSON.stringify({ ...head, object, choices: [], usage });
  return [all, { json, text: '', usage: read.usage, usageOnly: true }];
}

/** A choice of a whole answer as a chunk has it: its message is the delta, and its tool calls are numbered. */
function deltaOf(choice: Readonly<Record<string, unknown>>): object {
  const { message, ...rest } = choice;
  const finish = { finish_reason: 'stop', ...rest };
  if (message === null || typeof message !== 'object') return finish;
  const calls = 'tool_calls' in message && Array.isArray(message.tool_calls) ? message.tool_calls : undefined;
  return {
    ...finish,
    delta: {
      ...message,
      ...(calls ? { tool_calls: calls.map((call: object, index) => ({ index, ...call })) } : {}),
    },
  };
}

export const isChunked = (operation: Operation): operation is 'chat' | 'completions' =>
  operation === 'chat' || operation === 'completions';
