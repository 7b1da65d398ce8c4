import type { BenchResult } from './result.ts';

/** Why a target is missed, where one is: found by profiling, and kept with the benchmark that shows it. */
export const reasons: Readonly<Record<BenchResult['name'], string>> = {
  gateway:
    'load, provider, peer and all of Daybook share two cores, and the ratio moves with what else the machine does. A single ' +
    'caller waits for two acknowledgements, one before and one after the provider, that the peer does not ask for: 0.12 ms ' +
    'each, of which nats-server alone takes 0.07 (docs/adr/0106).',
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

/** What readers must know to read the table aright. */
export const remarks: Partial<Record<BenchResult['name'], string>> = {
  gateway:
    "Portkey's gateway stands here twice: on Node 20, as its image runs it, which is what the targets are read against, and on " +
    'the Node that Daybook brings, where it is nearly twice as fast (docs/adr/0107). It keeps no keys, budgets or record; it ' +
    'sleeps 25 ms before the first chunk of each stream, by its own source. The targets take turns, each warmed with its own ' +
    'calls first, and medians of the rounds count. The ratio of a run differs from that of the next: 3.29 and then 3.17 × for whole ' +
    'answers; for streamed ones 3.09 ×, and 3.68 × once the frames of one read were given together. What a single caller ' +
    'waits for is near a tie, since the peer waits for no log: in eight runs of two days 0.58, 0.63, 0.67, 0.69, 0.80, 0.59, 0.80 ' +
    'and 0.66 ms beside its 0.68, 0.69, 0.68, 0.66, 0.85, 0.67, 0.87 and 0.92 ms; one of the eight missed that target.',
};
