import { JSONCodec, type NatsConnection, RetentionPolicy, StorageType } from 'nats';
import { DaybookError } from '../../schemas/errors.ts';
import type { PartStore, StreamName } from './store.ts';

const name = 'DAYBOOK_LIVE';
const ns = 1_000_000;
const subjectOf = ({ tenant, stream }: StreamName) => `live.${tenant}.${stream}`;
const json = JSONCodec<{ message?: { seq: number; data: string }; error?: { code: number } }>();

/** Parts on `live.<tenant>.<stream>` of a stream of their own, which forgets after `keepMs`. */
export async function jetStreamParts(
  connection: NatsConnection,
  replicas: number,
  keepMs: number,
): Promise<PartStore> {
  const manager = await connection.jetstreamManager();
  await manager.streams.add({
    name,
    subjects: ['live.>'],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: keepMs * ns,
    max_bytes: 1024 ** 3,
    num_replicas: replicas,
  });
  const client = connection.jetstream();
  /** Where a reader of a stream has got to: part number → sequence. */
  const sequences = new Map<string, { number: number; sequence: number }>();
  return {
    async append(of, _number, sealed) {
      try {
        await client.publish(subjectOf(of), sealed);
      } catch (error) {
        throw new DaybookError('log.unavailable', undefined, {}, { cause: error });
      }
    },
    async remove(of) {
      try {
        await manager.streams.purge(name, { filter: subjectOf(of) });
      } catch (error) {
        throw new DaybookError('log.unavailable', undefined, {}, { cause: error });
      }
    },
    async from(of, number) {
      const subject = subjectOf(of);
      const known = sequences.get(`${subject} ${number}`);
      let sequence = known?.sequence ?? 0;
      let skip = known ? 0 : number;
      const parts: Uint8Array[] = [];
      for (;;) {
        const reply = await connection.request(
          `$JS.API.STREAM.MSG.GET.${name}`,
          JSON.stringify({ seq: sequence + 1, next_by_subj: subject }),
          { timeout: 2_000 },
        );
        const { message } = json.decode(reply.data);
        if (!message) break;
        sequence = message.seq;
        if (skip > 0) skip--;
        else parts.push(Buffer.from(message.data, 'base64'));
      }
      sequences.delete(`${subject} ${number}`);
      if (parts.length > 0 || known) {
        const next = number + parts.length;
        sequences.set(`${subject} ${next}`, { number: next, sequence });
        if (sequences.size > 10_000) sequences.clear();
      }
      return parts;
    },
  };
}
