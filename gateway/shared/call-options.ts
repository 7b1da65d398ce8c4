import type { IncomingHttpHeaders } from 'node:http';
import type { DepartmentState, Principal } from '../../bounded-contexts/identity/index.ts';
import { type Question, wordsOf } from '../../bounded-contexts/inference/index.ts';
import type { RoutingPolicy } from '../../schemas/config/routing.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { header } from './attribution.ts';
import type { AskedFor, Surface } from './surface.ts';

/** What the router must know of a request. */
export function questionOf(
  { operation }: Surface,
  asked: AskedFor,
  bytes: Uint8Array,
  isPrivate: boolean,
  principal: Principal,
  seed: string,
): Question {
  const { model, needs, promptChars, maxTokens, messages, images } = asked;
  return {
    model,
    operation,
    needs,
    chars: promptChars,
    maxTokens,
    private: isPrivate,
    allowed: principal.models.length + principal.tiers.length > 0 ? principal : undefined,
    features:
      model === 'auto'
        ? {
            chars: promptChars,
            messages,
            images,
            tools: needs.includes('tools'),
            json: needs.includes('json'),
            ...wordsOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()),
          }
        : undefined,
    seed,
  };
}

/** A header's value, in lower case; undefined where it is absent. Throws `request.invalid` where it is another. */
export function oneOf<Value extends string>(
  headers: IncomingHttpHeaders,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const given = headers[name] === undefined ? undefined : header(headers, name)?.trim().toLowerCase();
  if (given === undefined) return undefined;
  const value = values.find((one) => one === given);
  if (value === undefined)
    throw new DaybookError(
      'request.invalid',
      `${name}: got ${JSON.stringify(given)}, wants ${values.join(' or ')}.`,
      {
        param: name,
      },
    );
  return value;
}

/** Whether calls for a department go to local models only, by its own settings or by the policy. */
export const keepsLocal = (
  department: DepartmentState | undefined,
  policy: RoutingPolicy['privacy'],
): boolean =>
  department !== undefined &&
  (department.settings.privacy === 'local-only' || policy.departments.includes(department.slug));

/**
 * What makes a call private: `Daybook-Privacy: local`, its key, its department, or the tenant. The strictest wins:
 * none of them can be lifted by another.
 */
export function privacyOf(
  principal: Principal,
  headers: IncomingHttpHeaders,
  policy: RoutingPolicy['privacy'],
  department: DepartmentState | undefined,
): string | undefined {
  if (oneOf(headers, 'daybook-privacy', ['local', 'any']) === 'local') return 'request';
  if (principal.private) return principal.private;
  if (policy.tenant) return 'tenant';
  if (department?.settings.privacy === 'local-only') return 'department';
  if (policy.departments.length === 0) return undefined;
  const slug = header(headers, 'daybook-department') ?? department?.slug;
  return slug !== undefined && policy.departments.includes(slug) ? 'department' : undefined;
}

/** `Daybook-Mid-Stream: error` or `continue`; else the policy's. */
export const midStreamOf = (
  headers: IncomingHttpHeaders,
  { midStream }: RoutingPolicy,
): 'error' | 'continue' => oneOf(headers, 'daybook-mid-stream', ['error', 'continue']) ?? midStream;

/** What of the caller's headers a provider that speaks its dialect gets. */
export function headersSentOn(
  { headersSentOn: names = [] }: Surface,
  headers: IncomingHttpHeaders,
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name] === undefined ? undefined : header(headers, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const mostMarkers = 16;

/** `Daybook-Stop-After`: markers, divided by commas; else the policy's. */
export function markersOf(headers: IncomingHttpHeaders, { early }: RoutingPolicy): readonly string[] {
  if (headers['daybook-stop-after'] === undefined) return early.markers;
  const given = header(headers, 'daybook-stop-after') ?? '';
  const markers = given
    .split(',')
    .map((marker) => marker.trim())
    .filter(Boolean);
  if (markers.length > mostMarkers || markers.some(({ length }) => length > 100))
    throw new DaybookError(
      'request.invalid',
      `daybook-stop-after: at most ${mostMarkers} markers of at most 100 characters, divided by commas.`,
      { param: 'daybook-stop-after' },
    );
  return markers;
}
