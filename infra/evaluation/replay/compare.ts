interface Place {
  readonly document: string;
  readonly start: number;
  readonly end: number;
}

/** What of an answer is compared. */
interface Answered {
  readonly passages: readonly Place[];
  readonly citations: readonly Place[];
  readonly outcome: string;
}

interface Change {
  readonly before: number;
  readonly after: number;
  readonly gained: readonly Place[];
  readonly lost: readonly Place[];
}

export interface Difference {
  /** Passages that the answer is made from. */
  readonly passages: Change;
  /** Share of the passages before that are there after, from 0 to 1; null where there were none. */
  readonly overlap: number | null;
  readonly citations: Change;
  readonly outcome: { readonly before: string; readonly after: string };
}

/** Cut otherwise, the same place has other bounds: what shares a part of the text is the same. */
const meets = (a: Place, b: Place): boolean =>
  a.document === b.document && a.start < b.end && b.start < a.end;

const without = (some: readonly Place[], others: readonly Place[]): Place[] =>
  some
    .filter((one) => !others.some((other) => meets(one, other)))
    .map(({ document, start, end }) => ({ document, start, end }));

const change = (before: readonly Place[], after: readonly Place[]): Change => ({
  before: before.length,
  after: after.length,
  gained: without(after, before),
  lost: without(before, after),
});

/** What of an answer is another one. Both are over the same canonical texts, so that offsets compare. */
export function differenceOf(before: Answered, after: Answered): Difference {
  const passages = change(before.passages, after.passages);
  const { before: count, lost } = passages;
  return {
    passages,
    overlap: count === 0 ? null : (count - lost.length) / count,
    citations: change(before.citations, after.citations),
    outcome: { before: before.outcome, after: after.outcome },
  };
}
