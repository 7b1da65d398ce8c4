import fc from 'fast-check';
import { type Dice, diceOf } from './dice.ts';
import type { Described, Operation } from './document.ts';
import { hostileText, hostileValue } from './hostile.ts';
import { broken, brokenText, jsonOf } from './mutations.ts';
import { sampleOf } from './sample.ts';
import { uploadOf } from './uploads.ts';

export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | undefined;
  /** More of the body is announced than is sent, and the connection ends. */
  readonly aborts?: boolean;
}

export interface Fuzzing extends Described {
  /** By name: what the secret of a caller is, and whether it is the platform's. */
  readonly callers: readonly { readonly secret: string; readonly platform: boolean }[];
  /** Ids that are the callers' own, others', and nobody's. */
  readonly ids: readonly string[];
  /** By parameter of an address, what the callers have: so that what is behind it is got to. */
  readonly own: Readonly<Record<string, readonly string[]>>;
  /** Positions, cursors and ETags, own and foreign. */
  readonly tokens: readonly string[];
}

const otherMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];
const contentTypes = [
  'text/plain',
  'application/xml',
  'multipart/form-data',
  '',
  'application/json;charset=x',
];
const wrongKeys = [
  'Bearer',
  'Bearer x',
  'Basic YTpi',
  'Bearer dbk_unknown00000000',
  'Bearer a b c',
  'Negotiate x',
];
const headerNames = [
  'idempotency-key',
  'if-match',
  'last-event-id',
  'daybook-user',
  'daybook-department',
  'daybook-session',
  'daybook-run',
  'daybook-privacy',
  'daybook-cache',
  'daybook-mid-stream',
  'daybook-stop-after',
  'daybook-resumable',
  'anthropic-version',
  'traceparent',
  'accept',
  'origin',
  'x-forwarded-proto',
];

/** Only these may be asked of the platform: what else it may do would stop the tenants that are watched. */
const platformOnly = /^(tenants\.manage|notary\.read|projections\.rebuild)$/;

const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());
/** What a header can carry at all; the rest would be an error of HTTP, which is tried apart. */
const inHeader = (text: string): string =>
  Buffer.from(text.replaceAll(/[\p{Cc}\p{Cs}]/gu, ''), 'utf8')
    .toString('latin1')
    .slice(0, 300);

const kinds = ['body', 'text', 'path', 'query', 'header', 'key', 'method', 'type', 'address'] as const;
type Kind = (typeof kinds)[number];

interface Drawn {
  readonly operation: number;
  readonly seed: number;
  readonly kind: Kind;
  readonly value: unknown;
  readonly text: string;
}

/** Requests that are wrong in at least one place, by the OpenAPI document. */
export const requestOf = (fuzzing: Fuzzing): fc.Arbitrary<FuzzRequest> =>
  fc
    .record({
      operation: fc.nat(fuzzing.operations.length - 1),
      seed: fc.nat(),
      kind: fc.oneof(
        { weight: 5, arbitrary: fc.constant<Kind>('body') },
        { weight: 6, arbitrary: fc.constantFrom(...kinds) },
      ),
      value: hostileValue,
      text: hostileText,
    })
    .map((drawn) => build(fuzzing, drawn));

/** What an operation has not is wrong elsewhere. */
function placeIn(
  { path, body, uploads, parameters }: Pick<Operation, 'path' | 'body' | 'uploads' | 'parameters'>,
  kind: Kind,
): Kind {
  const bodily = kind === 'body' || kind === 'text' || kind === 'type';
  const inPath = bodily && !body && !uploads ? 'path' : kind;
  const inQuery = inPath === 'path' && !path.includes('{') ? 'query' : inPath;
  return inQuery === 'query' && !parameters.some((one) => one.in === 'query') ? 'address' : inQuery;
}

