import { createHash } from 'node:crypto';
import { type Clock, type EventLog, subjectOf, uuidv7 } from '../../kernel/index.ts';

const installation = 'default';
const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64url');

/**
 * Says which configuration is in force, where it is another than the last that was said: by a hash of each section,
 * so that one sees what changed and nothing of what it says. Secrets must be out of it.
 */
export async function sayConfiguration(
  { log, clock }: { readonly log: EventLog; readonly clock: Clock },
  actor: string,
  sections: Readonly<Record<string, unknown>>,
): Promise<void> {
  const hashes = Object.fromEntries(
    Object.entries(sections).map(([name, value]) => [name, digest(value ?? null)]),
  );
  const data = { hash: digest(hashes), sections: hashes };
  const subject = subjectOf(installation, 'configuration', 'file');
  const last = await log.last(subject);
  const said = last?.commit.events.find((event) => event.type === 'configuration.loaded');
  if (said?.type === 'configuration.loaded' && said.data.hash === data.hash) return;
  const prev = last?.position ?? null;
  const events = [{ type: 'configuration.loaded' as const, data }];
  // Whoever was faster has read the same file: then nothing is to be said.
  await log.append(subject, { id: uuidv7(), at: clock(), actor, prev, events }, prev ?? 'none');
}
