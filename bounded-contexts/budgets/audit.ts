import type { Recorded } from '../kernel/index.ts';

/** One broken invariant, at the commit that broke it. */
export interface AuditBreak {
  readonly position: string;
  readonly rule:
    | 'over-hard-limit'
    | 'ended-twice'
    | 'not-open'
    | 'reserved-twice'
    | 'released-not-pending'
    | 'alerted-twice'
    | 'time-ran-backwards';
  readonly detail: string;
}

export interface Audit {
  readonly ok: boolean;
  readonly breaks: readonly AuditBreak[];
  readonly commits: number;
  /** Commits that were decided on another history: they count for nobody. */
  readonly void: number;
  readonly reservations: number;
  readonly open: number;
  /** By `<subject> <scope>:<window>`, for whoever compares read models with the log. */
  readonly pools: ReadonlyMap<string, { readonly posted: bigint; readonly pending: bigint }>;
}

interface Money {
  posted: bigint;
  pending: bigint;
  baseline: bigint;
}

interface Book {
  counted: string | null;
  at: number;
  budgets: Map<string, { scope: string; period: string; limit: bigint; hard: boolean }>;
  pools: Map<string, Money>;
  pending: Map<string, bigint>;
  ended: Map<string, 'settled' | 'unconfirmed' | 'voided'>;
  alerted: Set<string>;
}

/**
 * Checks the invariants of ledgers on the log alone: a slow and naive fold, written apart from the one that
 * the ledger itself uses, so that a mistake there is not repeated here. Takes the commits of any number of
 * ledgers, each ledger's in order from its first.
 */
export function auditLedger(commits: Iterable<Recorded>): Audit {
  const books = new Map<string, Book>();
  const breaks: AuditBreak[] = [];
  const total = { commits: 0, void: 0, reservations: 0 };
  for (const recorded of commits) {
    const { subject, commit, position } = recorded;
    const book = books.get(subject) ?? newBook();
    books.set(subject, book);
    total.commits++;
    if ((commit.prev ?? null) !== book.counted) {
      total.void++;
      continue;
    }
    book.counted = position;
    const fail = (rule: AuditBreak['rule'], detail: string) => breaks.push({ position, rule, detail });
    if (commit.at < book.at) fail('time-ran-backwards', new Date(commit.at).toISOString());
    book.at = Math.max(book.at, commit.at);
    for (const event of commit.events) {
      if (event.type === 'budget.reserved') total.reservations++;
      auditEvent(book, event, fail);
    }
  }
  const pools = new Map<string, { posted: bigint; pending: bigint }>();
  let open = 0;
  for (const [subject, book] of books) {
    open += book.pending.size;
    for (const [name, { posted, pending }] of book.pools)
      pools.set(`${subject} ${name}`, { posted, pending });
  }
  return { ok: breaks.length === 0, breaks, ...total, open, pools };
}

const newBook = (): Book => ({
  counted: null,
  at: 0,
  budgets: new Map(),
  pools: new Map(),
  pending: new Map(),
  ended: new Map(),
  alerted: new Set(),
});

type Fail = (rule: AuditBreak['rule'], detail: string) => void;

