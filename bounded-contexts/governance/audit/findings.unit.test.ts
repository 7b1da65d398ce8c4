import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findingKinds } from './findings.ts';

test('docs/guides/audit.md explains each kind of finding, and no other', () => {
  const page = readFileSync(new URL('../../../docs/guides/audit.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| `/.test(line));
  const explained = rows.flatMap((row) => row.split('|')[1]?.match(/[a-z-]+/g) ?? []);
  expect(explained.sort()).toEqual([...findingKinds].sort());
});
