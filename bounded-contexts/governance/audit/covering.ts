import { type AuditLog, type Position, parsePosition } from '../../kernel/index.ts';
import { decodeCheckpoint, type SignedCheckpoint } from './checkpoint.ts';

/** Clocks of two processes differ by less, in ms. */
const skewMs = 300_000;

/**
 * The checkpoint that seals a commit; null while none does. Checkpoints are in the order of their time: it is looked
 * for among those from the commit's time on, which a few reads find among any number.
 */
export async function checkpointOver(
  audit: Pick<AuditLog, 'read' | 'last'>,
  { at, position }: { readonly at: number; readonly position: Position },
): Promise<SignedCheckpoint | null> {
  const { epoch, stream, sequence } = parsePosition(position);
  const end = (await audit.last())?.number ?? 0;
  let low = 1;
  let high = end + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = await numbered(audit, middle);
    if (found && Date.parse(found.at) < at - skewMs) low = middle + 1;
    else high = middle;
  }
  for await (const { body } of audit.read(low)) {
    const one = decodeCheckpoint(body);
    if (one?.epoch === epoch && one.stream === stream && one.from <= sequence && sequence <= one.to)
      return one;
  }
  return null;
}

async function numbered(audit: Pick<AuditLog, 'read'>, number: number): Promise<SignedCheckpoint | null> {
  for await (const { body } of audit.read(number)) return decodeCheckpoint(body) ?? null;
  return null;
}
