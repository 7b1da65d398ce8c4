import { describe, expect, test } from 'vitest';
import { DaybookError, type ErrorCode, errorCatalogue } from '../../schemas/errors.ts';
import { anthropicError } from './errors.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];
const known = [
  'invalid_request_error',
  'authentication_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'rate_limit_error',
  'api_error',
  'overloaded_error',
  'timeout_error',
];

describe('every error of the catalogue', () => {
  test.each(codes)('%s has a type that Anthropic’s clients know, and says whether a retry helps', (code) => {
    const { status, headers, body } = anthropicError(new DaybookError(code), 'req_1');
    const expected = errorCatalogue[code].status;
    expect(status).toBe(expected === 503 ? 529 : expected);
    expect(headers['x-should-retry']).toBe(String(errorCatalogue[code].retryable));
    expect(body).toMatchObject({
      type: 'error',
      error: { type: expect.toBeOneOf(known), message: expect.stringMatching(/\S/) },
      request_id: 'req_1',
    });
  });
});

test.each([
  ['auth.invalid-key', 401, 'authentication_error'],
  ['auth.forbidden', 403, 'permission_error'],
  ['model.not-found', 404, 'not_found_error'],
  ['request.too-large', 413, 'request_too_large'],
  ['budget.exceeded', 429, 'rate_limit_error'],
  ['gateway.overloaded', 529, 'overloaded_error'],
  ['provider.timeout', 504, 'timeout_error'],
  ['provider.error', 502, 'api_error'],
  ['internal', 500, 'api_error'],
] as const)('%s is %i, %s', (code, status, type) => {
  expect(anthropicError(new DaybookError(code))).toMatchObject({ status, body: { error: { type } } });
});

test('a refused thread is told in the words by which their tool runner goes on without one', () => {
  const error = new DaybookError('request.unsupported', 'No.', { param: 'thread' });
  expect(anthropicError(error).body).toMatchObject({
    error: { details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] } },
  });
});

test('nothing of what is not ours shows', () => {
  const { status, body } = anthropicError(new Error('password=hunter2'));
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain('hunter2');
});
