import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { IdKind, Vault } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Attribution } from '../../schemas/events/index.ts';

const longest = 512;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Node hands headers over as Latin-1; most clients send UTF-8, and a name must be the same in header and body. */
function inUtf8(value: string): string {
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** A header's text, undefined where it is absent or empty. Throws `request.invalid` where it is too long. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || value === '') return undefined;
  const one = inUtf8(Array.isArray(value) ? value.join(',') : value);
  if (one.length > longest)
    throw new DaybookError('request.invalid', `${name}: at most ${longest} characters.`, { param: name });
  return one;
}

/**
 * Whom a call is attributed to: what the caller supplied, made opaque by the vault. `Daybook-User` wins over
 * whom the body names.
 */
export async function attributionOf(
  vault: Pick<Vault, 'opaqueId'>,
  principal: Principal,
  headers: IncomingHttpHeaders,
  user: string | undefined,
): Promise<Attribution> {
  const { tenant, key } = principal;
  const supplied: [Exclude<IdKind, 'key'>, string | undefined][] = [
    ['user', header(headers, 'daybook-user') ?? user],
    ['department', header(headers, 'daybook-department')],
    ['agent', header(headers, 'daybook-agent')],
    ['session', header(headers, 'daybook-session')],
    ['run', header(headers, 'daybook-run')],
  ];
  const attribution: Record<string, string> = { key };
  for (const [kind, raw] of supplied)
    if (raw !== undefined) attribution[kind] = await vault.opaqueId(tenant, kind, raw);
  const taskType = header(headers, 'daybook-task-type');
  if (taskType !== undefined) attribution['taskType'] = taskType.slice(0, 80);
  return { ...attribution, key };
}
