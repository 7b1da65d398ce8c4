import { type CitationFault, verifyCitations } from '../../bounded-contexts/knowledge/index.ts';
import { durationOf } from './duration.ts';
import { exitCodes } from './exit-codes.ts';
import { withKnowledge } from './local.ts';
import type { Output } from './output.ts';

/**
 * `knowledge verify`: every citation that was ever given, held against the text that it cites, from log, blobs and
 * vault alone, whether Daybook runs or not; ends with 1 where one does not hold, and names each.
 */
export async function verifyKnowledge(flags: { since?: string }, out: Output): Promise<number> {
  const since = flags.since === undefined ? 0 : Date.now() - durationOf(flags.since);
  return withKnowledge(async (parts) => {
    const verified = await verifyCitations(parts, {
      since,
      onProgress: (answers) => out.progress(`${answers.toLocaleString('en')} answers`),
    });
    const { answers, citations, holding, redacted, faults } = verified;
    const gone = redacted === 0 ? '' : `; ${redacted} are of departments that were erased`;
    const summary = `${answers} answers with ${citations} citations: ${holding} hold${gone}`;
    const shown = { ...verified, faults: faults.map((fault) => ({ ...fault, at: iso(fault.at) })) };
    out.result(
      shown,
      faults.length === 0
        ? `${summary}.`
        : `${faults.map(sentence).join('\n')}\n${summary}; ${faults.length} do not.`,
    );
    return faults.length === 0 ? exitCodes.ok : exitCodes.found;
  });
}

const iso = (at: number): string => new Date(at).toISOString();

const sentence = ({
  at,
  tenant,
  query,
  citation,
  document,
  revision,
  start,
  end,
  reason,
}: CitationFault): string =>
  `${iso(at)}  ${tenant}  ${query}  citation ${citation + 1}: ${document} revision ${revision}, ${start} to ${end}: ${reason}`;
