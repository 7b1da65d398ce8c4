/** What verification can find. Of a checkpoint: what speaks against it, not against the log itself. */
export const findingKinds = [
  'changed',
  'removed',
  'inserted',
  'reordered',
  'truncated',
  'checkpoint-unreadable',
  'checkpoint-missing',
  'checkpoint-replayed',
  'checkpoint-forged',
  'checkpoint-unchained',
  'checkpoint-rewritten',
] as const;
export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  readonly stream: number;
  /** Of the first commit that it concerns. */
  readonly sequence: number;
  /** The number of the checkpoint that it concerns. */
  readonly checkpoint?: number;
  readonly reason: string;
}
