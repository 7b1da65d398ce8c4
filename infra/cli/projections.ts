import { projections, projectors } from '../../projections/index.ts';
import { projectionStatus } from '../../projections/queries.ts';
import { inProcessCounters, redisCounters } from '../counters/index.ts';
import { connectReadStore } from '../read-store/index.ts';
import { exitCodes } from './exit-codes.ts';
import { local, withParts } from './local.ts';
import { type Output, progressBar, table } from './output.ts';

type Projections = ReturnType<typeof projections>;

/** `projections list`. */
export async function list(out: Output): Promise<number> {
  const { running } = local();
  const store = connectReadStore({ url: running.databaseUrl ?? '', name: 'cli' });
  try {
    const all = await projectionStatus(store);
    const rows = all.map((one) => [
      one.name,
      one.state,
      String(one.generation ?? ''),
      String(one.lagCommits),
      one.lagSeconds.toFixed(1),
      String(one.deadLetters),
      one.error ?? '',
    ]);
    out.result(
      all,
      table(['projection', 'state', 'generation', 'behind', 'seconds', 'parked', 'error'], rows),
    );
    return all.every(({ state }) => state !== 'stopped') ? exitCodes.ok : exitCodes.found;
  } finally {
    await store.close();
  }
}

function withProjections(
  fn: (all: Projections, names: readonly string[]) => Promise<number>,
): Promise<number> {
  const here = local();
  return withParts(here, async ({ log, contents }) => {
    const store = connectReadStore({ url: here.running.databaseUrl ?? '', name: 'cli' });
    const { redisUrl } = here.running;
    const counters = redisUrl === undefined ? inProcessCounters() : redisCounters(redisUrl);
    try {
      const names = [...projectors.map(({ name }) => name), ...(redisUrl === undefined ? [] : ['counters'])];
      return await fn(projections({ store, log, contents, counters }), names);
    } finally {
      await counters.close();
      await store.close();
    }
  });
}

/** `projections rebuild [name]`: from zero, beside the live one, while everything goes on. */
export const rebuild = (name: string | undefined, out: Output): Promise<number> =>
  withProjections(async (all, names) => {
    for (const one of name === undefined ? names : [name]) {
      const result = await all.rebuild(one, {
        onProgress: (progress) =>
          out.progress(`${one.padEnd(18)} ${progressBar(progress)}  ${progress.phase}`),
      });
      const differing = result.differences?.length ?? 0;
      out.line(
        result,
        `${one}: ${result.events} events in ${result.seconds.toFixed(1)} s, generation ${result.generation}; ${result.differences === null ? 'nothing to compare with' : differing === 0 ? 'equal to the one before' : `${differing} tables differ from the one before`}`,
      );
    }
    return exitCodes.ok;
  });

/** `projections diff [name]`: ends with 1 where a rebuild would make other rows than the live ones. */
export const diff = (name: string | undefined, out: Output): Promise<number> =>
  withProjections(async (all, names) => {
    let differing = 0;
    for (const one of name === undefined ? names : [name]) {
      const result = await all.diff(one, {
        onProgress: (progress) =>
          out.progress(`${one.padEnd(18)} ${progressBar(progress)}  ${progress.phase}`),
      });
      const tables = result.differences ?? [];
      differing += tables.length;
      out.line(result, `${one}: ${tables.length === 0 ? 'no difference' : JSON.stringify(tables)}`);
    }
    return differing === 0 ? exitCodes.ok : exitCodes.found;
  });

/** `projections roll-back <name>`: to the generation before the last rebuild. */
export const rollBack = (name: string, out: Output): Promise<number> =>
  withProjections(async (all) => {
    const generation = await all.rollBack(name);
    out.result({ projection: name, generation }, `${name} is back at generation ${generation}.`);
    return exitCodes.ok;
  });
