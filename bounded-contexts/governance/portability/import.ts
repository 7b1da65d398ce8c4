import { DaybookError } from '../../../schemas/errors.ts';
import {
  type Clock,
  type ContentLog,
  decodeCommit,
  type EventLog,
  type Position,
  parseSubject,
  type SealedContent,
  subjectOf,
  uuidv7,
  type Vault,
} from '../../kernel/index.ts';
import { reapplyErasures } from '../erasure/index.ts';
import { reapplyRetention } from '../retention/index.ts';
import { checkArchive } from './check.ts';
import { commitsOf } from './export.ts';
import {
  type ContentLine,
  commitLine,
  contentLine,
  contentsFile,
  eventsFile,
  idLine,
  idsFile,
  type Manifest,
} from './manifest.ts';
import type { Entry } from './tar.ts';

export interface ImportPorts {
  readonly log: EventLog;
  readonly contents: Pick<ContentLog, 'append'>;
  readonly vault: Pick<Vault, 'seal' | 'erase' | 'endPeriods' | 'adoptId'>;
  readonly clock: Clock;
}

export interface Imported {
  readonly manifest: Manifest;
  readonly commits: number;
  readonly contents: number;
}

/** Facts whose acknowledgements are awaited together. */
const inFlight = 200;

/**
 * Puts a tenant's archive into an installation that knows nothing of that tenant. `entries` reads it anew each time.
 * Throws `config.invalid` where it is damaged, or of a person; `command.rejected` where the tenant is there.
 */
export async function importArchive(
  ports: ImportPorts,
  entries: () => AsyncIterable<Entry>,
): Promise<Imported> {
  const manifest = await checkArchive(entries());
  const { tenant, kind } = manifest;
  if (kind === 'person')
    throw new DaybookError(
      'config.invalid',
      'This is the archive of a person: it is for reading. Only that of a whole tenant can be imported.',
    );
  for await (const _ of commitsOf(ports.log, tenant))
    throw new DaybookError('command.rejected', `There is a tenant ${tenant} already; nothing was imported.`);

  for await (const line of linesOf(entries(), idsFile, idLine)) await ports.vault.adoptId(tenant, line);
  const contents = await importContents(ports, tenant, linesOf(entries(), contentsFile, contentLine));
  const commits = await importCommits(ports, tenant, linesOf(entries(), eventsFile, commitLine));
  await reapplyErasures(ports);
  await reapplyRetention(ports);
  await sayImported(ports, tenant, { from: manifest.log.epoch, commits, contents });
  return { manifest, commits, contents };
}

async function* linesOf<Line>(
  entries: AsyncIterable<Entry>,
  base: string,
  schema: { parse(value: unknown): Line },
): AsyncGenerator<Line> {
  for await (const { name, bytes } of entries) {
    if (!name.startsWith(`${base}-`)) continue;
    for (const line of Buffer.from(bytes).toString().split('\n')) {
      if (line === '') continue;
      try {
        yield schema.parse(JSON.parse(line));
      } catch (cause) {
        throw new DaybookError('config.invalid', `${name} holds a line that is none of ours.`, {}, { cause });
      }
    }
  }
}

/** Sealed under this installation's keys, in the groups that they were in. */
async function importContents(
  { contents, vault }: ImportPorts,
  tenant: string,
  lines: AsyncIterable<ContentLine>,
): Promise<number> {
  let count = 0;
  let group: string | undefined;
  let waiting: SealedContent[] = [];
  const flush = async () => {
    if (waiting.length > 0) await contents.append(tenant, waiting);
    count += waiting.length;
    waiting = [];
  };
  for await (const { group: of, id, subject, field, at, text, base64, sealed } of lines) {
    if (of !== group) await flush();
    group = of;
    const plain = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
    waiting.push({
      id,
      subject,
      sealed:
        sealed === undefined
          ? await vault.seal({ tenant, subject, id, field }, plain, at)
          : Buffer.from(sealed, 'base64'),
    });
  }
  await flush();
  return count;
}

/**
 * Commits in their order, as they were but for `prev`, which names a position of this log. A commit that was void
 * where it came from stays so: what it names is no position of here.
 */
async function importCommits(
  { log }: ImportPorts,
  tenant: string,
  lines: AsyncIterable<{ position: string; subject: string; commit: Record<string, unknown> }>,
): Promise<number> {
  /** By subject, the last commit that counted: where it lay, and where it lies now. */
  const counted = new Map<string, { old: string; now: Promise<Position> }>();
  let flying: Promise<unknown>[] = [];
  let count = 0;
  for await (const { position: old, subject: named, commit: raw } of lines) {
    const { tenant: of, family, id } = parseSubject(named);
    if (of !== tenant)
      throw new DaybookError('config.invalid', `The archive holds a commit of another tenant, ${of}.`);
    const subject = subjectOf(tenant, family, id);
    const commit = decodeCommit(Buffer.from(JSON.stringify(raw)));
    const last = counted.get(subject);
    const follows = commit.prev !== undefined && (commit.prev ?? undefined) === last?.old;
    const prev = follows && last ? await last.now : commit.prev;
    const stored = log
      .append(subject, prev === undefined ? commit : { ...commit, prev }, 'any', { commandId: commit.id })
      .then((result) => {
        if (result.outcome === 'wrong-expectation')
          throw new DaybookError('internal', 'nothing was expected');
        return result.position;
      });
    if (follows) counted.set(subject, { old, now: stored });
    count++;
    flying.push(stored);
    if (flying.length < inFlight) continue;
    await Promise.all(flying);
    flying = [];
  }
  await Promise.all(flying);
  return count;
}

async function sayImported(
  { log, clock }: ImportPorts,
  tenant: string,
  data: { from: string; commits: number; contents: number },
): Promise<void> {
  const events = [{ type: 'data.imported' as const, data: { what: 'tenant' as const, ...data } }];
  await log.append(subjectOf(tenant, 'audit'), { id: uuidv7(), at: clock(), actor: 'cli', events }, 'any');
}
