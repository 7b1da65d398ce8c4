import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../schemas/http/audit.ts';
import { csvCell, formats } from './audit-formats.ts';

const entry: AuditEntry = {
  id: '01.0',
  at: '2026-11-20T10:00:00.000Z',
  actor: '=HYPERLINK("http://evil.example","x")',
  actingFor: null,
  action: 'key.revoked',
  target: 'a "quoted", name\r\nover two lines',
  outcome: 'done',
  reason: null,
  route: null,
  address: '203.0.113.0/24',
  request: null,
  leftOut: null,
  position: 'p',
};

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '|calc', '%x'])(
  'the cell %j is no formula',
  (text) => {
    expect(csvCell(text)).toBe(`"'${text}"`);
  },
);

test('CSV is read back as it was, but for what would be a formula', () => {
  const { head, foot } = formats.csv;
  const text = head + formats.csv.entry(entry, 't') + formats.csv.entry(entry, 't') + foot;
  const rows: Record<string, string>[] = parse(text, { columns: true });
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ actor: `'${entry.actor}`, target: entry.target, address: entry.address });
});

test('CloudEvents are one batch, each with what version 1.0 requires', () => {
  const { head, between, foot, entry: written } = formats.cloudevents;
  const batch: unknown = JSON.parse(
    head + [entry, entry].map((one) => written(one, 'acme')).join(between) + foot,
  );
  expect(batch).toHaveLength(2);
  expect(batch).toMatchObject([
    {
      specversion: '1.0',
      id: '01.0',
      source: '/tenants/acme/audit',
      type: 'daybook.key.revoked',
      time: entry.at,
      subject: entry.target,
      data: { outcome: 'done', address: entry.address },
    },
    {},
  ]);
  expect(JSON.parse(head + foot)).toEqual([]);
});
