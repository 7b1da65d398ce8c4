import { beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { anthropicWire } from '../../infra/testing/upstream/anthropic.ts';
import {
  type FaultName,
  faulty,
  scriptedBeginning,
  scriptedText,
} from '../../infra/testing/upstream/faults.ts';
import { ollamaWire } from '../../infra/testing/upstream/ollama.ts';
import { openAiWire } from '../../infra/testing/upstream/openai.ts';
import { type WireServer, wireServer } from '../../infra/testing/upstream/wire-server.ts';

/**
 * Every fault of a provider, for each kind of provider, streamed and not: what the caller gets, how many calls
 * the provider saw, what is recorded and what is paid.
 */

const kinds = { 'openai-compatible': openAiWire, anthropic: anthropicWire, ollama: ollamaWire } as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as readonly Kind[];
const modes = ['whole', 'stream'] as const;
type Mode = (typeof modes)[number];

/** What is paid: what the provider said, all that could have been used, what was counted, or nothing. */
type Paid = 'provider' | 'bound' | 'counted' | 'none';

interface Outcome {
  /** Of the HTTP answer; 200 where the answer is whole, or had begun. */
  readonly status: number;
  /** As the caller is told; undefined where the answer is whole. */
  readonly code?: string;
  readonly paid: Paid;
  /** Calls that the provider saw. */
  readonly calls: number;
  /** In seconds, where the caller is told to wait. */
  readonly retryAfter?: string;
}

/** How often a transient failure is tried at the same provider. */
const triesOfTransient = 2;

const well: Outcome = { status: 200, paid: 'provider', calls: 1 };
const free = (status: number, code: string, more: Partial<Outcome> = {}): Outcome => ({
  status,
  code,
  paid: 'none',
  calls: 1,
  ...more,
});
const transient = { calls: triesOfTransient };
/** What was delivered before the failure is paid as it was counted. */
const brokenOff = (code: string): Outcome => ({ status: 200, code, paid: 'counted', calls: 1 });
const accepted = (status: number, code: string): Outcome => ({ status, code, paid: 'bound', calls: 1 });

/** One outcome for both modes, or one for each. */
const table: Readonly<Record<FaultName | 'refused', Outcome | Readonly<Record<Mode, Outcome>>>> = {
  well,
  'status-400': free(400, 'provider.rejected'),
  'status-401': free(502, 'provider.error'),
  'status-403': free(502, 'provider.error'),
  'status-404': free(502, 'provider.error'),
  'status-408': free(504, 'provider.timeout'),
  'status-409': free(502, 'provider.error', transient),
  'status-422': free(400, 'provider.rejected'),
  'status-429': free(429, 'rate_limit_exceeded', { retryAfter: '1' }),
  'status-429-waits': free(429, 'rate_limit_exceeded', { retryAfter: '30' }),
  'status-500': free(502, 'provider.error', transient),
  'status-502': free(502, 'provider.error', transient),
  'status-503': free(503, 'provider.overloaded'),
  'status-504': free(504, 'provider.timeout'),
  'status-529': free(503, 'provider.overloaded'),
  'clock-skew': free(429, 'rate_limit_exceeded', { retryAfter: '30' }),
  'too-long': free(400, 'provider.context-exceeded'),
  'policy-refusal': free(400, 'provider.content-refused'),
  redirect: free(502, 'provider.error'),
  refused: free(502, 'provider.unreachable', { calls: 0 }),
  'reset-before-headers': free(502, 'provider.unreachable', transient),
  'reset-after-headers': { whole: accepted(502, 'provider.cut-off'), stream: brokenOff('provider.cut-off') },
  'half-json': { whole: accepted(502, 'provider.cut-off'), stream: brokenOff('provider.cut-off') },
  'slow-headers': free(504, 'provider.timeout'),
  'slow-body': { whole: accepted(504, 'provider.timeout'), stream: brokenOff('provider.timeout') },
  'malformed-chunk': { whole: accepted(502, 'provider.garbage'), stream: well },
  'no-usage': { status: 200, paid: 'counted', calls: 1 },
  'no-end': well,
  'finished-twice': well,
  'wrong-type': accepted(502, 'provider.garbage'),
  'not-streamed': well,
  gzip: well,
  'hundred-megabytes': accepted(502, 'provider.garbage'),
};

const faultNames = Object.keys(table) as readonly (keyof typeof table)[];

/** Ollama is asked once more with all the room that the model has, before a prompt is called too long. */
const callsOf = (kind: Kind, fault: string, { calls }: Outcome): number =>
  kind === 'ollama' && fault === 'too-long' ? 2 : calls;

function expected(fault: keyof typeof table, mode: Mode): Outcome {
  const row = table[fault];
  return 'status' in row ? row : row[mode];
}

interface Invocation {
  outcome: string;
  error: string | null;
  costUsd: string;
  input: number;
  output: number;
  attempts: { outcome: string; error?: string; usage: string; original?: string }[];
}

interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly recorded: Invocation;
}

