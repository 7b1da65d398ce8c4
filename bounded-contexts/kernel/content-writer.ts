import { type ContentLog, maxContentBytes, type SealedContent } from './contents.ts';
import { type Group, group } from './group.ts';
import type { Position } from './position.ts';
import type { Vault } from './vault.ts';

/** Stores sealed contents; many callers' contents of a tenant share a message. */
export interface ContentWriter {
  /** Resolves once all are acknowledged; a long run takes several messages. */
  put(tenant: string, contents: readonly SealedContent[]): Promise<void>;
  drained(): Promise<void>;
}

/** What ids and the frame take beside the sealed bytes, at most. */
const placeBytes = 256;

export function contentWriter(log: ContentLog): ContentWriter {
  const groups = new Map<string, Group<SealedContent, Position>>();
  return {
    async put(tenant, contents) {
      let waiting = groups.get(tenant);
      if (!waiting) {
        waiting = group({
          write: (members) => log.append(tenant, members),
          maxItems: 1024,
          maxBytes: maxContentBytes - placeBytes,
        });
        groups.set(tenant, waiting);
      }
      const own = waiting;
      await Promise.all(contents.map((one) => own.add(one, one.sealed.length + placeBytes)));
    },
    drained: async () => {
      await Promise.all([...groups.values()].map((waiting) => waiting.drained()));
    },
  };
}

/** A message holds some of these; a longer content is cut into pieces of this many bytes. */
export const contentPieceBytes = 320 * 1024;

/** Seals one content, in pieces `id`, `id~1`, … where it is long; a piece shorter than the limit is the last. */
export async function sealContent(
  vault: Pick<Vault, 'seal'>,
  content: { readonly tenant: string; readonly subject: string; readonly id: string; readonly field: string },
  plain: Uint8Array,
): Promise<SealedContent[]> {
  const pieces: SealedContent[] = [];
  for (let start = 0, n = 0; start === 0 || start <= plain.length; start += contentPieceBytes, n++) {
    const id = n === 0 ? content.id : `${content.id}~${n}`;
    const sealed = await vault.seal({ ...content, id }, plain.subarray(start, start + contentPieceBytes));
    pieces.push({ id, subject: content.subject, sealed });
  }
  return pieces;
}
