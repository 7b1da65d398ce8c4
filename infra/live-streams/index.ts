/**
 * Streamed answers as they are delivered, for minutes: the adapter of the inference context's `LiveStreams`, on a
 * JetStream stream of its own, or in Postgres where there is no nats-server. Parts are sealed under the data
 * subject's key. A part begins with the id of the data subject, since a reader knows only the stream.
 */
import type { LivePart, LiveStreams } from '../../bounded-contexts/inference/index.ts';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import type { PartStore } from './store.ts';

export { jetStreamParts } from './jetstream.ts';
export { postgresParts } from './postgres.ts';

/** How long a stream can be gone on with, in ms, after its last part. */
export const keepMs = 15 * 60_000;

const pollMs = 20;
const sayAliveMs = 500;

interface Header {
  readonly subject: string;
  readonly key: string;
  readonly sealed: Uint8Array;
}

function headerOf(bytes: Uint8Array): Header {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.indexOf(0x0a);
  const [subject = '', key = ''] = buffer.subarray(0, end).toString().split(' ');
  return { subject, key, sealed: buffer.subarray(end + 1) };
}

export function liveStreams(store: PartStore, vault: Pick<Vault, 'seal' | 'open'>): LiveStreams {
  const written = new Map<string, number>();

  return {
    async append(place, part) {
      const { tenant, stream, subject, key } = place;
      const number = written.get(stream) ?? 0;
      written.set(stream, number + 1);
      if (part.ended) written.delete(stream);
      const context = { tenant, subject, id: stream, field: `live-${number}` };
      const sealed = await vault.seal(context, Buffer.from(JSON.stringify(part)));
      await store.append(place, number, Buffer.concat([Buffer.from(`${subject} ${key}\n`), sealed]));
    },
    remove: (place) => store.remove(place),
    async read(place, signal) {
      const first = await store.from(place, 0);
      const [part] = first;
      if (!part || (place.key !== null && headerOf(part).key !== place.key)) return undefined;
      return parts(place, first, signal);
    },
  };

  async function* parts(
    place: { readonly tenant: string; readonly stream: string },
    first: readonly Uint8Array[],
    signal: AbortSignal,
  ): AsyncGenerator<LivePart> {
    const { tenant, stream } = place;
    let number = 0;
    let batch = first;
    let saidAt = performance.now();
    while (!signal.aborted) {
      for (const bytes of batch) {
        const { subject, sealed } = headerOf(bytes);
        const plain = await vault.open({ tenant, subject, id: stream, field: `live-${number++}` }, sealed);
        // The person was erased meanwhile.
        if ('redacted' in plain) return;
        const part: LivePart = JSON.parse(Buffer.from(plain).toString());
        yield part;
        saidAt = performance.now();
        if (part.ended) return;
      }
      if (performance.now() - saidAt > sayAliveMs) {
        saidAt = performance.now();
        yield { from: 0, events: [], ended: false, ifCutOff: '' };
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      batch = await store.from(place, number);
    }
  }
}
