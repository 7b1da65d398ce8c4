import type { AuditEntry, auditFormats } from '../../schemas/http/audit.ts';

/** A format that can be written as it comes: what stands before, between and after the entries. */
interface Format {
  readonly contentType: string;
  readonly extension: string;
  readonly head: string;
  readonly between: string;
  readonly foot: string;
  entry(entry: AuditEntry, tenant: string): string;
}

const columns = [
  'at',
  'actor',
  'actingFor',
  'action',
  'target',
  'outcome',
  'reason',
  'route',
  'address',
  'request',
  'leftOut',
  'id',
  'position',
] as const satisfies readonly (keyof AuditEntry)[];

/** Quoted, and never a formula: spreadsheets carry out what begins so. */
export function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const harmless = /^[=+\-@\t\r\n|%]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

/** CloudEvents 1.0, one of the JSON batch format. */
function cloudEvent({ id, at, action, target, ...data }: AuditEntry, tenant: string): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: `/tenants/${tenant}/audit`,
    type: `daybook.${action}`,
    time: at,
    ...(target === null ? {} : { subject: target }),
    datacontenttype: 'application/json',
    data,
  });
}

export const formats: Readonly<Record<(typeof auditFormats)[number], Format>> = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    head: `${columns.join(',')}\r\n`,
    between: '',
    foot: '',
    entry: (entry) => `${columns.map((name) => csvCell(entry[name])).join(',')}\r\n`,
  },
  jsonl: {
    contentType: 'application/jsonl; charset=utf-8',
    extension: 'jsonl',
    head: '',
    between: '',
    foot: '',
    entry: (entry) => `${JSON.stringify(entry)}\n`,
  },
  cloudevents: {
    contentType: 'application/cloudevents-batch+json; charset=utf-8',
    extension: 'json',
    head: '[\n',
    between: ',\n',
    foot: '\n]\n',
    entry: cloudEvent,
  },
};
