import { expect, test } from 'vitest';
import { subjectOf } from '../../../bounded-contexts/kernel/index.ts';
import { holdsCommits, streamOf, subjectOfStream } from './form.ts';

test.each([
  ['acme', 'ledger', undefined, 'ledger-acme'],
  ['acme', 'key', 'k_1', 'key-acme.k_1'],
  ['acme-of-berlin', 'key-uses', undefined, 'key_uses-acme-of-berlin'],
  ['t_0-1', 'membership', 'u_a-b_d_c-d', 'membership-t_0-1.u_a-b_d_c-d'],
])('the subject of %s, %s, %s is a stream of its category, and back', (tenant, family, id, stream) => {
  const subject = subjectOf(tenant, family, id);
  expect(streamOf(subject)).toBe(stream);
  expect(subjectOfStream(stream)).toBe(subject);
  expect(holdsCommits(stream)).toBe(true);
});