let running: RunningTestDaybook;
const upstreams = new Map<Kind, WireServer>();
const seen = new Map<string, Seen>();

const cases = kindNames.flatMap((kind) =>
  faultNames.flatMap((fault) =>
    modes.map((mode) => ({ kind, fault, mode, name: `${kind} ${fault} ${mode}` })),
  ),
);

const modelOf = (fault: string, mode: Mode): string => `${fault}.${mode}`;

async function makeCall({ kind, fault, mode, name }: (typeof cases)[number]): Promise<void> {
  const provider = fault === 'refused' ? `gone-${kind}` : kind;
  const response = await running.fetch('/v1/chat/completions', {
    method: 'POST',
    body: {
      model: `${provider}/${modelOf(fault, mode)}`,
      messages: [{ role: 'user', content: 'How are you?' }],
      max_tokens: 50,
      ...(mode === 'stream' ? { stream: true } : {}),
    },
  });
  const text = await response.text();
  const id = response.headers.get('x-request-id')?.replace(/^req_/, '');
  seen.set(name, { status: response.status, headers: response.headers, text, recorded: await recordOf(id) });
}

/** The record of a call, once it can be read. */
async function recordOf(id: string | undefined): Promise<Invocation> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const response = await running.fetch(`/api/v1/invocations/${id}`);
    if (response.ok) return response.json() as Promise<Invocation>;
    if (performance.now() > deadline) throw new Error(`${id} is not recorded`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  for (const kind of kindNames) {
    const server = await wireServer(faulty(kinds[kind]));
    atEnd(() => server.stop());
    upstreams.set(kind, server);
  }
  const timeouts = 'timeouts: { connectMs: 500, firstByteMs: 900, betweenBytesMs: 900 }';
  const base = (kind: Kind, origin: string | undefined) =>
    `${origin}${kind === 'openai-compatible' ? '/v1' : ''}`;
  running = await testDaybook({
    config: `
providers:
${kindNames
  .map(
    (kind) =>
      `  - { id: ${kind}, kind: ${kind}, baseUrl: "${base(kind, upstreams.get(kind)?.url)}", apiKey: "\${FAULTY_KEY}", tier: 2, ${timeouts} }
  - { id: gone-${kind}, kind: ${kind}, baseUrl: "${base(kind, 'http://127.0.0.1:9')}", tier: 2, ${timeouts} }`,
  )
  .join('\n')}
models:
${cases
  .map(({ kind, fault, mode }) => {
    const provider = fault === 'refused' ? `gone-${kind}` : kind;
    return `  - { name: ${modelOf(fault, mode)}, provider: ${provider}, price: { input: "1", output: "10" } }`;
  })
  .join('\n')}
`,
    variables: { FAULTY_KEY: 'sk-scripted-secret' },
  });
  atEnd(() => running.stop());
  const waiting = [...cases];
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await makeCall(next);
    }),
  );
}, 60_000);

