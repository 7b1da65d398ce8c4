import {
  type AnsweringPorts,
  chunk,
  type Embedder,
  embeddedText,
  type IndexedRevision,
  type Searchable,
  sentences,
} from '../../../bounded-contexts/knowledge/index.ts';
import type { Extracted } from '../../../bounded-contexts/knowledge/text/index.ts';
import type { DocumentSettings } from '../../../schemas/http/knowledge.ts';
import { hashEmbedding } from '../../providers/index.ts';
import { embeddedIndex } from '../../vectors/index.ts';
import { type LiveDocument, placeOf } from './recorded.ts';

/** The one model that needs nobody: the same text has the same vector wherever it is embedded. */
export const replayEmbedder: Embedder = {
  model: 'builtin/hash',
  embed: async (_, texts) => texts.map((text) => Float32Array.from(hashEmbedding(text))),
};

type Rows = Awaited<ReturnType<Searchable['rows']>>;

function cut(read: Extracted, { chunking = {} }: DocumentSettings) {
  const given = Object.fromEntries(Object.entries(chunking).filter(([, value]) => value !== undefined));
  if (chunking.strategy !== 'semantic') return chunk(read, given);
  const vectors = sentences(read.text).map(({ start, end }) => hashEmbedding(read.text.slice(start, end)));
  return chunk(read, { ...given, vectors });
}

/** An index in memory, and what is put into it document by document. */
export function replayLibrary() {
  const index = embeddedIndex();
  const texts = new Map<string, string>();
  const rows: { readonly tenant: string; readonly department: string; readonly row: Rows[number] }[] = [];
  let chunks = 0;
  const nameOf = (tenant: string, document: string, revision: number) =>
    placeOf(tenant, `${document}/${revision}`);

  async function put(
    { tenant, revision: live, details }: LiveDocument,
    read: Extracted,
    settings: DocumentSettings,
  ): Promise<void> {
    const { document, revision, department } = live;
    const pieces = cut(read, settings);
    chunks += pieces.length;
    const indexed: IndexedRevision = {
      department,
      document,
      revision: String(revision),
      type: read.type,
      tags: live.tags,
      privacy: live.privacy,
      date: live.date ?? new Date(live.at).toISOString(),
      language: read.language,
      ...(details.source === undefined ? {} : { source: details.source }),
      ...(details.author === undefined ? {} : { author: details.author }),
      chunks: pieces.map(({ heading, fields: _, ...piece }) => ({
        ...piece,
        ...(heading === undefined ? {} : { context: heading }),
        vector: Float32Array.from(
          hashEmbedding(embeddedText({ ...piece, ...(heading === undefined ? {} : { heading }) })),
        ),
      })),
    };
    await index.put(tenant, replayEmbedder.model, indexed);
    texts.set(nameOf(tenant, document, revision), read.text);
    let before = -1;
    for (const { fields, ...piece } of pieces) {
      // A long row is several chunks, which name the same parent.
      const { start, end } = piece.parent ?? piece;
      if (!fields || start === before) continue;
      before = start;
      const row = { document, revision, start, end, text: read.text.slice(start, end), fields };
      rows.push({ tenant, department, row });
    }
  }

  const now: AnsweringPorts['now'] = {
    index,
    textOf: async (tenant, document, revision) => texts.get(nameOf(tenant, document, revision)) ?? '',
    rows: async (tenant, { departments }) =>
      rows
        .filter((one) => one.tenant === tenant && departments.includes(one.department))
        .map(({ row }) => row),
  };
  return { now, put, chunks: () => chunks };
}
