import type { BenchResult } from './result.ts';

/** Why a target is missed, where one is: found by profiling, and kept with the benchmark that shows it. */
export const reasons: Readonly<Record<BenchResult['name'], string>> = {
  gateway:
    'load, upstream and all of Daybook share two cores. Daybook takes 0.30 to 0.37 ms of processor time a call for all ' +
    'of its processes together, by how quick the machine is that hour, about as much as the peer, which records ' +
    'nothing; but its gateway serves calls on one thread, ' +
    'which is the first to be full. In its profile a sixth is system calls that write to sockets, 8 % sealing prompts ' +
    'and answers, 5 % garbage; what is left is spread thin, and no function of ours is above 3 %. A bare `node:http` ' +
    'proxy with undici takes 0.05 ms here, so that most of it is ours to save. A single caller waits for two ' +
    'acknowledgements, one before and one after the provider, that the peer does not ask for. The peer sleeps 25 ms ' +
    'before the first chunk of each stream, by its own source. Rights, tenant doors, the audit trail, the notary and ' +
    'the library of documents cost, in 12 runs before and 12 with them by turns, 0.5 % of the calls a second on average ' +
    '(3,569 and 3,551; single pairs differ by a quarter either way, as the machine does).',
  append: '',
  ledger:
    'the longest wait is of the first second of a run, in which the second gateway finds the writer that it is to ' +
    'follow; in other runs it was between 44 and 77 ms.',
  rebuild:
    'about two thirds of the time fills, one third makes indexes and roll-ups, after the last row. COPY in place of ' +
    'INSERT is the next step.',
  retrieval: '',
  guardrails:
    'rules and a weighing of words that was fitted to some 170 attacks know words, not intentions. The lines worded anew ' +
    'were written to share as few words with the known ones as one can; they show what a stranger finds out soon. A model ' +
    'that is asked beside the detectors (`signals.injection`) is the way on; fences, checked citations and rights hold ' +
    'whatever is let through.',
};
