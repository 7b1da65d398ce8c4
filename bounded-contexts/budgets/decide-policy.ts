import { DaybookError } from '../../schemas/errors.ts';
import { type CommandOf, type Decision, nothing } from './commands.ts';
import type { LedgerEvent, LedgerState } from './ledger.ts';
import { indexOfPeriod, parseScope, scopeName } from './pools.ts';
import { dayIn, windowsOf } from './windows.ts';

type Policy = CommandOf<'define' | 'remove' | 'reset' | 'configure'>;

const done = (events: readonly LedgerEvent[]): Decision => ({ events, reply: { kind: 'done' } });

/** Limits are set, removed and reset; repeating the command, by content or by id, changes nothing more. */
export function decidePolicy(state: LedgerState, command: Policy, day: string): Decision {
  const { by } = command;
  // A command with an id leaves a trace even where it changes nothing: repeated later, it must do nothing then.
  if (by.command !== undefined && state.commands.has(by.command)) return done(nothing);
  try {
    return done(eventsOf(state, command, day).map((event) => ({ ...event, by })));
  } catch (error) {
    if (error instanceof DaybookError) return { refusal: error, mayPass: false };
    throw error;
  }
}

function eventsOf(state: LedgerState, command: Policy, day: string): readonly LedgerEvent[] {
  if (command.kind === 'configure') {
    const { timeZone } = command;
    if (state.timeZone === timeZone && command.by.command === undefined) return nothing;
    // Throws for an unknown zone.
    dayIn(timeZone, state.now);
    return [{ type: 'ledger.configured', data: { timeZone } }];
  }
  const { scope, period } = command;
  const traced = command.by.command !== undefined;
  const name = scopeName(scope, command.id);
  const key = { scope, id: scope === 'tenant' ? '' : command.id, period };
  try {
    parseScope(name);
  } catch (error) {
    throw new DaybookError('request.invalid', (error as Error).message, { param: 'id' });
  }
  const known = state.scopes.get(name);
  const budget = known?.budgets[indexOfPeriod(period)];
  switch (command.kind) {
    case 'define': {
      const { limit, mode } = command;
      if (limit < 0n)
        throw new DaybookError('request.invalid', 'A limit must not be negative.', { param: 'limit' });
      if (!traced && budget?.limit === limit && budget.mode === mode) return nothing;
      return [{ type: 'budget.defined', data: { ...key, limit: limit.toString(), mode } }];
    }
    case 'remove':
      if (!budget) throw notFound(name, period);
      return [{ type: 'budget.removed', data: key }];
    case 'reset': {
      if (!budget) throw notFound(name, period);
      const window = windowsOf(day)[indexOfPeriod(period)] as string;
      const pool = known?.pools.get(window);
      const baseline = pool?.posted ?? 0n;
      if (!traced && baseline === (pool?.baseline ?? 0n)) return nothing;
      return [{ type: 'budget.reset', data: { ...key, window, baseline: baseline.toString() } }];
    }
    default:
      return command satisfies never;
  }
}

const notFound = (name: string, period: string) =>
  new DaybookError('resource.not-found', `There is no ${period} budget on ${name}.`);
