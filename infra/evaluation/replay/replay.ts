import {
  type AskingModel,
  answerQuestion,
  type BlobStore,
  type CachedAnswer,
  createSemanticCache,
  type DocumentReader,
  defaultPrompts,
  priorModel,
  promptSet,
  type QuestionAnswer,
} from '../../../bounded-contexts/knowledge/index.ts';
import { documentSettingsOf, type KnowledgeConfig, rulesOf } from '../../../schemas/config/knowledge.ts';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { type DocumentSettings, documentSettings } from '../../../schemas/http/knowledge.ts';
import { type Difference, differenceOf } from './compare.ts';
import { replayEmbedder, replayLibrary } from './cut.ts';
import { type KnowledgeRecord, type LiveDocument, placeOf, type RecordedQuestion } from './recorded.ts';

export interface ReplayOptions {
  readonly before: KnowledgeConfig;
  readonly after: KnowledgeConfig;
  readonly blobs: Pick<BlobStore, 'read'>;
  readonly reader: DocumentReader;
  readonly onProgress?: (text: string) => void;
}

export interface Replayed {
  readonly documents: number;
  /** Documents that could not be read again; neither side has them. */
  readonly unread: readonly { readonly document: string; readonly code: string }[];
  /** Documents that are read otherwise today than when they were brought. */
  readonly readOtherwise: number;
  readonly chunks: { readonly before: number; readonly after: number };
  readonly questions: readonly (Difference & { readonly query: string; readonly at: string })[];
  /** What is not shown by this, in whole sentences. */
  readonly notReplayed: readonly string[];
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** An upload's own settings, which hold under any configuration: what is not as its department's were. */
function ownSettings(given: DocumentSettings, ofDepartment: DocumentSettings): DocumentSettings {
  const common = new Map(Object.entries(ofDepartment));
  return documentSettings.parse(
    Object.fromEntries(Object.entries(given).filter(([name, value]) => !same(value, common.get(name)))),
  );
}

const readingOf = ({ chunking: _, context: __, ...settings }: DocumentSettings) => settings;

/** No model is called: answers are sentences of the sources, before and after. */
const nobody: AskingModel = {
  name: null,
  tier: 0,
  reranker: null,
  ask: async () => {
    throw new DaybookError('internal', 'A replay asks no model.');
  },
};

/**
 * Every recorded question, answered from the documents that are found now as one configuration and as another say it:
 * each document is read from its file, cut and embedded twice, each question searched and answered twice. Both sides are
 * made in the same way, so that what differs is the configuration's doing. Throws what the blob store throws.
 */
export async function replayQuestions(record: KnowledgeRecord, options: ReplayOptions): Promise<Replayed> {
  const { before, after, onProgress = () => {} } = options;
  const sides = { before: replayLibrary(), after: replayLibrary() };
  const unread: { document: string; code: string }[] = [];
  let readOtherwise = 0;
  let placedByModel = 0;
  for (const [n, one] of record.documents.entries()) {
    const { document, department, settings } = one.revision;
    onProgress(`${n + 1} of ${record.documents.length} documents`);
    const slug = record.slugs.get(placeOf(one.tenant, department)) ?? '';
    const given = documentSettings.parse(settings);
    const wanted = documentSettingsOf(after, slug, ownSettings(given, documentSettingsOf(before, slug)));
    if (given.context === 'model' || wanted.context === 'model') placedByModel += 1;
    try {
      const read = await readAgain(options, one, given);
      if (read.text !== (await canonicalText(options, one))) readOtherwise += 1;
      const anew = same(readingOf(given), readingOf(wanted)) ? read : await readAgain(options, one, wanted);
      await sides.before.put(one, read, given);
      await sides.after.put(one, anew, wanted);
    } catch (error) {
      if (!isDaybookError(error) || !/^(document|request|vault)\./.test(error.code)) throw error;
      unread.push({ document, code: error.code });
    }
  }
  const questions: (Difference & { query: string; at: string })[] = [];
  const skipped = new Set<string>();
  for (const [n, one] of record.questions.entries()) {
    onProgress(`${n + 1} of ${record.questions.length} questions`);
    const [was, is] = [
      await answerBy(record, before, sides.before.now, one),
      await answerBy(record, after, sides.after.now, one),
    ];
    for (const name of [...was.used.skipped, ...is.used.skipped]) skipped.add(name);
    questions.push({ query: one.query, at: new Date(one.at).toISOString(), ...differenceOf(was, is) });
  }
  return {
    documents: record.documents.length - unread.length,
    unread,
    readOtherwise,
    chunks: { before: sides.before.chunks(), after: sides.after.chunks() },
    questions,
    notReplayed: notesOf(before, after, placedByModel, [...skipped]),
  };
}

const readAgain = (
  { blobs, reader }: ReplayOptions,
  { tenant, revision, details }: LiveDocument,
  settings: DocumentSettings,
) => reader.read(blobs.read({ tenant, owner: revision.department }, revision.blob), details, settings);

async function canonicalText({ blobs }: ReplayOptions, { tenant, revision }: LiveDocument): Promise<string> {
  const { department, extracted } = revision;
  const parts: Uint8Array[] = [];
  if (extracted)
    for await (const part of blobs.read({ tenant, owner: department }, extracted.text)) parts.push(part);
  return Buffer.concat(parts).toString();
}

function answerBy(
  { slugs }: KnowledgeRecord,
  config: KnowledgeConfig,
  now: ReturnType<typeof replayLibrary>['now'],
  { tenant, query, question, departments }: RecordedQuestion,
): Promise<QuestionAnswer> {
  const rules = rulesOf(
    config,
    departments.map((id) => slugs.get(placeOf(tenant, id)) ?? ''),
  );
  return answerQuestion(
    {
      now,
      asOf: async () => now,
      embedder: replayEmbedder,
      cache: createSemanticCache<CachedAnswer>(),
      prompts: promptSet(defaultPrompts),
      stands: async () => false,
      confidence: async () => priorModel,
    },
    nobody,
    {
      tenant,
      query,
      question,
      filter: { departments },
      rules: { ...rules, cache: false },
      turns: [],
      signal: new AbortController().signal,
    },
  );
}

function notesOf(
  before: KnowledgeConfig,
  after: KnowledgeConfig,
  placedByModel: number,
  skipped: readonly string[],
): string[] {
  const models = [...new Set([before.embeddingModel, after.embeddingModel])];
  return [
    'Filters, modes and numbers of passages that askers chose themselves are not on the record: all is asked as the configuration says.',
    'No chat model is called: on both sides answers are sentences of the sources, weighed by the confidence that is set, not the fitted one.',
    ...(same(models, [replayEmbedder.model])
      ? []
      : [
          `Both sides are embedded by ${replayEmbedder.model}; what ${models.join(' or ')} would find is not shown.`,
        ]),
    ...(skipped.length === 0
      ? []
      : [`These options need a chat model and were left out: ${skipped.join(', ')}.`]),
    ...(placedByModel === 0
      ? []
      : [`${placedByModel} documents have contexts by a model; here they have their headings alone.`]),
  ];
}
