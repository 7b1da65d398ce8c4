import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { DaybookError } from '../../schemas/errors.ts';
import { type AuditEntry, auditEntry, auditFormats } from '../../schemas/http/audit.ts';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import type { Output } from './output.ts';

interface Filters {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
}

const answer = z.object({ data: z.array(auditEntry), nextCursor: z.string().nullable() });
const lookMs = 1_000;
const most = 200;

function queryOf(
  { actor, action, target, outcome, from, to }: Filters,
  more: Record<string, string>,
): string {
  const named = Object.entries({ actor, action, target, outcome, from, to, ...more });
  return new URLSearchParams(
    named.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  ).toString();
}

const asText = (one: AuditEntry): string =>
  [
    one.at,
    one.outcome === 'refused' ? 'refused' : '       ',
    one.action.padEnd(24),
    one.actor + (one.actingFor === null ? '' : ` for ${one.actingFor}`),
    one.target ?? '',
    one.reason ?? '',
    one.address ?? '',
    one.leftOut ? `(and ${one.leftOut} more)` : '',
  ]
    .join('  ')
    .trimEnd();

/** `audit tail`: the last entries, oldest first; with `--follow` those to come, too, until Ctrl-C. */
export async function tailAudit(
  { limit = '20', follow, ...filters }: Filters & { limit?: string; follow?: boolean },
  out: Output,
): Promise<number> {
  const here = local();
  const ask = async (count: string) =>
    answer.parse(await (await api(here, 'GET', `/api/v1/audit?${queryOf(filters, { limit: count })}`)).json())
      .data;
  let shown: ReadonlySet<string> = new Set();
  const show = (entries: readonly AuditEntry[]) => {
    for (const entry of entries.toReversed()) if (!shown.has(entry.id)) out.line(entry, asText(entry));
    shown = new Set(entries.map(({ id }) => id));
  };
  show(await ask(limit));
  if (!follow) return exitCodes.ok;
  let stopped = false;
  process.once('SIGINT', () => {
    stopped = true;
  });
  // What was shown is among the newest, unless more than a page came within a second.
  shown = new Set((await ask(String(most))).map(({ id }) => id));
  while (!stopped) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    show(await ask(String(most)));
  }
  return exitCodes.ok;
}

/** `audit export <file>`: all of it that the filters leave, newest first. */
export async function exportAudit(
  file: string,
  { format = 'jsonl', ...filters }: Filters & { format?: string },
  out: Output,
): Promise<number> {
  if (!auditFormats.some((known) => known === format))
    throw new DaybookError('request.invalid', `--format: wants one of ${auditFormats.join(', ')}.`);
  const { body } = await api(local(), 'GET', `/api/v1/audit/export?${queryOf(filters, { format })}`);
  if (!body) throw new DaybookError('internal', 'An export without a body.');
  await pipeline(Readable.fromWeb(body), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  out.result({ file, format }, `The audit trail is in ${file}.`);
  return exitCodes.ok;
}
