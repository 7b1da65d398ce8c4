import { z } from 'zod';
import { DaybookError } from '../errors.ts';

const url = (...schemes: string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)), {
      error: `a URL with the scheme ${schemes.join(' or ')}`,
    });

const port = z.coerce.number({ error: 'an integer from 0 to 65535' }).int().min(0).max(65535);

/** The variables that Daybook reads, with what each accepts. `.env.example` documents them all (held by a test). */
export const environmentSchema = z.object({
  DAYBOOK_PORT: port.default(8080),
  DAYBOOK_HOST: z.string().min(1).default('127.0.0.1'),
  DAYBOOK_DATA_DIR: z.string().min(1).default('.daybook'),
  DAYBOOK_ADMIN_KEY: z.string().min(16, 'at least 16 characters').max(200).optional(),
  DAYBOOK_MASTER_KEY: z.string().min(32, 'at least 32 characters').optional(),
  DAYBOOK_MASTER_KEY_PREVIOUS: z.string().min(32, 'at least 32 characters').optional(),
  DAYBOOK_PROFILE: z.enum(['auto', 'embedded']).default('auto'),
  DAYBOOK_CONFIG: z.string().min(1).default('daybook.yaml'),
  DAYBOOK_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
  NATS_URL: url('nats', 'tls', 'ws', 'wss').optional(),
  NATS_REPLICAS: z.coerce.number({ error: 'an odd number from 1 to 5' }).int().min(1).max(5).default(1),
  DATABASE_URL: url('postgres', 'postgresql').optional(),
  REDIS_URL: url('redis', 'rediss').optional(),
  QDRANT_URL: url('http', 'https').optional(),
  // Its hosts may be several, which no URL has.
  EVENTSTORE_URL: z
    .string()
    .regex(/^esdb(\+discover)?:\/\/[^\s/]/, 'a URL with the scheme esdb or esdb+discover')
    .optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: url('http', 'https').optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: url('http', 'https').optional(),
  OLLAMA_HOST: z.string().min(1).optional(),
  FIREWORKS_API_KEY: z.string().min(1).optional(),
  TOGETHER_API_KEY: z.string().min(1).optional(),
  JAN_URL: url('http', 'https').optional(),
});

export type Environment = z.infer<typeof environmentSchema>;

/** Names beginning so are ours for our tests and tools, and no part of the contract. */
const internal = /^DAYBOOK_(TEST|NATS_SERVER|INTERNAL|BENCH|DEMO|TORTURE)_?/;

/**
 * Parses the environment once. An empty variable counts as unset. Throws `config.invalid` naming each wrong
 * variable, what it has and what it wants; unknown DAYBOOK_ variables are errors. Secrets are not repeated.
 */
export function parseEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const problems = Object.keys(given)
    .filter(
      (name) => name.startsWith('DAYBOOK_') && !(name in environmentSchema.shape) && !internal.test(name),
    )
    .map((name) => `${name}: there is no such variable`);
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      const got = /KEY|URL|HOST/.test(name) ? 'a value' : JSON.stringify(given[name]);
      problems.push(`${name}: got ${got}, wants ${issue.message}`);
    }
  }
  if (problems.length > 0 || !parsed.success) {
    throw new DaybookError('config.invalid', `The environment is not valid. ${problems.join('. ')}.`);
  }
  return parsed.data;
}
