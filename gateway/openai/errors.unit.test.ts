import { describe, expect, test } from 'vitest';
import { DaybookError, type ErrorCode, errorCatalogue } from '../../schemas/errors.ts';
import { openAiError } from './errors.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

describe('every error of the catalogue', () => {
  test.each(codes)('%s has its status, a sentence, a code, and says whether a retry helps', (code) => {
    const { status, headers, body } = openAiError(new DaybookError(code));
    expect(status).toBe(errorCatalogue[code].status);
    expect(headers['x-should-retry']).toBe(String(errorCatalogue[code].retryable));
    expect(body.error).toEqual({
      message: expect.stringMatching(/\S/),
      type: expect.stringMatching(/^[a-z_]+$/),
      param: null,
      code: expect.stringMatching(/^\S+$/),
    });
    // Who is told to come back is told when.
    if (status === 503) expect('retry-after' in headers).toBe(errorCatalogue[code].retryable);
  });
});

test('an exceeded budget is what OpenAI calls an exceeded quota, and is not worth a retry', () => {
  const { status, headers, body } = openAiError(new DaybookError('budget.exceeded', 'No room.'));
  expect(status).toBe(429);
  expect(headers).toEqual({ 'x-should-retry': 'false' });
  expect(body).toEqual({
    error: { message: 'No room.', type: 'insufficient_quota', param: null, code: 'insufficient_quota' },
  });
});

test('a wait that the provider asks for is handed on, in seconds rounded up and in milliseconds', () => {
  const error = new DaybookError('provider.rate-limited', 'Slow down.', { retryAfterMs: 1_200 });
  expect(openAiError(error).headers).toMatchObject({ 'retry-after': '2', 'retry-after-ms': '1200' });
});

test('the field at fault is named', () => {
  expect(openAiError(new DaybookError('request.invalid', 'No.', { param: 'n' })).body.error.param).toBe('n');
});

test.each([new Error('password=hunter2 at /srv/secret.ts:1'), 'hunter2', null, undefined])(
  'nothing of what is not ours shows',
  (thrown) => {
    const { status, body } = openAiError(thrown);
    expect(status).toBe(500);
    expect(body.error).toMatchObject({ type: 'server_error', code: 'internal' });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  },
);
