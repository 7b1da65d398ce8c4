import { maxCommitBytes } from './commit.ts';
import type { ContentLog, SealedContent } from './contents.ts';
import { type Group, group } from './group.ts';
import type { Position } from './position.ts';

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
