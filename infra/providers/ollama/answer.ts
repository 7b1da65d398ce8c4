import { z } from 'zod';
import type { Frame, Usage } from '../../../bounded-contexts/inference/index.ts';

const tokens = z.number().int().min(0).max(2_147_483_647);

const logprob = z.object({ token: z.string(), logprob: z.number() }).loose();

/** A line of an answer, or a whole one. */
const answer = z.object({
  model: z.string().optional(),
  message: z
    .object({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      tool_calls: z
        .array(
          z.object({
            id: z.string().nullish(),
            function: z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).nullish() }),
          }),
        )
        .nullish(),
    })
    .default({}),
  logprobs: z.array(logprob).nullish(),
  done: z.boolean().default(false),
  done_reason: z.string().nullish(),
  prompt_eval_count: tokens.nullish().catch(undefined),
  eval_count: tokens.nullish().catch(undefined),
});

export type OllamaAnswer = z.infer<typeof answer>;

/** Undefined where `value` is no answer. */
export const answerOf = (value: unknown): OllamaAnswer | undefined => answer.safeParse(value).data;

/** A prompt that was read from the cache of the call before may not be counted; then it took nothing. */
export function usageOf({ prompt_eval_count: input, eval_count: output }: OllamaAnswer): Usage | undefined {
  if (output == null) return undefined;
  return { input: input ?? 0, output, cached: 0, cacheWrite: 0, reasoning: 0 };
}

const chatUsage = ({ input, output }: Usage) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});

const finishOf = (reason: string | null | undefined, calls: number): string =>
  calls > 0 ? 'tool_calls' : reason === 'length' ? 'length' : 'stop';

export interface ChatAbout {
  readonly id: string;
  readonly model: string;
  readonly created: number;
}

/** Ids of calls where the server gives none: unique within all that a caller may send back. */
const callsOf = ({ message }: OllamaAnswer, about: ChatAbout, before: number) =>
  (message.tool_calls ?? []).map((call, index) => ({
    index: before + index,
    id: call.id || `call_${about.id.slice(-12)}_${before + index}`,
    type: 'function',
    function: { name: call.function.name, arguments: JSON.stringify(call.function.arguments ?? {}) },
  }));

const logprobsOf = ({ logprobs }: OllamaAnswer) => (logprobs?.length ? { content: logprobs } : null);

/** A whole answer as a chat completion. */
export function chatCompletion(said: OllamaAnswer, about: ChatAbout): object {
  const calls = callsOf(said, about, 0).map(({ index: _index, ...call }) => call);
  const usage = usageOf(said);
  const content = said.message.content ?? '';
  return {
    id: about.id,
    object: 'chat.completion',
    created: about.created,
    model: said.model ?? about.model,
    system_fingerprint: 'fp_ollama',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && calls.length > 0 ? null : content,
          refusal: null,
          ...(said.message.thinking ? { reasoning_content: said.message.thinking } : {}),
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
        logprobs: logprobsOf(said),
        finish_reason: finishOf(said.done_reason, calls.length),
      },
    ],
    ...(usage ? { usage: chatUsage(usage) } : {}),
  };
}

/** Turns the lines of a streamed answer into the chunks of a streamed chat completion. */
export function chatChunks(about: ChatAbout): (said: OllamaAnswer) => readonly Frame[] {
  let calls = 0;
  let begun = false;
  const head = {
    id: about.id,
    object: 'chat.completion.chunk',
    created: about.created,
    model: about.model,
    system_fingerprint: 'fp_ollama',
  };
  return (said) => {
    const made = callsOf(said, about, calls);
    calls += made.length;
    const text = said.message.content ?? '';
    const delta = {
      ...(begun ? {} : { role: 'assistant' }),
      ...(text === '' && begun ? {} : { content: text }),
      ...(said.message.thinking ? { reasoning_content: said.message.thinking } : {}),
      ...(made.length > 0 ? { tool_calls: made } : {}),
    };
    begun = true;
    const finish = said.done ? finishOf(said.done_reason, calls) : null;
    const choice = { index: 0, delta, logprobs: logprobsOf(said), finish_reason: finish };
    const chunk: Frame = { json: JSON.stringify({ ...head, choices: [choice] }), text, usageOnly: false };
    const usage = said.done ? usageOf(said) : undefined;
    if (!usage) return [chunk];
    const json = JSON.stringify({ ...head, choices: [], usage: chatUsage(usage) });
    return [chunk, { json, text: '', usage, usageOnly: true }];
  };
}
