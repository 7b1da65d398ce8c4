import { decodeCheckpoint } from '../../bounded-contexts/governance/index.ts';
import type { AuditEntry, AuditLog } from '../../bounded-contexts/kernel/index.ts';

/** Checkpoints in memory, for the simulated log. */
export function simulatedAudit(): AuditLog {
  const entries: AuditEntry[] = [];
  return {
    async append(number, _stream, body) {
      if (number !== entries.length + 1) return 'taken';
      entries.push({ number, body });
      return 'appended';
    },
    last: async (stream) =>
      entries.findLast(({ body }) => stream === undefined || decodeCheckpoint(body)?.stream === stream) ??
      null,
    async *read(from) {
      yield* entries.slice(from - 1);
    },
  };
}
