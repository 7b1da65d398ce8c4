/** A stream of one tenant. */
export interface StreamName {
  readonly tenant: string;
  readonly stream: string;
}

/** Where sealed parts lie: numbered from 0 within a stream. */
export interface PartStore {
  append(of: StreamName, number: number, sealed: Uint8Array): Promise<void>;
  remove(of: StreamName): Promise<void>;
  /** The parts from `number` on that are there now, in order. */
  from(of: StreamName, number: number): Promise<readonly Uint8Array[]>;
}
