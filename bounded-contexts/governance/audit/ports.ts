import type { AuditLog } from '../../kernel/index.ts';
import type { Witness } from './chain.ts';
import type { SigningKey } from './keys.ts';

/** The last checkpoint that was signed, remembered apart from the audit log, which may lose its end. */
export interface WitnessStore {
  load(epoch: string): Promise<Witness | null>;
  /** Never goes back to an earlier one. */
  save(epoch: string, witness: Witness): Promise<void>;
}

export interface AuditPorts {
  readonly audit: AuditLog;
  readonly witness: WitnessStore;
  readonly currentKey: () => Promise<SigningKey>;
  /** Brings copies that are kept elsewhere up to the audit log's end; returns once they are safe there. */
  readonly keepCopies?: () => Promise<void>;
}
