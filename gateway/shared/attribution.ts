import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Attribution } from '../../schemas/events/index.ts';

const longest = 512;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const ascii = /^[\x20-\x7e]*$/;

/** Node hands headers over as Latin-1; most clients send UTF-8, and a name must be the same in header and body. */
function inUtf8(value: string): string {
  if (ascii.test(value)) return value;
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

/** Throws where a caller names another than the one that it is bound to. */
async function bound(
  vault: Pick<Vault, 'opaqueId'>,
  tenant: string,
  kind: 'user' | 'department',
  raw: string | undefined,
  own: string,
): Promise<string> {
  if (raw === undefined || raw === own || (await vault.opaqueId(tenant, kind, raw)) === own) return own;
  const who = kind === 'user' ? 'acts for one person' : 'is of one department';
  throw new DaybookError('auth.forbidden', `This key ${who}, and the call names another.`, {
    param: `daybook-${kind}`,
  });
}

/** The department of a call: the key's own, else one of those where its role holds, else any. */
async function departmentOf(
  vault: Pick<Vault, 'opaqueId'>,
  { tenant, department, departments, permissions }: Principal,
  raw: string | undefined,
): Promise<string | undefined> {
  if (department !== undefined) return bound(vault, tenant, 'department', raw, department);
  const any = permissions.get('models.call') === 'tenant';
  if (raw === undefined) return !any && departments.length === 1 ? departments[0] : undefined;
  const named = await vault.opaqueId(tenant, 'department', raw);
  if (any || departments.includes(named)) return named;
  throw new DaybookError('auth.forbidden', 'This key has no role in the department that the call names.', {
    param: 'daybook-department',
  });
}

const supplied = ['agent', 'session', 'run'] as const;

/**
 * Whom a call is attributed to: what the caller supplied, made opaque by the vault. `Daybook-User` wins over
 * whom the body names. Throws `auth.forbidden` where its key is bound to another person or department.
 */
export async function attributionOf(
  vault: Pick<Vault, 'opaqueId'>,
  principal: Principal,
  headers: IncomingHttpHeaders,
  user: string | undefined,
): Promise<Attribution> {
  const { tenant, key } = principal;
  const attribution: { -readonly [Field in keyof Attribution]: Attribution[Field] } = { key };
  const person = header(headers, 'daybook-user') ?? user;
  if (principal.user !== undefined)
    attribution.user = await bound(vault, tenant, 'user', person, principal.user);
  else if (person !== undefined) attribution.user = await vault.opaqueId(tenant, 'user', person);
  const named = header(headers, 'daybook-department');
  if (named !== undefined || principal.departments.length > 0) {
    const department = await departmentOf(vault, principal, named);
    if (department !== undefined) attribution.department = department;
  }
  for (const kind of supplied) {
    const raw = header(headers, `daybook-${kind}`);
    if (raw !== undefined) attribution[kind] = await vault.opaqueId(tenant, kind, raw);
  }
  const taskType = header(headers, 'daybook-task-type');
  if (taskType !== undefined) attribution.taskType = taskType.slice(0, 80);
  return attribution;
}
