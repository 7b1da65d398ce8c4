import { z } from 'zod';
import { DaybookError } from '../errors.ts';
import { capabilities, operation, tier, usdString } from '../primitives.ts';
import { identityContradictions, identitySchema } from './identity.ts';
import { knowledgeSchema } from './knowledge.ts';
import { ratesSchema } from './rates.ts';
import { routingSchema } from './routing.ts';

const milliseconds = z.number().int().positive().max(3_600_000);

/** US dollars per million tokens. `cachedInput` and `cacheWrite` default to `input`. */
const price = z.strictObject({
  input: usdString,
  cachedInput: usdString.optional(),
  cacheWrite: usdString.optional(),
  output: usdString,
});

const timeouts = z.strictObject({
  connectMs: milliseconds.default(5_000),
  firstByteMs: milliseconds.default(60_000),
  betweenBytesMs: milliseconds.default(30_000),
});

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,60}$/, 'lower-case letters, digits, ".", "_" and "-"');

const provider = z.strictObject({
  id: name,
  /** The API that it speaks. `openai` is `openai-compatible` with what only OpenAI serves. */
  kind: z.enum(['openai-compatible', 'openai', 'anthropic', 'ollama']),
  /** With `/v1` where the API is OpenAI's; without it at Anthropic and Ollama. */
  baseUrl: z.url({ protocol: /^https?$/, error: 'a URL such as https://api.openai.com/v1' }),
  /**
   * What it speaks by itself; the rest is carried over its chat completions where that is possible. Default: chat,
   * completions, embeddings and rerank; of OpenAI also responses and moderations.
   */
  operations: z.array(operation).min(1).optional(),
  /** Only by reference: `${OPENAI_API_KEY}`, or `${secret:openai}` for what `daybook secrets set` was given. */
  apiKey: z.string().optional(),
  tier: tier.default(1),
  /** It runs on machines of our own, and may be called in privacy mode. Default: whether its address is. */
  local: z.boolean().optional(),
  /** Ask the provider for its models, and serve those, too. */
  discover: z.boolean().default(false),
  /** Price of its models that are not listed under `models`. */
  price: price.optional(),
  /** The field that bounds the answer's tokens, where the caller sets none. Default: what `kind` goes by. */
  maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
  timeouts: timeouts.default(timeouts.parse({})),
  /** Calls of it in flight at most, those that wait for their turn, and how long they wait; more move on. */
  concurrency: z
    .strictObject({
      most: z.number().int().positive().max(100_000),
      queue: z.number().int().min(0).max(100_000).default(0),
      queueMs: milliseconds.default(2_000),
    })
    .optional(),
});

const model = z.strictObject({
  /** As callers name it, after `<provider>/`. */
  name: z.string().min(1).max(150),
  provider: name,
  /** As the provider names it. Default: `name`. */
  upstream: z.string().min(1).optional(),
  tier: tier.optional(),
  price,
  /** Prices that take the place of `price`, each from the beginning of a day (UTC) on. */
  prices: z
    .array(price.extend({ from: z.iso.date('a day such as 2026-12-01') }))
    .max(100)
    .default([]),
  defaultMaxTokens: z.number().int().positive().max(1_000_000).default(4096),
  maxOutputTokens: z.number().int().positive().max(10_000_000).optional(),
  /** Input and output together. A longer request moves on to a model that reads more. */
  contextTokens: z.number().int().positive().max(100_000_000).optional(),
  /** What it can do. Default: what its provider says, else it is trusted with anything. */
  capabilities: z.array(z.enum(capabilities)).optional(),
  /** What it is for. Default: all that its provider serves. */
  operations: z.array(operation).min(1).optional(),
  /** Its share among equals of a tier or a route. */
  weight: z.number().positive().max(1_000_000).default(1),
});

const route = z.strictObject({
  alias: z.string().min(1).max(100),
  /** `provider/model`, in order of preference. */
  models: z.array(z.string().min(3)).min(1).max(16),
});

const limits = z.strictObject({
  bodyBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(8 * 1024 * 1024),
  /** One file that is uploaded. */
  fileBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * 1024 * 1024 * 1024)
    .default(1024 * 1024 * 1024),
  bodyDepth: z.number().int().min(4).max(512).default(64),
  inFlight: z.number().int().positive().max(100_000).default(2_000),
  /** A whole call, all attempts included; the reservation outlives it. */
  callMs: milliseconds.default(300_000),
  /** The text of a streamed answer, which is kept until it is recorded; a longer one ends with an error. */
  answerBytes: z
    .number()
    .int()
    .min(1024)
    .max(512 * 1024 * 1024)
    .default(32 * 1024 * 1024),
  /** Below this many output tokens a call is refused rather than shortened. */
  minimumMaxTokens: z.number().int().positive().max(100_000).default(64),
  /** Of an address and its query. */
  urlBytes: z.number().int().min(256).max(65_536).default(8_192),
  /** Of all headers together, the address included; and how many there may be. */
  headerBytes: z.number().int().min(1_024).max(262_144).default(16_384),
  headerCount: z.number().int().min(16).max(2_000).default(100),
  /** Until a request's headers, and all of it, must have arrived. */
  headersMs: milliseconds.default(20_000),
  requestMs: milliseconds.default(300_000),
  /** Open connections of one process; more are closed at once. */
  connections: z.number().int().positive().max(1_000_000).default(10_000),
  rates: ratesSchema.default(ratesSchema.parse({})),
});

const http = z.strictObject({
  /** Sent where the request came over TLS: browsers then never come without it, for so many seconds. */
  hsts: z
    .strictObject({
      maxAgeSeconds: z.number().int().min(0).max(63_072_000).default(31_536_000),
      includeSubDomains: z.boolean().default(false),
    })
    .optional(),
  /** Web pages of these origins may call from a browser, with credentials. */
  corsOrigins: z
    .array(
      z
        .string()
        .refine(
          (origin) => URL.canParse(origin) && new URL(origin).origin === origin,
          'an origin such as https://app.example.com: scheme and host, no path',
        ),
    )
    .max(100)
    .default([]),
});

