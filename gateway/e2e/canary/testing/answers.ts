import { expect } from 'vitest';
import { errorCatalogue } from '../../../../schemas/errors.ts';

/** An answer, read to its end; of a stream what it said within half a second. */
export interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const patienceMs = 500;

export async function heard(answer: Response): Promise<Heard> {
  const headers = Object.fromEntries(answer.headers);
  if (!headers['content-type']?.startsWith('text/event-stream'))
    return { status: answer.status, headers, text: await answer.text() };
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), patienceMs));
  for (;;) {
    const next = await Promise.race([reader?.read(), late]);
    if (next === 'late' || next === undefined || next.done) break;
    text += decoder.decode(next.value, { stream: true });
  }
  await reader?.cancel();
  return { status: answer.status, headers, text };
}

/** What differs between two answers that say the same: time, fresh ids, places in the log. Lengths stay. */
const passing: readonly (readonly [RegExp, string])[] = [
  [/\b(resp|msg|chatcmpl|cmpl|req|rs|item)_[0-9A-Za-z-]+/g, '<id>'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/(?<="created(_at)?":)\d+/g, '<seconds>'],
  [/(?<![\w-])[udasr]_[A-Za-z0-9_-]{16,40}(?![\w-])/g, '<opaque>'],
  [/(?<![\w-])[A-Za-z0-9_-]{22}(?![\w-])/g, '<22 characters>'],
];

const delivery =
  /^(daybook-budget-remaining-usd|date|keep-alive|connection|openai-processing-ms|x-request-id|request-id|daybook-invocation-id)$/;

/** What an answer says, without what is different each time; `echoed` are the words of its question. */
export function gist({ status, headers, text }: Heard, echoed: readonly string[] = []): object {
  const plain = (value: string) => {
    const own = echoed.reduce((so, word) => (word === '' ? so : so.replaceAll(word, '<asked>')), value);
    return passing.reduce((so, [pattern, name]) => so.replaceAll(pattern, name), own);
  };
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => !delivery.test(name))
        .map(([name, value]) => [name, plain(value)]),
    ),
    text: plain(text),
  };
}

const catalogue: ReadonlySet<string> = new Set(Object.keys(errorCatalogue));
/** OpenAI's own names for some of ours. */
const theirs = /^(invalid_api_key|model_not_found|insufficient_quota|rate_limit_exceeded)$/;

/** A refusal in the dialect of its path, with a code of the catalogue. */
export function expectRefusal({ status, headers, text }: Heard, path: string, name: string): void {
  const body: unknown = JSON.parse(text);
  if (/^\/v1\/messages(\/|$|\?)/.test(path)) {
    expect(body, name).toMatchObject({
      type: 'error',
      error: { type: expect.stringMatching(/^[a-z_]+_error$/), message: expect.any(String) },
    });
  } else if (path.startsWith('/v1/')) {
    const { error } = body as { error: { code: string } };
    expect(catalogue.has(error.code) || theirs.test(error.code), `${name}: ${error.code}`).toBe(true);
  } else {
    expect(headers['content-type'], name).toBe('application/problem+json');
    const { code, status: said } = body as { code: string; status: number };
    expect(catalogue.has(code), `${name}: ${code}`).toBe(true);
    expect(said, name).toBe(status);
  }
}

/** No word of another tenant, in the body or in any header. */
export function expectSilent({ headers, text }: Heard, words: readonly string[], name: string): void {
  const all = `${JSON.stringify(headers)}\n${text}`;
  for (const word of words)
    expect(all.includes(word), `${name} tells ${word}: ${all.slice(0, 400)}`).toBe(false);
}
