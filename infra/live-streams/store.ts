/** Where sealed parts lie: numbered from 0 within a stream. */
export interface PartStore {
  append(stream: string, number: number, sealed: Uint8Array): Promise<void>;
  /** The parts from `number` on that are there now, in order. */
  from(stream: string, number: number): Promise<readonly Uint8Array[]>;
}
