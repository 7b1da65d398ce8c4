import { type ContentLog, maxContentBytes, type SealedContent } from './contents.ts';
import { type Group, group } from './group.ts';
import type { Position } from './position.ts';
import type { SealContext, Vault } from './vault.ts';

/** Stores sealed contents; many callers' contents of a tenant share a message. */
export interface ContentWriter {
  /** Resolves once all are acknowledged; a long run takes several messages. */
  put(tenant: string, contents: readonly SealedContent[]): Promise<void>;
  drained(): Promise<void>;
}

/** What ids and the frame take beside the sealed bytes, at most. */
const placeBytes = 256;

/** What is put together goes together, as one member of a group, up to this many contents. */
const mostTogether = 64;
const mostBytes = maxContentBytes - placeBytes;

export function contentWriter(log: ContentLog): ContentWriter {
  const groups = new Map<string, Group<readonly SealedContent[], Position>>();

  function groupOf(tenant: string): Group<readonly SealedContent[], Position> {
    const known = groups.get(tenant);
    if (known) return known;
    const made = group({
      write: (members: readonly (readonly SealedContent[])[]) => log.append(tenant, members.flat()),
      maxItems: 512,
      maxBytes: mostBytes,
    });
    groups.set(tenant, made);
    return made;
  }

  return {
    async put(tenant, contents) {
      if (contents.length === 0) return;
      const own = groupOf(tenant);
      let bytes = 0;
      for (const { sealed } of contents) bytes += sealed.length + placeBytes;
      if (contents.length <= mostTogether && bytes <= mostBytes) await own.add(contents, bytes);
      else await Promise.all(contents.map((one) => own.add([one], one.sealed.length + placeBytes)));
    },
    drained: async () => {
      await Promise.all([...groups.values()].map((waiting) => waiting.drained()));
    },
  };
}

/** A message holds some of these; a longer content is cut into pieces of this many bytes. */
export const contentPieceBytes = 320 * 1024;

/**
 * Seals one content, in pieces `id`, `id~1`, … where it is long; a piece shorter than the limit is the last. Only a
 * promise where the vault must fetch a key, or the content is long.
 */
export function sealContent(
  vault: Pick<Vault, 'seal'>,
  content: SealContext,
  plain: Uint8Array,
): readonly SealedContent[] | Promise<readonly SealedContent[]> {
  if (plain.length >= contentPieceBytes) return sealPieces(vault, content, plain);
  const { id, subject } = content;
  const sealed = vault.seal(content, plain);
  return sealed instanceof Promise
    ? sealed.then((one) => [{ id, subject, sealed: one }])
    : [{ id, subject, sealed }];
}

async function sealPieces(
  vault: Pick<Vault, 'seal'>,
  content: SealContext,
  plain: Uint8Array,
): Promise<readonly SealedContent[]> {
  const pieces: SealedContent[] = [];
  for (let start = 0, n = 0; start <= plain.length; start += contentPieceBytes, n++) {
    const id = n === 0 ? content.id : `${content.id}~${n}`;
    const sealed = await vault.seal({ ...content, id }, plain.subarray(start, start + contentPieceBytes));
    pieces.push({ id, subject: content.subject, sealed });
  }
  return pieces;
}
