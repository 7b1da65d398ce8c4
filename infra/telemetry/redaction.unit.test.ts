import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { ProviderFailure } from '../../bounded-contexts/inference/index.ts';
import { hideSecrets } from '../../bounded-contexts/kernel/index.ts';
import { anthropicError } from '../../gateway/anthropic/errors.ts';
import { problemOf } from '../../gateway/management/problem.ts';
import { openAiError } from '../../gateway/openai/errors.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { explain, output } from '../cli/output.ts';
import { processLogger } from './index.ts';

const unknown = () => randomBytes(18).toString('hex');
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** One of each kind that Daybook meets: what must not be seen, and how it stands in a text. */
const secrets = [
  [unknown(), (secret: string) => `dbk_${secret}`],
  [unknown(), (secret: string) => `sk-proj-${secret}`],
  [unknown(), (secret: string) => `authorization: Bearer ${secret}`],
  [unknown(), (secret: string) => `cookie: session=${secret}; theme=dark`],
  [unknown(), (secret: string) => `postgres://daybook:${secret}@db.local/daybook`],
  [unknown(), (secret: string) => `redis://:${secret}@cache.local:6379`],
  [pem.split('\n')[1] ?? '', () => pem],
  // These look like nothing: a master key, a provider's key.
  ['master passphrase of many words', (secret: string) => secret],
  ['0f3b7a1c9d', (secret: string) => secret],
] as const;
hideSecrets('master passphrase of many words', '0f3b7a1c9d');

const all = secrets.map(([secret, stands]) => stands(secret)).join(' | ');
const seen = (text: string) => secrets.filter(([secret]) => text.includes(secret)).map(([secret]) => secret);

/** Errors as libraries make them: secrets in the message, in the stack, in fields, in what caused it. */
const errors: Readonly<Record<string, unknown>> = {
  'a bug': new TypeError(`it broke on ${all}`),
  'what a driver says': Object.assign(new Error('refused'), {
    command: { name: 'auth', args: secrets.map(([secret, stands]) => stands(secret)) },
    options: { headers: { all } },
    detail: all,
  }),
  'what a provider says': new ProviderFailure('provider.error', all, { accepted: false, original: all }),
  'one that another caused': new DaybookError('vault.unavailable', all, {}, { cause: new Error(all) }),
  'several at once': new AggregateError([new Error(all), new Error(all)], all),
  'no error at all': all,
};

test('the texts would be seen if nobody took them out', () => {
  expect(seen(all)).toHaveLength(secrets.length);
});

test.each(Object.entries(errors))('the log of a process shows none: %s', (_name, error) => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-test-'));
  try {
    const file = join(folder, 'log');
    const destination = pino.destination({ dest: file, sync: true });
    const logger = processLogger('trace', 'gateway-1', destination);
    logger.error({ error, requestId: 'req_1' }, 'an unexpected error');
    logger.child({ bound: all, err: error }).warn({ deep: { deeper: [{ error, all }] } }, all);
    logger.fatal(error);
    destination.flushSync();
    const lines = readFileSync(file, 'utf8');
    expect(seen(lines)).toEqual([]);
    expect(lines.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(secrets.length);
    // And each line can still be read by a machine, and says whose it is.
    for (const line of lines.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ instance: 'gateway-1' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each(Object.entries(errors))('answers in every dialect show none: %s', (_name, error) => {
  for (const answer of [problemOf(error, 'req_1'), openAiError(error), anthropicError(error, 'req_1')])
    expect(seen(JSON.stringify(answer))).toEqual([]);
});

test.each(Object.entries(errors))('the command line shows none: %s', (_name, error) => {
  const written: string[] = [];
  const write = (text: unknown) => written.push(String(text)) > 0;
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(write);
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(write);
  try {
    for (const json of [false, true]) {
      const said = output(json);
      said.say(explain(error));
      said.say(all);
      said.progress(all);
      said.result({ error: explain(error) }, explain(error));
    }
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  expect(written.length).toBeGreaterThanOrEqual(6);
  expect(seen(written.join(''))).toEqual([]);
});

test('a result of the command line stays as it is, but for what is configured', () => {
  const written: string[] = [];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    output(true).result({ masterKey: 'included', answer: 'password=example', source: '0f3b7a1c9d' }, '');
  } finally {
    out.mockRestore();
  }
  expect(JSON.parse(written.join(''))).toEqual({
    masterKey: 'included',
    answer: 'password=example',
    source: '[redacted]',
  });
});
