import { z } from 'zod';

/** What an error body says, whatever its dialect. */
export interface Said {
  readonly message: string;
  /** `code` and `type`, as far as they are words. */
  readonly words: readonly string[];
  /** A status in the body, where that is all there is (OpenRouter, llama.cpp). */
  readonly status: number | undefined;
}

const inner = z
  .object({
    message: z.string(),
    code: z.union([z.string(), z.number()]).nullish(),
    type: z.string().nullish(),
    status: z.union([z.string(), z.number()]).nullish(),
  })
  .partial();

/** OpenAI's, Anthropic's, Ollama's, Google's (a list), FastAPI's and vLLM's older shape. */
const outer = z.union([
  z
    .object({ error: z.union([z.string(), inner]) })
    .transform(({ error }) => (typeof error === 'string' ? { message: error } : error)),
  z.object({ object: z.literal('error'), ...inner.shape }),
  z.object({ type: z.literal('error'), ...inner.omit({ type: true }).shape }),
  z.object({ detail: z.unknown() }).transform(({ detail }) => ({ message: textOf(detail) })),
  z.object({ message: z.string() }),
]);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Undefined where `value` is no error in any dialect that we know. */
export function saidOf(value: unknown): Said | undefined {
  const parsed = outer.safeParse(Array.isArray(value) ? value[0] : value);
  if (!parsed.success) return undefined;
  const error: z.infer<typeof inner> = parsed.data;
  const { code, type, status } = error;
  return {
    message: (error.message ?? textOf(error)).slice(0, 500),
    words: [code, type, status].filter((one): one is string => typeof one === 'string'),
    status: [code, status].find((one): one is number => typeof one === 'number' && one >= 400 && one < 600),
  };
}

/** The error that stands in the place of an answer; undefined where `value` is none. */
export const errorIn = (value: unknown): Said | undefined =>
  value !== null && typeof value === 'object' && 'error' in value && value.error !== null
    ? saidOf(value)
    : undefined;

const tooLongWords = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'string_above_max_length',
  'context_window_exceeded',
]);

/**
 * How providers say that a request is longer than their model reads: OpenAI, Groq and vLLM ("maximum context
 * length", "maximum model length", "context length is only"), llama.cpp ("available context size"), Anthropic
 * and Fireworks ("prompt is too long", "exceed context limit"), Together ("`inputs` tokens + `max_new_tokens`"),
 * Ollama ("input length exceeds"), LM Studio ("context length of only"), Google ("exceeds the maximum number of
 * tokens").
 */
const tooLongSentences =
  /maximum (context|model) length|context length is only|context[ _](size|length|window|limit).{0,40}exceed|exceed\w*.{0,60}context|prompt (is )?too long|reduce the length of the (messages|prompt|input)|inputs?`? tokens \+ `?max_(new_)?tokens|input (length|token count).{0,60}exceed|context length of only|exceeds the maximum number of (input )?tokens/i;

export const saysTooLong = ({ message, words }: Said): boolean =>
  words.some((word) => tooLongWords.has(word)) || tooLongSentences.test(message);

const refusedWords = new Set([
  'content_policy_violation',
  'content_filter',
  'moderation_blocked',
  'data_inspection_failed',
  'ResponsibleAIPolicyViolation',
]);

/** OpenAI's usage policy, Azure's and Anthropic's filters, OpenRouter's moderation. */
const refusedSentences =
  /content (management|filtering|moderation|usage) polic|potentially violating our usage policy|safety system|requires moderation|content policy/i;

export const saysRefused = ({ message, words }: Said): boolean =>
  words.some((word) => refusedWords.has(word)) || refusedSentences.test(message);
