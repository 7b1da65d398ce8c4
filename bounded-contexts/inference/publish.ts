import type { DaybookEvent } from '../../schemas/events/index.ts';
import { type Clock, type Decider, type EventLog, execute, subjectOf } from '../kernel/index.ts';
import type { Catalogue } from './catalogue.ts';
import type { PublishedPlan } from './routing/index.ts';

type PriceEvent = DaybookEvent<'price-book.published'>;

const priceBookDecider: Decider<PriceEvent['data'], string | null, PriceEvent> = {
  initial: () => null,
  decide: (book, inForce) => (inForce === book.version ? [] : [{ type: 'price-book.published', data: book }]),
  evolve: (_inForce, event) => event.data.version,
  knows: (event): event is PriceEvent => event.type === 'price-book.published',
};

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
    .filter(({ price }) => price.input > 0n || price.output > 0n)
    .slice(0, mostListed)
    .map(({ id, price }) => ({
      model: id.slice(0, 120),
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