function seenOf(name: string): Seen {
  const found = seen.get(name);
  if (!found) throw new Error(`${name} was not called`);
  return found;
}

/** The text that a caller got, and the error that it was told, in whichever mode. */
function told({ text, status }: Seen, mode: Mode): { said: string; code: string | undefined; done: boolean } {
  if (mode === 'whole' || status !== 200) {
    const { choices, error } = JSON.parse(text);
    return { said: choices?.[0]?.message?.content ?? '', code: error?.code, done: status === 200 };
  }
  let said = '';
  let code: string | undefined;
  for (const [, data = ''] of text.matchAll(/^data: (.*)$/gm)) {
    if (data === '[DONE]') continue;
    const { choices, error } = JSON.parse(data);
    said += choices?.[0]?.delta?.content ?? '';
    code ??= error?.code;
  }
  return { said, code, done: text.includes('[DONE]') };
}

describe.each(kindNames)('%s', (kind) => {
  describe.each(modes)('%s', (mode) => {
    test.each(faultNames)('%s: what the caller gets', (fault) => {
      const { status, code, retryAfter } = expected(fault, mode);
      const found = seenOf(`${kind} ${fault} ${mode}`);
      const { said, ...rest } = told(found, mode);
      expect({ status: found.status, ...rest }).toEqual({ status, code, done: code === undefined });
      if (code === undefined) expect(said).toBe(scriptedText);
      else expect(said).toBe(status === 200 ? scriptedBeginning : '');
      if (retryAfter !== undefined) expect(found.headers.get('retry-after')).toBe(retryAfter);
      expect(found.text).not.toContain('sk-scripted-secret');
    });

    test.each(faultNames)('%s: what the provider saw', async (fault) => {
      const calls = (upstreams.get(kind)?.calls ?? []).filter(
        ({ path, model }) => path === kinds[kind].path && model === modelOf(fault, mode),
      );
      expect(calls).toHaveLength(callsOf(kind, fault, expected(fault, mode)));
      // No call is left hanging, whoever ended it.
      await Promise.all(calls.map((call) => call.gone));
      for (const { headers } of calls) {
        expect(headers['x-api-key'] ?? headers.authorization).toMatch(/sk-scripted-secret$/);
        expect(JSON.stringify(headers)).not.toContain(testAdminKey);
      }
    });

    test.each(faultNames)('%s: what is recorded and paid', (fault) => {
      const { code, paid } = expected(fault, mode);
      const { recorded } = seenOf(`${kind} ${fault} ${mode}`);
      const last = recorded.attempts.at(-1);
      const catalogued = code === 'rate_limit_exceeded' ? 'provider.rate-limited' : code;
      expect(recorded).toMatchObject({
        outcome: code === undefined ? 'ok' : 'error',
        error: catalogued ?? null,
      });
      expect(last).toMatchObject({
        outcome: code === undefined ? 'ok' : 'failed',
        usage: paid,
        ...(catalogued === undefined ? {} : { error: catalogued }),
      });
      expect(recorded.attempts).toHaveLength(Math.max(expected(fault, mode).calls, 1));
      if (/^(status|clock)-/.test(fault)) expect(last?.original).toMatch(/scripted \d{3}/);
      // The bound of a whole answer that was lost is all that the caller allowed.
      if (paid === 'bound') expect(recorded.output).toBe(mode === 'whole' ? 50 : 0);
      if (paid === 'none') expect(recorded.costUsd).toBe('0');
      // 12 input tokens at $1 and 5 output tokens at $10 a million.
      else if (paid === 'provider') expect(recorded.costUsd).toBe('0.000062');
      else expect(Number(recorded.costUsd)).toBeGreaterThan(0);
      if (paid === 'counted')
        expect(recorded.output).toBe(
          Buffer.byteLength(code === undefined ? scriptedText : scriptedBeginning),
        );
    });
  });
});
