import { expect, test } from 'vitest';
import { witnessOf } from './chain.ts';
import { checkpointIn, historyOf, numbers, verify } from './testing/history.ts';
import { mutations } from './testing/mutations.ts';

/** Of each kind; there are more than ten kinds. */
const rounds = 100;

test('an untouched history of any shape verifies, and its tail is said to be not sealed yet', async () => {
  for (let seed = 0; seed < rounds; seed++) {
    const history = historyOf(seed);
    const { findings, streams, checkpoints } = await verify(history, {
      witnesses: history.entries.map((entry) => witnessOf(checkpointIn(entry))),
    });
    expect(findings).toEqual([]);
    expect(checkpoints).toBe(history.entries.length);
    for (const { stream, sealedTo, notSealedYet } of streams) {
      expect(sealedTo + notSealedYet).toBe(history.records[stream]?.length);
      expect(notSealedYet).toBeGreaterThanOrEqual(2);
    }
  }
});

test.each(Object.entries(mutations))(
  `finds and names %s, ${rounds} times of ${rounds}`,
  async (_, mutate) => {
    let done = 0;
    for (let seed = 0; done < rounds; seed++) {
      const history = historyOf(seed);
      if (history.entries.length === 0) continue;
      const witnesses = history.entries.map((entry) => witnessOf(checkpointIn(entry)));
      const wanted = mutate(history, numbers(seed + 1_000_000));
      if (wanted === null) continue;
      done++;
      const { findings } = await verify(history, { witnesses });
      const about = `seed ${seed}: ${JSON.stringify({ wanted, findings })}`;
      if (wanted.checkpoint !== undefined) {
        expect(findings, about).toContainEqual(expect.objectContaining(wanted));
      } else {
        expect(
          findings.find(({ stream }) => stream === wanted.stream),
          about,
        ).toMatchObject(wanted);
        expect(new Set(findings.map(({ stream }) => stream)), about).toEqual(new Set([wanted.stream]));
      }
    }
  },
);
