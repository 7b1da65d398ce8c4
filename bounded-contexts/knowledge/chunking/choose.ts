import { DaybookError } from '../../../schemas/errors.ts';
import type { Extracted } from '../text/index.ts';
import type { Bounds, Chunk, CountTokens, Slice } from './chunk.ts';
import { codeSlices } from './code.ts';
import { jsonSlices } from './json.ts';
import { placed } from './place.ts';
import { recursiveSlices } from './recursive.ts';
import { rowSlices } from './rows.ts';
import { sectionSlices } from './sections.ts';
import { semanticSlices } from './semantic.ts';
import { sentences } from './sentences.ts';
import { estimateTokens } from './tokens.ts';

export type ChunkingStrategy = 'recursive' | 'semantic' | 'sections' | 'code' | 'json' | 'rows';

export interface ChunkOptions {
  /** Default: by what the document is. */
  readonly strategy?: ChunkingStrategy;
  /** Tokens a chunk may have; at least 16. Default 512. */
  readonly size?: number;
  /** Tokens of the chunk before that are repeated, at most half of `size`. Default 50, or an eighth of a small `size`. */
  readonly overlap?: number;
  /** Default {@link estimateTokens}. */
  readonly count?: CountTokens;
  /** Of tables: how many rows a chunk may have, as far as they fit. Default 1. */
  readonly rows?: number;
  /** Needed by `semantic`: the vectors of `sentences(extracted.text)`, one each. */
  readonly vectors?: readonly ArrayLike<number>[];
  /** Of `semantic`: the cosine below which a sentence begins something new. Default 0.7. */
  readonly threshold?: number;
}

/** How a document is cut where nobody says otherwise. */
function strategyFor({ type, blocks }: Extracted): ChunkingStrategy {
  switch (type) {
    case 'csv':
    case 'jsonl':
      return 'rows';
    case 'json':
      return blocks.some(({ kind }) => kind === 'row') ? 'rows' : 'json';
    case 'code':
      return 'code';
    case 'docx':
    case 'html':
    case 'markdown':
      return 'sections';
    case 'pdf':
    case 'text':
    case 'image':
      return 'recursive';
  }
}

/**
 * Cuts a document into what is found and quoted: chunks in the order of the text, none empty, each at most `size` tokens,
 * with `text.slice(start, end) === chunk.text`; what is in none is white space. Pure, and quick enough to be done
 * again for another `size` on every document (docs/adr/0092).
 * @throws `request.invalid` where an option is out of its range.
 */
export function chunk(extracted: Extracted, options: ChunkOptions = {}): Chunk[] {
  return placed(extracted, slicesOf(extracted, options));
}

function slicesOf(extracted: Extracted, options: ChunkOptions): Slice[] {
  const { text, blocks } = extracted;
  const bounds = boundsOf(options);
  switch (options.strategy ?? strategyFor(extracted)) {
    case 'recursive':
      return recursiveSlices(text, bounds);
    case 'semantic': {
      const spans = sentences(text);
      const { vectors = [], threshold } = options;
      if (vectors.length !== spans.length) {
        throw invalid('vectors', `there are ${spans.length} sentences and ${vectors.length} vectors`);
      }
      return semanticSlices(text, spans, vectors, bounds, threshold);
    }
    case 'sections':
      return sectionSlices(text, blocks, bounds);
    case 'code':
      return codeSlices(text, blocks, bounds);
    case 'json':
      return jsonSlices(text, bounds);
    case 'rows':
      return rowSlices(text, blocks, bounds, options.rows);
  }
}

function boundsOf({
  size = 512,
  overlap = Math.min(50, Math.floor(size / 8)),
  count = estimateTokens,
}: ChunkOptions): Bounds {
  if (!Number.isInteger(size) || size < 16)
    throw invalid('size', `${size} is no whole number of at least 16`);
  if (!Number.isInteger(overlap) || overlap < 0 || overlap > size / 2) {
    throw invalid('overlap', `${overlap} is not from 0 to half of ${size}`);
  }
  return { size, overlap, count };
}

const invalid = (param: string, reason: string): DaybookError =>
  new DaybookError('request.invalid', `\`${param}\`: ${reason}.`, { param });
