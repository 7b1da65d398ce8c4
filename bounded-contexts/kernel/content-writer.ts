import { maxCommitBytes } from './commit.ts';
import type { ContentLog, SealedContent } from './contents.ts';
import { type Group, group } from './group.ts';
import type { Position } from './position.ts';
import type { Vault } from './vault.ts';

/** Stores sealed contents; many callers' contents of a tenant share a message. */
export interface ContentWriter {
  put(tenant: string, contents: readonly SealedContent[]): Promise<Position>;
  drained(): Promise<void>;
}

export function contentWriter(log: ContentLog): ContentWriter {
  const groups = new Map<string, Group<readonly SealedContent[], Position>>();
  return {
    put(tenant, contents) {
      let waiting = groups.get(tenant);
      if (!waiting) {
        waiting = group({
          write: (members) => log.append(tenant, members.flat()),
          maxItems: 256,
          maxBytes: maxCommitBytes,
        });
        groups.set(tenant, waiting);
      }
      // Base64 takes four bytes for three; ids and the frame take the rest.
      return waiting.add(
        contents,
        contents.reduce((sum, one) => sum + one.sealed.length * 1.4 + 256, 0),
      );
    },
    drained: async () => {
      await Promise.all([...groups.values()].map((waiting) => waiting.drained()));
    },
  };
}

/** Sealed contents ride in messages of half a MiB, so a longer one is cut into pieces of this many bytes. */
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
