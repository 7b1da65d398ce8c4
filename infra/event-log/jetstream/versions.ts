import { DaybookError } from '../../../schemas/errors.ts';

/**
 * The oldest server on which the contract suite has shown that replicated streams enforce the expectation
 * (docs/adr/0010-replication-needs-a-tested-server.md). On 2.9 they do not.
 */
const firstSafe = [2, 15, 1] as const;

function atLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, least] of wanted.entries()) {
    const part = parts[index] ?? 0;
    if (Number.isNaN(part) || part < least) return false;
    if (part > least) return true;
  }
  return true;
}

/** Throws `log.unsafe-replication` for more than one replica on a server that is not known to be safe. */
export function refuseUnsafeReplication(version: string, replicas: number): void {
  if (replicas > 1 && !atLeast(version, firstSafe)) {
    throw new DaybookError(
      'log.unsafe-replication',
      `nats-server ${version} is not known to enforce expectations on streams with ${replicas} replicas; ` +
        `use ${firstSafe.join('.')} or newer, or one replica.`,
      { version, replicas },
    );
  }
}

/** What an acknowledged commit survives. The sync interval is the server's setting, which clients cannot see. */
export const durabilityOf = (replicas: number): string =>
  replicas > 1
    ? `acknowledged by a majority of ${replicas} servers; lost only where a majority loses power within the sync interval (2 minutes unless sync_interval says otherwise)`
    : 'survives a killed process; a power cut can lose what came after the last sync (every 2 minutes unless sync_interval says otherwise)';
