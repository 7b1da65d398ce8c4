import { asksForAll, wanted, withinPrivacy } from '../filter.ts';
import type { Filter, RevisionFacts } from '../ports.ts';
import type { Segment } from './segment.ts';

/** A segment as one search sees it. A mask has a 1 for each chunk that counts; none stands for all of them. */
export interface Searched {
  readonly segment: Segment;
  /** Its place among the segments of the search. */
  readonly index: number;
  readonly rights: Uint8Array | undefined;
  readonly mask: Uint8Array | undefined;
  readonly chunksInRights: number;
  readonly lengthInRights: number;
  readonly documentsFound: number;
  readonly chunksFound: number;
}

/** A segment of a department that is asked for. Where all of it may be seen and is wanted, no document is looked at. */
export function seen(segment: Segment, index: number, filter: Filter): Searched {
  const { privacy } = filter;
  const open = privacy === undefined || segment.privacies.isSubsetOf(new Set(privacy));
  const whole = asksForAll(filter);
  if (open && whole && segment.liveDocuments === segment.documents.length)
    return {
      segment,
      index,
      rights: undefined,
      mask: undefined,
      chunksInRights: segment.liveChunks,
      lengthInRights: segment.liveLength,
      documentsFound: segment.liveDocuments,
      chunksFound: segment.liveChunks,
    };
  return lookedAt(
    segment,
    index,
    open ? undefined : withinPrivacy(filter),
    whole ? undefined : wanted(filter),
  );
}

type Test = (facts: RevisionFacts) => boolean;

function lookedAt(
  segment: Segment,
  index: number,
  mayBeSeen: Test | undefined,
  isWanted: Test | undefined,
): Searched {
  const total = segment.chunks.length;
  const rights = new Uint8Array(total);
  if (!mayBeSeen && !isWanted) return withoutDead(segment, index, rights);
  const mask = isWanted ? new Uint8Array(total) : rights;
  let [chunksInRights, lengthInRights, documentsFound, chunksFound] = [0, 0, 0, 0];
  for (const [at, { facts, first, count, length }] of segment.documents.entries()) {
    if (segment.live[at] === 0 || (mayBeSeen && !mayBeSeen(facts))) continue;
    rights.fill(1, first, first + count);
    chunksInRights += count;
    lengthInRights += length;
    if (isWanted && !isWanted(facts)) continue;
    mask.fill(1, first, first + count);
    documentsFound++;
    chunksFound += count;
  }
  return {
    segment,
    index,
    rights: chunksInRights === total ? undefined : rights,
    mask: chunksFound === total ? undefined : mask,
    chunksInRights,
    lengthInRights,
    documentsFound,
    chunksFound,
  };
}

/** The common case of a segment in which something was replaced: no document's facts are looked at. */
function withoutDead(segment: Segment, index: number, rights: Uint8Array): Searched {
  rights.fill(1);
  for (let at = segment.live.indexOf(0); at >= 0; at = segment.live.indexOf(0, at + 1)) {
    const { first = 0, count = 0 } = segment.documents[at] ?? {};
    rights.fill(0, first, first + count);
  }
  return {
    segment,
    index,
    rights,
    mask: rights,
    chunksInRights: segment.liveChunks,
    lengthInRights: segment.liveLength,
    documentsFound: segment.liveDocuments,
    chunksFound: segment.liveChunks,
  };
}
