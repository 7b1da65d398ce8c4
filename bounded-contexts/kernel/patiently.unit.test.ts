import { expect, test } from 'vitest';
import { DaybookError } from '../../schemas/errors.ts';
import { patiently } from './patiently.ts';

function failing(times: number, code: 'log.unavailable' | 'log.full') {
  let calls = 0;
  return {
    calls: () => calls,
    append: async () => {
      if (++calls <= times) throw new DaybookError(code);
      return 'stored';
    },
  };
}

test('what has happened is recorded once the log is back', async () => {
  const log = failing(2, 'log.unavailable');
  await expect(patiently(log.append, 5_000)).resolves.toBe('stored');
  expect(log.calls()).toBe(3);
});

test('patience ends, and says what it waited for', async () => {
  await expect(patiently(failing(1_000, 'log.unavailable').append, 250)).rejects.toMatchObject({
    code: 'log.unavailable',
  });
});

test('what waiting cannot cure is said at once', async () => {
  const log = failing(1, 'log.full');
  await expect(patiently(log.append, 5_000)).rejects.toMatchObject({ code: 'log.full' });
  expect(log.calls()).toBe(1);
});