function auditEvent(book: Book, event: Recorded['commit']['events'][number], fail: Fail): void {
  switch (event.type) {
    case 'budget.defined': {
      const { scope, id, period, limit, mode } = event.data;
      const name = nameOf(scope, id);
      const hard = mode === 'hard';
      book.budgets.set(`${name} ${period}`, { scope: name, period, limit: BigInt(limit), hard });
      return;
    }
    case 'budget.removed':
      book.budgets.delete(`${nameOf(event.data.scope, event.data.id)} ${event.data.period}`);
      return;
    case 'budget.reset': {
      const { scope, id, window, baseline } = event.data;
      const pool = `${nameOf(scope, id)}:${window}`;
      moneyIn(book, pool).baseline = BigInt(baseline);
      for (const alert of book.alerted) if (alert.startsWith(`${pool} `)) book.alerted.delete(alert);
      return;
    }
    case 'budget.reserved':
    case 'budget.topped-up': {
      const { reservation, scopes, day } = event.data;
      const amount = BigInt(event.data.amount);
      const pending = book.pending.get(reservation);
      if (event.type === 'budget.reserved') {
        if (pending !== undefined || book.ended.has(reservation)) fail('reserved-twice', reservation);
      } else if (pending === undefined) fail('not-open', reservation);
      for (const pool of poolsOf(scopes, day)) moneyIn(book, pool).pending += amount;
      book.pending.set(reservation, (pending ?? 0n) + amount);
      if (amount > 0n) checkLimits(book, scopes, day, fail, reservation);
      return;
    }
    case 'budget.settled':
    case 'budget.voided': {
      const { reservation, scopes, day } = event.data;
      const pending = book.pending.get(reservation);
      if (book.ended.has(reservation)) fail('ended-twice', reservation);
      if (BigInt(event.data.released) !== (pending ?? 0n)) fail('released-not-pending', reservation);
      const posted = event.type === 'budget.settled' ? BigInt(event.data.amount) : 0n;
      for (const pool of poolsOf(scopes, day)) {
        const money = moneyIn(book, pool);
        money.posted += posted;
        money.pending -= BigInt(event.data.released);
      }
      book.pending.delete(reservation);
      const unconfirmed = event.type === 'budget.settled' && event.data.unconfirmed;
      book.ended.set(
        reservation,
        event.type === 'budget.voided' ? 'voided' : unconfirmed ? 'unconfirmed' : 'settled',
      );
      return;
    }
    case 'budget.adjusted': {
      const { reservation, scopes, day, amount } = event.data;
      const ending = book.ended.get(reservation);
      if (ending === undefined) fail('not-open', reservation);
      for (const pool of poolsOf(scopes, day)) moneyIn(book, pool).posted += BigInt(amount);
      return;
    }
    case 'budget.alerted': {
      const { scope, id, period, window, threshold } = event.data;
      const alert = `${nameOf(scope, id)}:${window} ${period} ${threshold}`;
      if (book.alerted.has(alert)) fail('alerted-twice', alert);
      book.alerted.add(alert);
      return;
    }
    default:
      return;
  }
}

function checkLimits(
  book: Book,
  scopes: readonly string[],
  day: string,
  fail: Fail,
  reservation: string,
): void {
  for (const { scope, period, limit, hard } of book.budgets.values()) {
    if (!hard || !scopes.includes(scope)) continue;
    const pool = `${scope}:${windowName(period, day)}`;
    const { posted, pending, baseline } = moneyIn(book, pool);
    const used = posted - baseline + pending;
    if (used > limit) fail('over-hard-limit', `${reservation} takes ${pool} to ${used} of ${limit} nano-USD`);
  }
}

const nameOf = (scope: string, id: string) => (scope === 'tenant' ? 'tenant' : `${scope}:${id}`);

const poolsOf = (scopes: readonly string[], day: string) =>
  scopes.flatMap((scope) =>
    ['daily', 'weekly', 'monthly', 'total'].map((period) => `${scope}:${windowName(period, day)}`),
  );

function moneyIn(book: Book, pool: string): Money {
  let money = book.pools.get(pool);
  if (!money) {
    money = { posted: 0n, pending: 0n, baseline: 0n };
    book.pools.set(pool, money);
  }
  return money;
}

function windowName(period: string, day: string): string {
  if (period === 'daily') return day;
  if (period === 'monthly') return day.slice(0, 7);
  if (period === 'total') return 'total';
  // Go to the week's Thursday a day at a time, then count the Thursdays of its year.
  const date = new Date(`${day}T00:00:00Z`);
  const step = date.getUTCDay() === 0 || date.getUTCDay() > 4 ? -1 : 1;
  while (date.getUTCDay() !== 4) date.setUTCDate(date.getUTCDate() + step);
  const year = date.getUTCFullYear();
  let week = 0;
  while (date.getUTCFullYear() === year) {
    week++;
    date.setUTCDate(date.getUTCDate() - 7);
  }
  return `${year}-W${String(week).padStart(2, '0')}`;
}
