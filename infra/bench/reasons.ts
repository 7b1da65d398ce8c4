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
    'the Node that Daybook brings, where it is nearly twice as fast (docs/adr/0107). It keeps no keys, budgets or record; it sleeps 25 ms before the ' +
    'first chunk of each stream, by its own source. The targets take turns, and medians of the rounds count. What a ' +
    'single caller waits for is a tie with the peer on Node 20, which waits for no log: in five runs of that day 0.58, 0.63, 0.67, 0.69 and 0.80 ms ' +
    'beside its 0.68, 0.69, 0.68, 0.66 and 0.85 ms, so that one run in five missed that target. The ratio for whole answers is at its edge: the peer on Node 20 is slow in the first second ' +
    'of a turn (863 calls/s in turns of one second), and loaded by itself, warm from 8 s of the same calls, it answered 1,757, 2,146 and ' +
    '2,067 calls/s where Daybook, likewise, answered 6,271, 6,001 and 5,834: 3.6, 2.8 and 2.8 ×. Turns that are warmed first are still to be measured.',
};
