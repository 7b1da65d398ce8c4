/**
 * The entry of Daybook's own processes: waits for its assignment over IPC, runs its roles, and ends when its
 * supervisor asks it to or is gone.
 */
import pino from 'pino';
import { createLedgers } from '../../bounded-contexts/budgets/index.ts';
import { systemClock } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { postgresSnapshots } from '../ledger-snapshots/index.ts';
import { connectReadStore, migrate } from '../read-store/index.ts';
import { loadConfiguration } from './configuration.ts';
import { type RunningGateway, startGateway } from './gateway-role.ts';
import { type Assignment, assignment, type Report } from './messages.ts';
import { openParts } from './parts.ts';
import { partsOf } from './parts-table.ts';
import { type RunningWorker, startWorker } from './worker-role.ts';

const say = (report: Report) => process.send?.(report);

async function run({ roles, instance, urls, cwd }: Assignment): Promise<() => Promise<void>> {
  const configuration = loadConfiguration(process.env, cwd);
  const logger = pino(
    {
      level: configuration.env.DAYBOOK_LOG_LEVEL,
      base: { instance },
      // Else an error under any name but `err` is written as `{}`.
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ fd: 2, sync: false }),
  );
  process.on('uncaughtException', (error) => {
    logger.fatal({ error }, 'an unexpected error ends this process');
    logger.flush(() => process.exit(70));
  });
  await migrateOnceThere(urls.database);
  const parts = await openParts(configuration, urls, instance);
  const store = connectReadStore({ url: urls.database, name: instance });
  const ledgers = createLedgers({
    log: parts.log,
    clock: systemClock,
    writerId: instance,
    yields: !roles.includes('gateway'),
    channel: parts.channel,
    snapshots: postgresSnapshots(parts.pool),
    report: (error) => logger.warn({ error }, 'a ledger met an error without harm'),
  });
  const common = { configuration, parts, store, ledgers, instance, logger };
  let worker: RunningWorker | undefined;
  let gateway: RunningGateway | undefined;
  if (roles.includes('worker')) worker = await startWorker({ ...common, redisUrl: urls.redis });
  if (roles.includes('gateway')) gateway = await startGateway({ ...common, redisUrl: urls.redis });
  say({
    kind: 'ready',
    parts:
      roles.includes('gateway') || roles.length === 1 ? await partsOf(configuration, parts, urls, roles) : [],
    notices: [...(gateway?.notices ?? [])],
    ...(gateway === undefined ? {} : { url: gateway.url }),
    ...(gateway?.adminKey === undefined ? {} : { adminKey: gateway.adminKey }),
  });
  return async () => {
    await gateway?.stop();
    await worker?.stop();
    await ledgers.close();
    await store.close();
    await parts.close();
  };
}

/** A process that is started again may be earlier than the Postgres that died with it. */
async function migrateOnceThere(url: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      await migrate(url);
      return;
    } catch (error) {
      const away = error instanceof Error && 'code' in error && /^(ECONN|57P|08)/.test(String(error.code));
      if (!away || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

let stop: Promise<() => Promise<void>> | undefined;
let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  // Whatever hangs must not keep a process that nobody supervises.
  setTimeout(() => process.exit(1), 34_000).unref();
  try {
    await (await stop)?.();
    process.exit(0);
  } catch {
    process.exit(1);
  }
}

process.once('SIGTERM', () => void end());
process.on('SIGINT', () => {});
process.once('disconnect', () => void end());
process.once('message', (message) => {
  stop = run(assignment.parse(message));
  stop.catch((error: unknown) => {
    const known = error instanceof DaybookError;
    if (!known) console.error(error);
    say({ kind: 'failed', message: known ? `${error.message}` : String(error) });
    process.disconnect?.();
    process.exit(known ? 2 : 70);
  });
});
