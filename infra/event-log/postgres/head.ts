import pg from 'pg';
import { DaybookError } from '../../../schemas/errors.ts';
import { pause } from '../subscription.ts';

export interface Heads {
  readonly epoch: string;
  readonly commits: number;
  readonly contents: number;
}

/** Knows the log's end: told by NOTIFY, and looked at regularly, since a notification can be missed. */
export interface HeadWatcher {
  /** Resolves with the heads once `reached` holds for them, or after `ms` as they are. */
  wait(reached: (heads: Heads) => boolean, ms: number, signal: AbortSignal): Promise<Heads>;
  /** Looks now. Throws `log.unavailable`. */
  look(): Promise<Heads>;
  close(): Promise<void>;
}

export function headWatcher(url: string, name: string, pool: pg.Pool): HeadWatcher {
  let heads: Heads | undefined;
  const waiters = new Set<() => void>();
  const closing = new AbortController();

  const told = (change: Partial<Heads>) => {
    if (!heads) return;
    heads = { ...heads, ...change };
    for (const wake of [...waiters]) wake();
  };

  async function look(): Promise<Heads> {
    const { rows } = await pool
      .query<{ epoch: string; kind: string; sequence: string }>('select epoch, kind, sequence from log.head')
      .catch((error: unknown) => {
        throw new DaybookError('log.unavailable', undefined, {}, { cause: error });
      });
    const of = (kind: string) => rows.find((row) => row.kind === kind);
    const commits = of('commits');
    if (!commits) throw new DaybookError('log.history-changed', 'The log has no head: it was emptied.');
    heads = {
      epoch: commits.epoch,
      commits: Number(commits.sequence),
      contents: Number(of('contents')?.sequence ?? 0),
    };
    for (const wake of [...waiters]) wake();
    return heads;
  }

  async function listen(): Promise<void> {
    while (!closing.signal.aborted) {
      const client = new pg.Client({
        connectionString: url,
        application_name: `${name} listener`,
        connectionTimeoutMillis: 1500,
        keepAlive: true,
      });
      const lost = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
      });
      client.on('notification', ({ channel, payload }) => {
        told(channel === 'daybook_log' ? { commits: Number(payload) } : { contents: Number(payload) });
      });
      const begin = async () => {
        await client.connect();
        await client.query('listen daybook_log');
        await client.query('listen daybook_contents');
        await lost;
      };
      // Not there now, or lost: looking regularly does meanwhile.
      await Promise.race([begin().catch(() => undefined), aborted(closing.signal)]);
      // A client that is ended while it connects may never say that it has ended.
      await Promise.race([client.end().catch(() => undefined), soon(500)]);
      await pause(200, closing.signal);
    }
  }
  const listening = listen();

  return {
    look,
    async wait(reached, ms, signal) {
      if (heads && reached(heads)) return heads;
      const woken = new AbortController();
      const check = () => {
        if (heads && reached(heads)) woken.abort();
      };
      const end = () => woken.abort();
      waiters.add(check);
      signal.addEventListener('abort', end);
      await pause(ms, woken.signal);
      waiters.delete(check);
      signal.removeEventListener('abort', end);
      return heads && reached(heads) ? heads : look();
    },
    async close() {
      closing.abort();
      await listening;
    },
  };
}

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
