import type { BenchResult } from './result.ts';

/** Why a target is missed, where one is: found by profiling, and kept with the benchmark that shows it. */
export const reasons: Readonly<Record<BenchResult['name'], string>> = {
  gateway:
    'load, upstream, gateway, worker, NATS, Postgres and Redis share two cores, and they are full: about 0.8 ms of ' +
    'processor time a call in all, of which the gateway takes about 0.35, Postgres 0.2, NATS 0.15 and the worker 0.15. ' +
    "In the gateway's profile a quarter is system calls that write to sockets, a tenth sealing prompts and answers; " +
    'no function of ours is above 3 %. Each projection has a subscription of its own, so that NATS sends and the ' +
    'worker parses every record three times: one shared feed is the next step, then fewer indexes on `event_index`. ' +
    'A single caller waits for two acknowledgements, one before and one after the provider, that the peer does not ' +
    'ask for, since it records nothing. The peer (1.15.2) answers every stream with status 500 on this Node ' +
    '("immutable" headers in its own response handler), so its first chunk cannot be compared.',
  append: '',
  ledger:
    'the longest wait is of the first second of a run, in which the second gateway finds the writer that it is to ' +
    'follow; in other runs it was between 44 and 77 ms.',
  rebuild:
    'filling and inserting take turns on one connection, and indexes and roll-ups are made after the last row: about ' +
    'two thirds of the time fills, one third indexes. Overlapping the decoding of the next batch with the insert of ' +
    'the present one, or COPY in place of INSERT, is the next step.',
};
