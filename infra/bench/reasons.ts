import type { BenchResult } from './result.ts';

/** Why a target is missed, where one is: found by profiling, and kept with the benchmark that shows it. */
export const reasons: Readonly<Record<BenchResult['name'], string>> = {
  gateway:
    'load, upstream and all of Daybook share two cores. Daybook takes 0.26 to 0.38 ms of processor time a call for all ' +
    'of its processes together, by how quick the machine is that minute, a tenth less than the peer, which records ' +
    'nothing and leaves the second core to the load; 3 × would leave a third of that for everything. In the profile of ' +
    'its gateway a seventh is system calls, most of them writes that wake another process, another seventh garbage, ' +
    '7 % sealing prompts and answers; what is left is spread thin, and no function of ours is above 3 %. Heads that are ' +
    'written at once, seals that wait for nothing, fewer questions to the log and leaner projections (docs/adr/0106) ' +
    'brought, in four runs before and four with them by turns, 4,200 → 4,953 calls/s and 0.349 → 0.284 ms a call ' +
    '(gateway −16 %, worker −9 %, Postgres −39 %, nats-server −18 %). A single caller waits for two ' +
    'acknowledgements, one before and one after the provider, that the peer does not ask for: 0.12 ms each, of which ' +
    'nats-server alone takes 0.07. The peer sleeps 25 ms before the first chunk of each stream, by its own source.',
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