function build(fuzzing: Fuzzing, { operation: at, seed, kind, value, text }: Drawn): FuzzRequest {
  const dice = diceOf(seed);
  const operation = fuzzing.operations[at];
  if (!operation) throw new Error('There is no such operation.');
  const wrong = placeIn(operation, kind);
  const headers: [string, string][] = [['host', 'localhost']];
  const key = keyFor(fuzzing, operation, wrong, dice);
  if (key !== undefined) headers.push(['authorization', key]);
  if (wrong === 'header' || dice.once(10))
    headers.push([dice.pick(headerNames), inHeader(dice.once(3) ? dice.pick(fuzzing.tokens) : text)]);
  const sample = operation.body ? sampleOf(fuzzing, operation.body, dice) : undefined;
  let body: Buffer | undefined = sample === undefined ? undefined : Buffer.from(jsonOf(sample));
  if (sample !== undefined && wrong === 'body') body = Buffer.from(jsonOf(broken(sample, value, dice)));
  if (sample !== undefined && wrong === 'text') body = brokenText(jsonOf(sample), dice);
  if (body && !operation.uploads) {
    const type = wrong === 'type' ? dice.pick(contentTypes) : 'application/json';
    headers.push(['content-type', type], ['content-length', String(body.length)]);
  }
  let aborts = false;
  if (operation.uploads) {
    const upload = uploadOf(text, dice);
    ({ body, aborts } = upload);
    if (upload.type !== undefined) headers.push(['content-type', upload.type]);
    headers.push(['content-length', String(upload.body.length + (aborts ? 1_000 : 0))]);
  }
  return {
    aborts,
    method: wrong === 'method' ? dice.pick(otherMethods) : operation.method,
    target: targetOf(fuzzing, operation, wrong, text, dice),
    headers,
    body,
  };
}

function keyFor(
  { callers }: Fuzzing,
  { permission }: Operation,
  wrong: Kind,
  dice: Dice,
): string | undefined {
  if (wrong === 'key') return dice.once(4) ? undefined : dice.pick(wrongKeys);
  const platform = platformOnly.test(permission ?? '') && dice.once(2);
  const fitting = callers.filter((one) => one.platform === platform);
  return `Bearer ${dice.pick(fitting).secret}`;
}

function targetOf(
  { ids, own, tokens }: Fuzzing,
  operation: Operation,
  wrong: Kind,
  text: string,
  dice: Dice,
): string {
  const { path, parameters } = operation;
  const platform = platformOnly.test(operation.permission ?? '');
  const params = path.match(/\{\w+\}/g) ?? [];
  const hostileAt = wrong === 'path' && params.length > 0 ? dice.roll(params.length) : -1;
  let at = 0;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    if (at++ === hostileAt) return escaped(text);
    const { enum: known } = parameters.find((one) => one.name === name)?.schema ?? {};
    if (known && known.length > 0) return String(dice.pick(known));
    const mine = own[name];
    if (mine && dice.once(2)) return escaped(dice.pick(mine));
    return platform ? 'nobody' : escaped(dice.pick(ids));
  });
  const named = parameters.filter((one) => one.in === 'query');
  // A wrong field in the address would be refused before the body of an upload is looked at.
  const seldom = operation.uploads ? 60 : 6;
  const asked = named.filter(() => wrong === 'query' || dice.once(seldom)).slice(0, 6);
  const query = asked.map(({ name }) => `${name}=${escaped(dice.once(3) ? dice.pick(tokens) : text)}`);
  if (operation.uploads && dice.once(2)) query.push(`name=${dice.once(2) ? 'a.md' : escaped(text)}`);
  if (wrong === 'query') query.push(`tenant=acme`, `${escaped(text)}=1`);
  const address = query.length === 0 ? filled : `${filled}?${query.join('&')}`;
  return wrong === 'address' ? misspelt(address, text, dice) : address;
}

function misspelt(address: string, text: string, dice: Dice): string {
  switch (dice.roll(8)) {
    case 7:
      // Not escaped at all: mostly no HTTP any more.
      return `${address}${Buffer.from(text.slice(0, 100)).toString('latin1')}`;
    case 0:
      return `${address}/`;
    case 1:
      return `/${address}`;
    case 2:
      return address.replace(/\/([^/]*)$/, '/..%2f..%2f$1');
    case 3:
      return address.replace('/v1/', `/v1/${escaped(text)}/`);
    case 4:
      return `${address}%00`;
    case 5:
      return address.replace(/\/([^/]*)$/, '/%zz$1');
    default:
      return address.replace('v1', 'v2');
  }
}