const audit = z.strictObject({
  /** Most commits under one signed checkpoint. */
  everyCommits: z.number().int().positive().max(8_000).default(1_000),
  /** How long a commit waits at most until it is sealed. */
  everySeconds: z.number().int().positive().max(86_400).default(60),
  /** A folder for copies of the checkpoints; best one that this machine cannot change afterwards. */
  directory: z.string().min(1).optional(),
  /** Clients' addresses in the audit trail: IPv4 to the /24, IPv6 to the /48, sealed; or none. */
  addresses: z.enum(['off', 'truncated']).default('truncated'),
});

export const fileSchema = z.strictObject({
  /** IANA name; days, weeks and months of budgets are of this zone. */
  timeZone: z
    .string()
    .refine((zone) => {
      try {
        new Intl.DateTimeFormat('en', { timeZone: zone });
        return true;
      } catch {
        return false;
      }
    }, 'an IANA time zone such as Europe/Lisbon')
    .default('UTC'),
  providers: z.array(provider).max(64).default([]),
  models: z.array(model).max(2_000).default([]),
  routes: z.array(route).max(500).default([]),
  routing: routingSchema.default(routingSchema.parse({})),
  limits: limits.default(limits.parse({})),
  identity: identitySchema.default(identitySchema.parse({})),
  audit: audit.default(audit.parse({})),
  http: http.default(http.parse({})),
  knowledge: knowledgeSchema.default(knowledgeSchema.parse({})),
});

export type FileConfig = z.infer<typeof fileSchema>;
export type ProviderConfig = FileConfig['providers'][number];
export type PriceConfig = z.infer<typeof price>;
export type Limits = FileConfig['limits'];
export type HttpConfig = FileConfig['http'];

const reference = /^\$\{([A-Z][A-Z0-9_]*)\}$/;
const secretReference = /^\$\{secret:([a-z0-9][a-z0-9_-]{0,59})\}$/;

/** The name of the secret that a value refers to; undefined where it is a value of its own. */
export const secretNamed = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : secretReference.exec(value)?.[1];

/**
 * Validates the parsed content of `daybook.yaml` (null where there is none) and puts in what `${ENV}` names.
 * Throws `config.invalid` naming each field, what it got and what it wants. A secret given in the clear, and a
 * reference to an unset variable, are errors.
 */
export function parseFileConfig(
  content: unknown,
  env: Readonly<Record<string, string | undefined>>,
): FileConfig {
  const problems: string[] = [];
  const resolve = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') {
      const named = reference.exec(value)?.[1];
      if (named === undefined) {
        if (/apiKey$/.test(path) && secretNamed(value) === undefined)
          problems.push(
            `${path}: got a secret in the clear, wants a reference such as \${OPENAI_API_KEY} or \${secret:openai}`,
          );
        return value;
      }
      if (!env[named]) problems.push(`${path}: refers to ${named}, which is not set`);
      return env[named] ?? '';
    }
    if (Array.isArray(value)) return value.map((item, index) => resolve(item, `${path}[${index}]`));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, resolve(item, path ? `${path}.${key}` : key)]),
      );
    }
    return value;
  };
  const parsed = fileSchema.safeParse(resolve(content ?? {}, ''));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const path = issue.path.reduce<string>(
        (text, part) =>
          typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
        '',
      );
      const got = /apiKey/.test(path) ? 'a value' : JSON.stringify(valueAt(content, issue.path));
      problems.push(
        issue.code === 'unrecognized_keys'
          ? `${path || 'top level'}: unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
          : `${path || 'top level'}: got ${got ?? 'nothing'}, wants ${issue.message}`,
      );
    }
  } else {
    problems.push(...contradictions(parsed.data));
  }
  if (problems.length > 0 || !parsed.success) {
    throw new DaybookError('config.invalid', `The configuration file is not valid. ${problems.join('. ')}.`);
  }
  return parsed.data;
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** What no single field shows: names that are used twice, or that nothing defines. */
function contradictions(config: FileConfig): string[] {
  const problems: string[] = identityContradictions(config.identity);
  const twice = (kind: string, names: readonly string[]) => {
    for (const repeated of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
      problems.push(`${kind}: ${JSON.stringify(repeated)} is defined twice`);
    }
  };
  twice(
    'providers',
    config.providers.map((one) => one.id),
  );
  twice(
    'models',
    config.models.map((one) => `${one.provider}/${one.name}`),
  );
  twice(
    'routes',
    config.routes.map((one) => one.alias),
  );
  config.providers.forEach((one, index) => {
    if (one.operations && (one.kind === 'anthropic' || one.kind === 'ollama')) {
      problems.push(
        `providers[${index}].operations: got a list, wants none: what kind ${one.kind} serves is known`,
      );
    }
  });
  const { headersMs, requestMs, urlBytes, headerBytes } = config.limits;
  if (headersMs > requestMs)
    problems.push(`limits.headersMs: got ${headersMs}, wants at most limits.requestMs, ${requestMs}`);
  if (urlBytes > headerBytes)
    problems.push(`limits.urlBytes: got ${urlBytes}, wants at most limits.headerBytes, ${headerBytes}`);
  const providers = new Set(config.providers.map((one) => one.id));
  config.models.forEach((one, index) => {
    if (!providers.has(one.provider)) {
      problems.push(
        `models[${index}].provider: got ${JSON.stringify(one.provider)}, wants the id of a provider of this file`,
      );
    }
  });
  return problems;
}
