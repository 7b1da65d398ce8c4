import { contentPieceBytes } from './content-writer.ts';
import type { ContentLog, ContentPlace } from './contents.ts';
import { type Redacted, redacted, type Vault } from './vault.ts';

export interface ContentReader {
  /**
   * The plain bytes of a content; {@link redacted} where its data subject was erased; null where it is not (or
   * not yet) to be found.
   */
  read(content: {
    tenant: string;
    subject: string;
    id: string;
    field: string;
  }): Promise<Uint8Array | Redacted | null>;
}

export interface ContentReaderPorts {
  readonly contents: Pick<ContentLog, 'at'>;
  readonly vault: Pick<Vault, 'open'>;
  /** Where a content lies: the read model `content_index`. */
  readonly find: (tenant: string, id: string) => Promise<ContentPlace | null>;
}

export function contentReader({ contents, vault, find }: ContentReaderPorts): ContentReader {
  return {
    async read({ tenant, subject, id, field }) {
      const pieces: Uint8Array[] = [];
      for (let n = 0; ; n++) {
        const piece = n === 0 ? id : `${id}~${n}`;
        const place = await find(tenant, piece);
        const stored = place && (await contents.at(place));
        if (!stored || stored.tenant !== tenant || stored.id !== piece) return null;
        const plain = await vault.open({ tenant, subject, id: piece, field }, stored.sealed);
        if ('redacted' in plain) return redacted;
        pieces.push(plain);
        if (plain.length < contentPieceBytes) return pieces.length === 1 ? plain : Buffer.concat(pieces);
      }
    },
  };
}
