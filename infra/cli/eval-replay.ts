import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { type KnowledgeConfig, knowledgeSchema } from '../../schemas/config/knowledge.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type Replayed, readRecord, replayQuestions } from '../evaluation/index.ts';
import { createExtractor, documentReader } from '../extraction/index.ts';
import { loadConfiguration } from '../launcher/index.ts';
import { durationOf } from './duration.ts';
import { exitCodes } from './exit-codes.ts';
import { withKnowledge } from './local.ts';
import { type Output, table } from './output.ts';

export interface ReplayFlags {
  readonly config: string;
  readonly since: string;
  readonly department?: string;
}

/** `eval replay`: recorded questions by another `knowledge` section, held against the one in force. */
export async function evalReplay(flags: ReplayFlags, out: Output): Promise<number> {
  const since = Date.now() - durationOf(flags.since);
  const after = configFrom(flags.config);
  const { file, dataDir } = loadConfiguration(process.env, process.cwd());
  const { department } = flags;
  return withKnowledge(async (parts) => {
    const record = await readRecord(parts, { since, ...(department === undefined ? {} : { department }) });
    if (department !== undefined && ![...record.slugs.values()].includes(department))
      throw new DaybookError('resource.not-found', `There is no department ${department}.`);
    const { questions, ...replayed } = await replayQuestions(record, {
      before: file.knowledge,
      after,
      blobs: parts.blobs,
      reader: documentReader(createExtractor(), join(dataDir, 'reading')),
      onProgress: out.progress,
    });
    const { erased, past } = record;
    const sum = sumOf(questions);
    out.result(
      { ...sum, erased, past, ...replayed, replayed: questions },
      [
        shownQuestions(questions),
        `${sum.questions} questions over ${replayed.documents} documents, in ${replayed.chunks.before} chunks before and ${replayed.chunks.after} after; ${erased} were erased, ${past} were asked of the past.`,
        `Passages: ${percent(sum.overlap)} kept, ${sum.passages.gained} gained, ${sum.passages.lost} lost. Citations: ${sum.citations.gained} gained, ${sum.citations.lost} lost. ${sum.changed} answers come to something else.`,
        ...replayed.unread.map(({ document, code }) => `${document} could not be read again: ${code}.`),
        ...(replayed.readOtherwise === 0
          ? []
          : [`${replayed.readOtherwise} documents are read otherwise today than when they were brought.`]),
        ...replayed.notReplayed,
      ].join('\n'),
    );
    return exitCodes.ok;
  });
}

/** A file with a `knowledge` section, or with nothing but one. */
function configFrom(file: string): KnowledgeConfig {
  if (!existsSync(file)) throw new DaybookError('request.invalid', `--config: there is no file ${file}.`);
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [wrong] = document.errors;
  if (wrong) throw new DaybookError('request.invalid', `--config: ${wrong.message}`);
  const content: unknown = document.toJS();
  const whole = content !== null && typeof content === 'object' ? content : {};
  const parsed = knowledgeSchema.safeParse('knowledge' in whole ? (whole.knowledge ?? {}) : whole);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DaybookError(
    'request.invalid',
    `--config: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}.`,
  );
}

type Questions = Replayed['questions'];

function sumOf(questions: Questions) {
  const total = (of: (one: Questions[number]) => number) => questions.reduce((sum, one) => sum + of(one), 0);
  const overlaps = questions.flatMap(({ overlap }) => (overlap === null ? [] : [overlap]));
  return {
    questions: questions.length,
    /** The mean over questions; null where nothing was found before. */
    overlap: overlaps.length === 0 ? null : overlaps.reduce((sum, one) => sum + one, 0) / overlaps.length,
    passages: {
      gained: total(({ passages }) => passages.gained.length),
      lost: total(({ passages }) => passages.lost.length),
    },
    citations: {
      gained: total(({ citations }) => citations.gained.length),
      lost: total(({ citations }) => citations.lost.length),
    },
    changed: questions.filter(({ outcome }) => outcome.before !== outcome.after).length,
  };
}

const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(100 * share)} %`);

const shownQuestions = (questions: Questions): string =>
  table(
    ['query', 'kept', 'passages', 'citations', 'outcome'],
    questions.map(({ query, overlap, passages, citations, outcome }) => [
      query,
      percent(overlap),
      `+${passages.gained.length} -${passages.lost.length}`,
      `+${citations.gained.length} -${citations.lost.length}`,
      outcome.before === outcome.after ? outcome.after : `${outcome.before} → ${outcome.after}`,
    ]),
  );
