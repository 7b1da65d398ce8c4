import { expect, test } from 'vitest';
import { errorCatalogue } from './errors.ts';

test('docs/reference/errors.md says exactly what the catalogue says', async () => {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, retryable, advice }]) =>
      `| <a id="${code}"></a>\`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${advice} |`,
  );
  const page = [
    '# Errors',
    '',
    'Every refusal carries one of these codes: as `code` in `application/problem+json` under `/api/v1`, and in the',
    "dialect's own shape under `/v1`. *Again* says whether the same request may succeed later without a change.",
    '',
    '| code | status | again | what it means, and what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../docs/reference/errors.md');
});

test('every advice is one whole sentence and every status is an error', () => {
  for (const { advice, status } of Object.values(errorCatalogue)) {
    expect(advice).toMatch(/^[A-Z].*\.$/);
    expect(status).toBeGreaterThanOrEqual(400);
  }
});
