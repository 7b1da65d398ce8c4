import { DaybookError, type ErrorCode, type ErrorFields, isDaybookError } from '../../schemas/errors.ts';
import type { Position } from '../kernel/index.ts';
import type { LedgerCommand, LedgerReply } from './commands.ts';
import type { Result } from './item.ts';

/** What one writer asks of another, and its answer: results in order, or the writer to ask instead. */
export interface ForwardRequest {
  readonly tenant: string;
  readonly from: string;
  readonly commands: readonly LedgerCommand[];
}

export type ForwardReply = { readonly results: readonly Result[] } | { readonly redirect: string | null };

/** The fields that hold money: `bigint` here, decimal strings on the wire. */
const money = ['amount', 'floor', 'limit', 'granted', 'remaining'] as const;

type Json = Record<string, unknown>;

const bigintsToText = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? value.toString() : value;

function moneyOf<T>(plain: Json): T {
  for (const field of money) {
    const value = plain[field];
    if (typeof value === 'string') plain[field] = BigInt(value);
  }
  return plain as T;
}

/** As {@link moneyOf} reads it; by hand, since a replacer is called for every value of every command. */
function moneyToText(command: LedgerCommand): object {
  const plain: Json = { ...command };
  for (const field of money) {
    const value = plain[field];
    if (typeof value === 'bigint') plain[field] = value.toString();
  }
  return plain;
}

export const writeRequest = ({ commands, ...request }: ForwardRequest): string =>
  JSON.stringify({ ...request, commands: commands.map(moneyToText) });

export function readRequest(body: string): ForwardRequest {
  const { tenant, from, commands } = JSON.parse(body) as { tenant: string; from: string; commands: Json[] };
  return { tenant, from, commands: commands.map((command) => moneyOf<LedgerCommand>(command)) };
}

type WireResult =
  | { readonly reply: Json; readonly position: Position | null }
  | {
      readonly code: ErrorCode;
      readonly message: string;
      readonly fields: ErrorFields;
      /** Present on refusals only. */
      readonly mayPass?: boolean;
    };

export function writeReply(reply: ForwardReply): string {
  if ('redirect' in reply) return JSON.stringify(reply);
  const results = reply.results.map((result): object => {
    if (result.kind === 'done') return { reply: result.reply, position: result.position };
    const error = isDaybookError(result.error) ? result.error : new DaybookError('internal');
    const { code, message, fields } = error;
    return result.kind === 'refused'
      ? { code, message, fields, mayPass: result.mayPass }
      : { code, message, fields };
  });
  return JSON.stringify({ results }, bigintsToText);
}

/** Null for what is no reply at all. */
export function readReply(body: string): ForwardReply | null {
  const parsed = JSON.parse(body) as { results?: WireResult[]; redirect?: string | null };
  if (parsed.redirect !== undefined) return { redirect: parsed.redirect };
  if (!parsed.results) return null;
  return {
    results: parsed.results.map((result): Result => {
      if ('reply' in result) {
        return { kind: 'done', reply: moneyOf<LedgerReply>(result.reply), position: result.position };
      }
      const error = new DaybookError(result.code, result.message, result.fields);
      return result.mayPass === undefined
        ? { kind: 'failed', error }
        : { kind: 'refused', error, mayPass: result.mayPass };
    }),
  };
}
