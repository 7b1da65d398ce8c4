import type { DaybookEvent, EventData } from '../../schemas/events/index.ts';
import type { Nano } from '../kernel/index.ts';
import { costOf, type DatedPrice, priceAt } from './pricing.ts';

type Book = EventData<'price-book.published'>;
type Completed = EventData<'invocation.completed'>;

/** The prices of a book, by model. */
export function pricesOf(book: Book): ReadonlyMap<string, readonly DatedPrice[]> {
  const prices = new Map<string, DatedPrice[]>();
  for (const { model, from, input, cachedInput, cacheWrite, output } of book.prices) {
    const price = {
      input: BigInt(input),
      cachedInput: BigInt(cachedInput),
      cacheWrite: BigInt(cacheWrite ?? input),
      output: BigInt(output),
    };
    prices.set(model, [...(prices.get(model) ?? []), { from, price }]);
  }
  return prices;
}

/**
 * What a recorded call costs by other prices: each attempt's tokens at its model's price of the call's day. An
 * attempt whose model the book does not list keeps its cost. Cached tokens are known of the last attempt.
 */
export function repriced(
  call: Completed,
  at: number,
  prices: ReadonlyMap<string, readonly DatedPrice[]>,
): Nano {
  return call.attempts.reduce((sum, attempt, index) => {
    const price = priceAt(prices.get(attempt.model) ?? [], at);
    if (!price) return sum + BigInt(attempt.cost);
    const last = index === call.attempts.length - 1;
    const usage = {
      input: attempt.input,
      output: attempt.output,
      cached: last ? call.cached : 0,
      cacheWrite: last ? (call.cacheWrite ?? 0) : 0,
      reasoning: 0,
    };
    return sum + costOf(usage, price);
  }, 0n);
}

/** The restatement of a call by book number `book`; undefined where it changes nothing of what is known. */
export function restatement(
  call: Completed,
  at: number,
  book: number,
  prices: ReadonlyMap<string, readonly DatedPrice[]>,
  known: Nano,
): DaybookEvent<'cost.restated'> | undefined {
  const now = repriced(call, at, prices);
  if (now === known) return undefined;
  const { invocation, key, user, department, agent, session, run, taskType, day, tier, provider, model } =
    call;
  return {
    type: 'cost.restated',
    data: {
      invocation,
      key,
      ...(user === undefined ? {} : { user }),
      ...(department === undefined ? {} : { department }),
      ...(agent === undefined ? {} : { agent }),
      ...(session === undefined ? {} : { session }),
      ...(run === undefined ? {} : { run }),
      ...(taskType === undefined ? {} : { taskType }),
      book,
      calledAt: at,
      day,
      tier,
      provider,
      model,
      was: known.toString(),
      now: now.toString(),
    },
  };
}
