import type { BenchResult } from './result.ts';

/** Why a target is missed, where one is: found by profiling, and kept with the benchmark that shows it. */
export const reasons: Readonly<Record<BenchResult['name'], string>> = {
  gateway:
    'load, upstream and all of Daybook share two cores. Daybook takes about 0.46 ms of processor time a call for all of ' +
    'its processes together, less than the peer, which records nothing; but its gateway serves calls on one thread, ' +
    'which is the first to be full. In its profile a sixth is system calls that write to sockets, 8 % sealing prompts ' +
    'and answers, 5 % garbage; what is left is spread thin, and no function of ours is above 3 %. A bare `node:http` ' +
    'proxy with undici takes 0.05 ms here, so that most of it is ours to save. A single caller waits for two ' +
    'acknowledgements, one before and one after the provider, that the peer does not ask for. The peer sleeps 25 ms ' +
    'before the first chunk of each stream, by its own source.',
  append: '',
  ledger:
    'the longest wait is of the first second of a run, in which the second gateway finds the writer that it is to ' +
    'follow; in other runs it was between 44 and 77 ms.',
  rebuild:
    'about two thirds of the time fills, one third makes indexes and roll-ups, after the last row. COPY in place of ' +
    'INSERT is the next step.',
};
