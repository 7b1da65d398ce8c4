/**
 * `daybook ingest`: brings files and folders into a department's knowledge and follows each until it is found, or has
 * failed. Which file became which document is remembered in the data directory, so that a changed file becomes a new
 * revision, and an unchanged one is left alone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Local, local } from '../local.ts';
import type { Output } from '../output.ts';
import { filesIn, type LocalFile, sha256Of } from './files.ts';
import { type Outcomes, outcomes, type Said } from './outcomes.ts';
import { remembered } from './remembered.ts';
import { type Sending, send } from './send.ts';

export interface IngestFlags {
  readonly department: string;
  readonly watch?: boolean;
  readonly tags?: string;
  readonly privacy?: string;
  readonly settings?: string;
}

interface Done {
  readonly path: string;
  readonly outcome: 'indexed' | 'failed' | 'unchanged' | 'superseded';
  readonly document?: string;
  readonly revision?: number;
  readonly chunks?: number;
  readonly reason?: string;
}

/** Files on their way at once. */
const atOnce = 4;
/** How often folders are looked at, and so how long a file must lie still. */
const lookMs = 1_000;

/** Ends with 1 where a file failed. With `--watch`, until Ctrl-C. */
export async function ingest(named: readonly string[], flags: IngestFlags, out: Output): Promise<number> {
  const fields = fieldsOf(flags);
  const files = await filesIn(named);
  const bringing = bring(local(), flags.department, fields, out);
  let failed = false;
  try {
    const done = await bringing.all(files);
    failed = done.some(({ outcome }) => outcome === 'failed');
    if (!flags.watch) {
      const count = (wanted: Done['outcome']) => done.filter(({ outcome }) => outcome === wanted).length;
      const counts = { indexed: count('indexed'), failed: count('failed'), unchanged: count('unchanged') };
      const text = `${counts.indexed} indexed, ${counts.failed} failed, ${counts.unchanged} unchanged`;
      out.result(
        { ...counts, documents: done },
        `${done.map(sentence).join('\n')}${done.length ? '\n' : ''}${text}`,
      );
    } else {
      for (const one of done) out.line(one, sentence(one));
      failed = (await watch(named, files, bringing.all, out)) || failed;
    }
  } finally {
    bringing.stop();
  }
  return failed ? exitCodes.found : exitCodes.ok;
}

function fieldsOf({ tags, privacy, settings }: IngestFlags): Record<string, string> {
  if (settings !== undefined)
    try {
      JSON.parse(settings);
    } catch {
      throw new DaybookError('request.invalid', '--settings: wants a JSON object.');
    }
  const given = { tags, privacy, settings };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

const sentence = ({ path, outcome, document, revision, chunks, reason }: Done): string =>
  [
    outcome.padEnd(9),
    path,
    ...(document === undefined ? [] : [document]),
    ...(revision === undefined ? [] : [`revision ${revision}`]),
    ...(chunks === undefined ? [] : [`${chunks} chunks`]),
    ...(reason === undefined ? [] : [reason]),
  ].join('  ');

function bring(here: Local, department: string, fields: Readonly<Record<string, string>>, out: Output) {
  const memory = remembered(here.configuration.dataDir);
  let following: Outcomes | undefined;
  let done = 0;
  let total = 0;
  const show = (what: string) => out.progress(`${done} of ${total}  ${what}`);
  const sending: Sending = {
    here,
    department,
    fields,
    onPiece: ({ path, bytes }, sent) => show(`${path}: ${Math.floor((100 * sent) / bytes)} % is there`),
  };
  /** The first one alone: what becomes of the others is heard from its position on. */
  let first: Promise<unknown> | undefined;

  async function sent(file: LocalFile) {
    const sha256 = await sha256Of(file.path);
    const before = memory.of(department, file.path);
    if (before?.sha256 === sha256) return undefined;
    const made = await send(sending, file, before?.document).catch((error: unknown) => {
      // It was deleted meanwhile: the file becomes a new one.
      if (before && isDaybookError(error, 'resource.not-found')) return send(sending, file, undefined);
      throw error;
    });
    memory.keep({ department, path: file.path, document: made.document, sha256 });
    following ??= outcomes(here, department, made.position, ({ document, status }) =>
      show(`${document} ${status}`),
    );
    return made;
  }

  async function one(file: LocalFile): Promise<Done> {
    const { path } = file;
    try {
      while (!following && first) await first;
      const sendingIt = sent(file);
      if (!following)
        first = sendingIt.then(
          () => {
            first = undefined;
          },
          () => {
            first = undefined;
          },
        );
      const made = await sendingIt;
      if (!made || !following) return { path, outcome: 'unchanged' };
      const { document, revision } = made;
      return { path, document, revision, ...outcomeOf(await following.of(document, revision), revision) };
    } catch (error) {
      if (!isDaybookError(error)) throw error;
      return { path, outcome: 'failed', reason: error.message };
    } finally {
      done++;
      show(path);
    }
  }

  return {
    async all(files: readonly LocalFile[]): Promise<Done[]> {
      total += files.length;
      const results: Done[] = [];
      const waiting = files.entries();
      const worker = async () => {
        for (const [index, file] of waiting) results[index] = await one(file);
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      return results;
    },
    stop: () => following?.stop(),
  };
}

function outcomeOf(said: Said, revision: number): Omit<Done, 'path' | 'document' | 'revision'> {
  if (said.status === 'deleted' || said.revision !== revision) return { outcome: 'superseded' };
  if (said.status === 'failed') return { outcome: 'failed', reason: said.failure?.reason ?? '' };
  return { outcome: 'indexed', ...(said.chunks === undefined ? {} : { chunks: said.chunks }) };
}

/** Brings what is new or changed and lies still, until Ctrl-C; what is deleted stays. True where something failed. */
async function watch(
  named: readonly string[],
  brought: readonly LocalFile[],
  all: (files: readonly LocalFile[]) => Promise<Done[]>,
  out: Output,
): Promise<boolean> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const known = new Map(brought.map(({ path, version }) => [path, version]));
  let seen = new Map<string, string>();
  let failed = false;
  out.say('Watching; Ctrl-C ends it.');
  while (!stopping.signal.aborted) {
    await pause(lookMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    const now = await filesIn(named).catch(() => []);
    const still = now.filter(
      ({ path, version }) => seen.get(path) === version && known.get(path) !== version,
    );
    seen = new Map(now.map(({ path, version }) => [path, version]));
    for (const { path, version } of still) known.set(path, version);
    for (const one of await all(still)) {
      failed ||= one.outcome === 'failed';
      out.line(one, sentence(one));
    }
  }
  return failed;
}
