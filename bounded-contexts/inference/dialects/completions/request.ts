import { pick, refuseOthers, unsupported } from '../json.ts';
import type { Json } from '../translation.ts';

const carried = [
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'n',
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'logit_bias',
];

const known = new Set([
  ...carried,
  'model',
  'prompt',
  'max_tokens',
  'logprobs',
  'echo',
  'best_of',
  // Whose request it is: the gateway's to know.
  'user',
]);

/** The one text that is asked for. */
export function promptOf(body: Json): string {
  const { prompt } = body;
  if (typeof prompt === 'string') return prompt;
  if (Array.isArray(prompt) && prompt.length === 1 && typeof prompt[0] === 'string') return prompt[0];
  if (Array.isArray(prompt) && prompt.length > 1 && typeof prompt[0] === 'string')
    throw unsupported('prompt', 'a model that is reached by chat completions takes one at a time');
  throw unsupported('prompt', 'a model that is reached by chat completions takes text, not tokens');
}

export function chatOf(body: Json): Record<string, unknown> {
  refuseOthers({ ...body, suffix: body['suffix'] === '' ? null : body['suffix'] }, known);
  const { n, best_of: best, logprobs } = body;
  if (typeof best === 'number' && best > (typeof n === 'number' ? n : 1))
    throw unsupported('best_of', 'a model that is reached by chat completions gives each of its answers');
  if (body['echo'] === true && logprobs != null)
    throw unsupported('echo', 'a model that is reached by chat completions does not weigh the prompt');
  return {
    model: body['model'],
    ...pick(body, carried),
    messages: [{ role: 'user', content: promptOf(body) }],
    ...(typeof logprobs === 'number' ? { logprobs: true, top_logprobs: logprobs } : {}),
  };
}
