/**
 * Secrets of the installation: keys of providers and the like, that people put in and processes open. The value lies
 * in the vault, wrapped; the log says who set, removed and opened which, and never the value.
 */
import { DaybookError } from '../../schemas/errors.ts';
import { secretName } from '../../schemas/events/secrets.ts';
import {
  type Clock,
  type Commit,
  type EventLog,
  type FactWriter,
  type Position,
  subjectOf,
  uuidv7,
} from '../kernel/index.ts';

export interface SecretAge {
  readonly name: string;
  readonly rotatedAt: Date;
}

/** Where values lie. Failures are `vault.unavailable`. */
export interface SecretStore {
  put(name: string, value: string): Promise<void>;
  open(name: string): Promise<string | undefined>;
  /** False where there was none. */
  remove(name: string): Promise<boolean>;
  /** All, the master key among them, with the time of their last change. */
  list(): Promise<readonly SecretAge[]>;
}

export interface SecretPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly secrets: SecretStore;
}

/** Secrets belong to the installation, and so lie with its first tenant. */
const installation = 'default';
const longest = 8_192;

export interface SecretCommand {
  readonly name: string;
  readonly actor: string;
}

/**
 * Puts a secret in, or another value in its place. The value is stored before the log says so: who hears of it finds
 * it. Throws `request.invalid`.
 */
export async function setSecret(
  ports: SecretPorts,
  command: SecretCommand & { readonly value: string },
): Promise<Position> {
  const { value } = command;
  const name = nameOf(command);
  if (value === '' || value.length > longest || /[\0\r\n]/.test(value))
    throw new DaybookError('request.invalid', `value: one line of 1 to ${longest} characters.`, {
      param: 'value',
    });
  await ports.secrets.put(name, value);
  return say(ports, command, name, { type: 'secret.set', data: { secret: name } });
}

/** Throws `resource.not-found`. */
export async function removeSecret(ports: SecretPorts, command: SecretCommand): Promise<Position> {
  const name = nameOf(command);
  if (!(await ports.secrets.remove(name)))
    throw new DaybookError('resource.not-found', `There is no secret ${name}.`);
  return say(ports, command, name, { type: 'secret.removed', data: { secret: name } });
}

/** Says that the master key is another, and how many keys and secrets it wraps anew. */
export const sayRotated = (
  ports: Omit<SecretPorts, 'secrets'>,
  actor: string,
  rewrapped: number,
): Promise<Position> =>
  say(ports, { actor }, 'master-key', { type: 'secret.master-key.rotated', data: { rewrapped } });

/**
 * Opens a secret, and says so on the log before it gives it out: no value is used of which nobody knows that it was.
 * Undefined where there is none.
 */
export async function openSecret(
  ports: { readonly facts: FactWriter; readonly secrets: Pick<SecretStore, 'open'> },
  { name, purpose, actor }: SecretCommand & { readonly purpose: string },
): Promise<string | undefined> {
  const value = await ports.secrets.open(name);
  if (value === undefined) return undefined;
  await ports.facts.append(installation, 'secret-uses', {
    type: 'secret.opened',
    data: { secret: name, purpose },
    by: { actor },
  });
  return value;
}

function nameOf({ name }: SecretCommand): string {
  const parsed = secretName.safeParse(name);
  if (!parsed.success)
    throw new DaybookError('request.invalid', `name: ${parsed.error.issues[0]?.message}.`, { param: 'name' });
  if (parsed.data === 'master-key')
    throw new DaybookError(
      'request.invalid',
      'name: that is the master key; `daybook secrets rotate` changes it.',
      {
        param: 'name',
      },
    );
  return parsed.data;
}

/** The last word counts: a secret has no state but what it is now, so nothing is expected. */
async function say(
  { log, clock }: Omit<SecretPorts, 'secrets'>,
  { actor }: Pick<SecretCommand, 'actor'>,
  name: string,
  event: Commit['events'][number],
): Promise<Position> {
  const commit = { id: uuidv7(), at: clock(), actor, events: [event] };
  const result = await log.append(subjectOf(installation, 'secret', name), commit, 'any');
  if (result.outcome === 'wrong-expectation') throw new DaybookError('internal', 'nothing was expected');
  return result.position;
}

/** A secret that was not changed for so long is worth a word, in ms. */
const remindAfterMs = 90 * 86_400_000;

/** Secrets that should be changed: 90 days old and more, with their age in whole days, the oldest first. */
export function overdue(ages: readonly SecretAge[], now: number): { name: string; days: number }[] {
  return ages
    .filter(({ rotatedAt }) => now - rotatedAt.getTime() >= remindAfterMs)
    .map(({ name, rotatedAt }) => ({ name, days: Math.floor((now - rotatedAt.getTime()) / 86_400_000) }))
    .sort((a, b) => b.days - a.days);
}
