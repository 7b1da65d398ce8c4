import { z } from 'zod';
import { priceBooks, pricesOf, restatement } from '../../bounded-contexts/inference/index.ts';
import {
  type EventLog,
  factWriter,
  formatUsd,
  type Nano,
  subjectOf,
  systemClock,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { durationOf } from './duration.ts';
import { exitCodes } from './exit-codes.ts';
import { api, local, withParts } from './local.ts';
import { type Output, table } from './output.ts';

const tenant = 'default';

const costs = z.object({
  totalUsd: z.string(),
  data: z.array(
    z
      .object({ group: z.union([z.string(), z.number(), z.null()]), calls: z.number(), costUsd: z.string() })
      .loose(),
  ),
});

/** `costs show`: spend as it was known, and as it is corrected now. */
export async function showCosts(flags: { by: string }, out: Output): Promise<number> {
  const ask = async (as: string) => {
    const query = new URLSearchParams({ groupBy: flags.by, as });
    return costs.parse(await (await api(local(), 'GET', `/api/v1/costs?${query}`)).json());
  };
  const [known, corrected] = await Promise.all([ask('known'), ask('corrected')]);
  const now = new Map(corrected.data.map(({ group, costUsd }) => [group, costUsd]));
  const rows = known.data.map(({ group, calls, costUsd }) => [
    String(group ?? '-'),
    String(calls),
    `$${costUsd}`,
    `$${now.get(group) ?? costUsd}`,
  ]);
  out.result(
    { known, corrected },
    `${table([flags.by, 'calls', 'as known', 'corrected'], rows)}\n\nTotal: $${known.totalUsd} as known, $${corrected.totalUsd} as corrected now.`,
  );
  return exitCodes.ok;
}

/** `costs books`: the price books that were ever in force. */
export function showBooks(out: Output): Promise<number> {
  return withParts(local(), async ({ log }) => {
    const books: string[][] = [];
    let number = 0;
    for await (const { commit } of log.read(subjectOf(tenant, 'prices'), null)) {
      for (const event of commit.events) {
        if (event.type !== 'price-book.published') continue;
        number++;
        const models = new Set(event.data.prices.map(({ model }) => model)).size;
        books.push([String(number), new Date(commit.at).toISOString(), event.data.version, String(models)]);
      }
    }
    out.result(
      books.map(([book, publishedAt, version, models]) => ({
        book: Number(book),
        publishedAt,
        version,
        models: Number(models),
      })),
      table(['book', 'published', 'version', 'priced models'], books),
    );
    return exitCodes.ok;
  });
}

/** What restatements have made of calls so far. */
async function restatedCosts(log: EventLog): Promise<Map<string, Nano>> {
  const known = new Map<string, Nano>();
  for await (const { commit } of log.read(subjectOf(tenant, 'restatements'), null))
    for (const event of commit.events)
      if (event.type === 'cost.restated') known.set(event.data.invocation, BigInt(event.data.now));
  return known;
}

/** Restatements that are on their way to the log at once. */
const window = 256;

/**
 * `costs reprice --book N`: restates every recorded call by the prices of book N. Nothing is rewritten, and the
 * ledger stays as it was: restatements stand beside what was known. Repeating it adds nothing.
 */
export function repriceCosts(
  flags: { book: string; since?: string; dryRun?: boolean },
  out: Output,
): Promise<number> {
  const number = Number(flags.book);
  const from = flags.since === undefined ? 0 : Date.now() - durationOf(flags.since);
  return withParts(local(), async ({ log }) => {
    const book = (await priceBooks(log, tenant))[number - 1];
    if (!book)
      throw new DaybookError(
        'resource.not-found',
        `There is no price book ${flags.book}; \`costs books\` lists them.`,
      );
    const prices = pricesOf(book);
    const known = await restatedCosts(log);
    const facts = factWriter({ log, clock: systemClock, actor: 'cli' });
    let calls = 0;
    let restated = 0;
    let was = 0n;
    let now = 0n;
    let pending: Promise<unknown>[] = [];
    for await (const { commit } of log.read(subjectOf(tenant, 'invocations'), null)) {
      if (commit.at < from) continue;
      for (const event of commit.events) {
        if (event.type !== 'invocation.completed') continue;
        calls++;
        const before = known.get(event.data.invocation) ?? BigInt(event.data.cost);
        const change = restatement(event.data, commit.at, number, prices, before);
        was += before;
        now += change ? BigInt(change.data.now) : before;
        if (!change) continue;
        restated++;
        // The same fact may be on the log twice: the second time there is nothing to restate.
        known.set(event.data.invocation, BigInt(change.data.now));
        if (flags.dryRun) continue;
        pending.push(facts.append(tenant, 'restatements', change));
        if (pending.length >= window) {
          await Promise.all(pending);
          pending = [];
          out.progress(`${calls} calls, ${restated} restated`);
        }
      }
    }
    await Promise.all(pending);
    out.result(
      {
        book: number,
        calls,
        restated,
        wasUsd: formatUsd(was),
        nowUsd: formatUsd(now),
        dryRun: flags.dryRun === true,
      },
      `${calls} calls by book ${number}: ${restated} ${flags.dryRun ? 'would be' : 'are'} restated. $${formatUsd(was)} as known until now, $${formatUsd(now)} by this book.`,
    );
    return exitCodes.ok;
  });
}
