import type { DaybookEvent } from '../../schemas/events/index.ts';
import { type Clock, type Decider, type EventLog, execute, subjectOf } from '../kernel/index.ts';
import type { Catalogue } from './catalogue.ts';
import type { PublishedPlan } from './routing/index.ts';

type PriceEvent = DaybookEvent<'price-book.published'>;

type Book = Omit<PriceEvent['data'], 'book'>;

const samePrices = (a: Book, b: Book): boolean => JSON.stringify(a.prices) === JSON.stringify(b.prices);

interface Books {
  readonly count: number;
  readonly last: PriceEvent['data'] | undefined;
}

const priceBookDecider: Decider<Book, Books, PriceEvent> = {
  initial: () => ({ count: 0, last: undefined }),
  decide: (book, { count, last }) =>
    last?.version === book.version && samePrices(last, book)
      ? []
      : [{ type: 'price-book.published', data: { ...book, book: count + 1 } }],
  evolve: ({ count }, event) => ({ count: count + 1, last: event.data }),
  knows: (event): event is PriceEvent => event.type === 'price-book.published',
};

/** All price books of a tenant, in order: the first is book 1. */
export async function priceBooks(log: EventLog, tenant: string): Promise<readonly PriceEvent['data'][]> {
  const books: PriceEvent['data'][] = [];
  for await (const { commit } of log.read(subjectOf(tenant, 'prices'), null))
    for (const event of commit.events) if (priceBookDecider.knows(event)) books.push(event.data);
  return books;
}

/** A commit holds half a MiB: of a catalogue with more models, only those that cost something are listed. */
const mostListed = 3_000;

/** Puts the prices in force on the log where they are not the last ones there. */
export async function publishPriceBook(
  log: EventLog,
  clock: Clock,
  tenant: string,
  catalogue: Catalogue,
): Promise<void> {
  const prices = [...catalogue.models.values()]
    .flatMap(({ id, price, prices: dated = [{ from: undefined, price }] }) =>
      dated.map(({ from, price: then }) => ({ model: id, from, price: then })),
    )
    .filter(({ from, price }) => from !== undefined || price.input > 0n || price.output > 0n)
    .slice(0, mostListed)
    .map(({ model, from, price }) => ({
      model: model.slice(0, 120),
      ...(from === undefined ? {} : { from }),
      input: price.input.toString(),
      cachedInput: price.cachedInput.toString(),
      cacheWrite: price.cacheWrite.toString(),
      output: price.output.toString(),
    }));
  await execute(
    log,
    clock,
    subjectOf(tenant, 'prices'),
    priceBookDecider,
    { version: catalogue.priceVersion, prices },
    { actor: 'launcher' },
  );
}

type PlanEvent = DaybookEvent<'routing.published'>;

const planDecider: Decider<PlanEvent['data'], string | null, PlanEvent> = {
  initial: () => null,
  decide: (plan, inForce) => (inForce === plan.version ? [] : [{ type: 'routing.published', data: plan }]),
  evolve: (_inForce, event) => event.data.version,
  knows: (event): event is PlanEvent => event.type === 'routing.published',
};

/** Of a longer catalogue the tail is left out: decisions that it bears on cannot be computed again. */
const mostRouted = 1_200;

/** Puts the routing plan in force on the log where it is not the last one there. */
export async function publishPlan(
  log: EventLog,
  clock: Clock,
  tenant: string,
  plan: PublishedPlan,
): Promise<void> {
  const data = {
    version: plan.version,
    policy: plan.policy,
    models: plan.models.slice(0, mostRouted),
    aliases: Object.fromEntries(Object.entries(plan.aliases).map(([name, ids]) => [name, [...ids]])),
  };
  await execute(log, clock, subjectOf(tenant, 'routing'), planDecider, data, { actor: 'launcher' });
}
