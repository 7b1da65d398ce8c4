import type { Source } from '../citations/index.ts';
import { guard } from '../guardrails/index.ts';
import { type Hit, type Passage, passagesOf } from '../retrieval/index.ts';
import type { Searchable } from './ports.ts';
import type { Asking, FoundPassage, GuardNote } from './question.ts';

/** What an answer is made from. */
export interface Found {
  readonly hits: readonly Hit[];
  readonly passages: readonly FoundPassage[];
  /** In the order of the passages, with the whole text of their revisions. */
  readonly sources: readonly Source[];
  /** What of each source the model is shown: redacted where the policy says so. */
  readonly shown: readonly string[];
  readonly guard: readonly GuardNote[];
  /** The strongest action that the policy asks for because of what is in the sources. */
  readonly action: 'pass' | 'log' | 'redact' | 'escalate' | 'block';
}

/** A passage longer than this, in UTF-16 units, is shown by the part around its best hit. */
const longestPassage = 6_000;

function bounded({ start, end, hits }: Passage): { start: number; end: number } {
  if (end - start <= longestPassage) return { start, end };
  const [best] = hits;
  const center = best ? (best.chunk.start + best.chunk.end) >> 1 : start;
  const from = Math.max(start, Math.min(center - longestPassage / 2, end - longestPassage));
  return { start: Math.floor(from), end: Math.floor(Math.min(end, from + longestPassage)) };
}

/** Reads what was found, as an answer is made from it. */
export async function read(
  { textOf }: Pick<Searchable, 'textOf'>,
  { tenant, rules }: Asking,
  hits: readonly Hit[],
): Promise<Found> {
  const passages = passagesOf(hits).slice(0, rules.k);
  const sources: Source[] = [];
  const shown: string[] = [];
  const notes: GuardNote[] = [];
  const actions: Found['action'][] = [];
  const found: FoundPassage[] = [];
  for (const passage of passages) {
    const { document, revision } = passage;
    const text = await textOf(tenant, document, Number(revision));
    const span = bounded(passage);
    const [best] = passage.hits;
    const checked = guard(text.slice(span.start, span.end), rules.guard, 'source');
    actions.push(checked.action);
    for (const { detector, action } of checked.findings)
      notes.push({ detector, action, direction: 'source' });
    // What tries to steer the model is shown to none; a person may still find it by its document.
    if (checked.action === 'block') continue;
    const page = best?.chunk.page;
    sources.push({ document, revision, text, chunk: span, ...(page === undefined ? {} : { page }) });
    shown.push(checked.text);
    found.push({
      document,
      revision: Number(revision),
      ...span,
      ...(page === undefined ? {} : { page }),
      score: passage.score,
      ...(best?.parts.keyword ? { keyword: best.parts.keyword } : {}),
      ...(best?.parts.dense ? { dense: best.parts.dense } : {}),
    });
  }
  const order = ['pass', 'log', 'redact', 'escalate', 'block'] as const;
  const action = actions.reduce<Found['action']>(
    (most, one) => (order.indexOf(one) > order.indexOf(most) ? one : most),
    'pass',
  );
  // A source that is left out has done its worst: the answer is made without it.
  return { hits, passages: found, sources, shown, guard: notes, action: action === 'block' ? 'log' : action };
}
