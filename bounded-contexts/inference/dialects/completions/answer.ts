import type { Frame, Usage } from '../../ports.ts';
import { type ChatDelta, deltasOf, wholeDeltas } from '../chat.ts';
import { objectsOf, stringOf } from '../json.ts';
import type { AnswerAbout, AnswerStream, Json } from '../translation.ts';
import { promptOf } from './request.ts';

const headOf = ({ invocation, created, model }: AnswerAbout) => ({
  id: `cmpl-${invocation}`,
  object: 'text_completion',
  created,
  model,
});

/** Log probabilities as Completions have them: lists beside each other, with each token's place in the text. */
function logprobsOf(logprobs: readonly Json[], from: number): Json | null {
  if (logprobs.length === 0) return null;
  let offset = from;
  const offsets = logprobs.map((one) => {
    const at = offset;
    offset += stringOf(one['token']).length;
    return at;
  });
  return {
    tokens: logprobs.map((one) => one['token']),
    token_logprobs: logprobs.map((one) => one['logprob']),
    top_logprobs: logprobs.map((one) =>
      Object.fromEntries(
        objectsOf(one['top_logprobs']).map((top) => [stringOf(top['token']), top['logprob']]),
      ),
    ),
    text_offset: offsets,
  };
}

const finishOf = ({ finish }: ChatDelta): string | null =>
  finish === undefined || finish === 'length' || finish === 'content_filter' ? (finish ?? null) : 'stop';

const echoOf = ({ request }: AnswerAbout): string => (request['echo'] === true ? promptOf(request) : '');

/** A chat completion as a completion. */
export function completionOf(completion: Json, about: AnswerAbout): Json {
  const echo = echoOf(about);
  return {
    ...headOf(about),
    choices: wholeDeltas(completion).map((delta) => ({
      text: echo + delta.text + delta.refusal,
      index: delta.choice,
      logprobs: logprobsOf(delta.logprobs, echo.length),
      finish_reason: finishOf(delta) ?? 'stop',
    })),
    ...(completion['usage'] == null ? {} : { usage: completion['usage'] }),
  };
}

export function completionStream(about: AnswerAbout): AnswerStream {
  const head = headOf(about);
  const echo = echoOf(about);
  const said = new Map<number, number>();
  const frame = (body: Json, more: Partial<Frame> = {}): Frame => ({
    json: JSON.stringify({ ...head, ...body }),
    text: '',
    usageOnly: false,
    ...more,
  });
  return {
    push: ({ json }) =>
      deltasOf(json).flatMap((delta) => {
        const before = said.get(delta.choice);
        const own = delta.text + delta.refusal;
        const text = before === undefined ? echo + own : own;
        if (text === '' && delta.finish === undefined) return [];
        said.set(delta.choice, (before ?? 0) + text.length);
        const from = before ?? echo.length;
        const choice = {
          text,
          index: delta.choice,
          logprobs: logprobsOf(delta.logprobs, from),
          finish_reason: finishOf(delta),
        };
        return [frame({ choices: [choice] }, { text })];
      }),
    end(usage: Usage | undefined) {
      if (!usage) return [];
      const body = {
        prompt_tokens: usage.input,
        completion_tokens: usage.output,
        total_tokens: usage.input + usage.output,
        prompt_tokens_details: { cached_tokens: usage.cached },
        completion_tokens_details: { reasoning_tokens: usage.reasoning },
      };
      return [frame({ choices: [], usage: body }, { usageOnly: true })];
    },
  };
}
