import { hash } from 'node:crypto';
import type pg from 'pg';
import {
  type AppendResult,
  type Batch,
  decodeCommit,
  type EventLog,
  encodeCommit,
  type LogInfo,
  type Position,
  parsePosition,
  position,
  type Recorded,
  type Subject,
  sequenceOf,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { messageId } from '../message-id.ts';
import { stoppable } from '../subscription.ts';
import { failure } from './errors.ts';
import { follow, maxBatchBytes, withinBytes } from './follow.ts';
import type { HeadWatcher } from './head.ts';
import { grouped, type Writer } from './writer.ts';

export interface PostgresLogParts {
  readonly epoch: string;
  readonly pool: pg.Pool;
  readonly writer: Writer;
  readonly watcher: HeadWatcher;
  readonly address: string;
  readonly close: () => Promise<void>;
}

interface Item {
  readonly subject: Subject;
  readonly id: string;
  readonly expected: number;
  readonly body: string;
}

interface Stored {
  readonly sequence: string;
  readonly subject: string;
  readonly body: string;
}

interface Outcome {
  readonly outcome: AppendResult['outcome'];
  readonly sequence: string | null;
}

const columns = 'select sequence, subject, body from log.commits where';
const utf8 = new TextEncoder();
const text = new TextDecoder();

/** A NATS filter as a POSIX regular expression, or undefined where it matches all. */
function pattern(filter: string): string | undefined {
  if (filter === 'es.>') return undefined;
  const tokens = filter.split('.').map((token) => {
    if (token === '*') return '[^.]+';
    return token === '>' ? '.+' : token.replaceAll(/[^A-Za-z0-9_-]/g, '\\$&');
  });
  return `^${tokens.join('\\.')}$`;
}

export function postgresLog(parts: PostgresLogParts): EventLog {
  const { epoch, pool, writer, watcher } = parts;

  const sequenceHere = (of: Position | null): number => {
    if (of === null) return 0;
    if (of.startsWith(`${epoch}-0-`)) return sequenceOf(of);
    throw new DaybookError('log.history-changed', `The position is not of the log's epoch, ${epoch}.`);
  };

  const recorded = (row: Stored): Recorded => {
    const bytes = utf8.encode(row.body);
    const sequence = Number(row.sequence);
    return {
      position: position(epoch, 0, sequence),
      stream: 0,
      sequence,
      subject: row.subject as Subject,
      commit: decodeCommit(bytes),
      bytes: bytes.length,
    };
  };

  const run = async (text: string, values: unknown[]): Promise<Stored[]> => {
    try {
      return (await pool.query<Stored>({ name: hash('sha1', text), text, values })).rows;
    } catch (error) {
      throw failure(error, false);
    }
  };
  const select = (condition: string, values: unknown[]) => run(`${columns} ${condition}`, values);

  const one = async (condition: string, values: unknown[]): Promise<Recorded | null> => {
    const [row] = await select(condition, values);
    return row ? recorded(row) : null;
  };

  const store = grouped<Item, Outcome>(
    (items) =>
      writer.query<Outcome & pg.QueryResultRow>(
        'select outcome, sequence from log.append($1, $2, $3, $4, $5)',
        [
          epoch,
          items.map((item) => item.subject),
          items.map((item) => item.id),
          items.map((item) => item.expected),
          items.map((item) => item.body),
        ],
      ),
    { maxItems: 512, maxBytes: 8 * 1024 * 1024 },
  );

  /** A truncated beginning, and a hole. Sequences have none, so a hole is a loss. */
  const checkBeginning = async (through: number) => {
    const [next] = await select('sequence > $1 order by sequence limit 1', [through]);
    if (next && Number(next.sequence) !== through + 1) {
      throw new DaybookError('log.history-changed', `The log was truncated: ${through + 1} is missing.`);
    }
  };

  return {
    async append(subject, commit, expected, options = {}) {
      const bytes = encodeCommit(commit);
      const { outcome, sequence } = await store(
        {
          subject,
          id: messageId(subject, options.commandId ?? commit.id),
          expected: expected === 'any' ? -1 : sequenceHere(expected === 'none' ? null : expected),
          body: text.decode(bytes),
        },
        bytes.length,
      );
      if (outcome === 'wrong-expectation') return { outcome };
      return { outcome, position: position(epoch, 0, Number(sequence)) };
    },

    after: (subject, of) =>
      one('subject = $1 and sequence > $2 order by sequence limit 1', [subject, sequenceHere(of)]),

    last: (subject) => one('subject = $1 order by sequence desc limit 1', [subject]),

    async *read(subject, from) {
      let at = sequenceHere(from);
      const end = await one('subject = $1 order by sequence desc limit 1', [subject]);
      while (end && at < end.sequence) {
        const rows = await select(
          'subject = $1 and sequence > $2 and sequence <= $3 order by sequence limit 500',
          [subject, at, end.sequence],
        );
        if (rows.length === 0) return;
        for (const row of rows) {
          const found = recorded(row);
          at = found.sequence;
          yield found;
        }
      }
    },

    async at(of) {
      const { epoch: asked, stream, sequence } = parsePosition(of);
      return asked === epoch && stream === 0 ? one('sequence = $1', [sequence]) : null;
    },

    subscribe(filter, from, { maxCommits = 1000, idleMs = 100, onStored } = {}) {
      const matching = pattern(filter);
      return stoppable<Batch>((signal) => {
        async function* batches(): AsyncGenerator<Batch> {
          const runs = follow({
            watcher,
            epoch,
            after: sequenceHere(from[0] ?? null),
            end: (heads) => heads.commits,
            batch: maxCommits,
            idleMs: Math.max(idleMs, 100),
            check: checkBeginning,
            signal,
            async fetch(after, to, limit) {
              const condition = `sequence > $1 and sequence <= $2${matching ? ' and subject ~ $4' : ''} order by sequence limit $3`;
              const rows = await run(withinBytes(`${columns} ${condition}`), [
                after,
                to,
                limit,
                ...(matching ? [matching] : []),
              ]);
              if (onStored)
                for (const { sequence, subject, body } of rows)
                  onStored({ stream: 0, sequence: Number(sequence), subject, body: utf8.encode(body) });
              const commits = rows.map(recorded);
              const bytes = commits.reduce((sum, one) => sum + one.bytes, 0);
              return { rows: commits, complete: rows.length < limit && bytes < maxBatchBytes };
            },
          });
          for await (const { rows, through, caughtUp } of runs) {
            yield { stream: 0, commits: rows, through: position(epoch, 0, through), caughtUp };
          }
        }
        return [batches()];
      });
    },

    async info(): Promise<LogInfo> {
      const { rows } = await pool
        .query<{ version: string; fsync: string; sync: string; first: string | null; bytes: string }>(
          `select current_setting('server_version') as version, current_setting('fsync') as fsync,
             current_setting('synchronous_commit') as sync, (select min(sequence) from log.commits) as first,
             pg_total_relation_size('log.commits') as bytes`,
        )
        .catch((error: unknown) => {
          throw failure(error, false);
        });
      const { commits } = await watcher.look();
      const row = rows[0];
      const synced = row?.fsync === 'on' && row.sync !== 'off';
      return {
        adapter: 'postgres',
        version: row?.version ?? 'unknown',
        address: parts.address,
        durability: synced
          ? 'synced to disk before each acknowledgement: survives a killed process and a power cut'
          : `survives a killed client; fsync is ${row?.fsync}, synchronous_commit ${row?.sync}: a power cut can lose the last commits`,
        epoch,
        replicas: 1,
        streams: [
          {
            stream: 0,
            name: 'log.commits',
            commits,
            bytes: Number(row?.bytes ?? 0),
            first: row?.first == null ? null : position(epoch, 0, Number(row.first)),
            last: commits === 0 ? null : position(epoch, 0, commits),
          },
        ],
      };
    },

    close: parts.close,
  };
}
