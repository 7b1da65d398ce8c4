import { join } from 'node:path';
import {
  findBinary,
  freePort,
  type OwnServer,
  startNats,
  startPostgres,
  startRedis,
} from '../servers/index.ts';
import type { Configuration } from './configuration.ts';
import type { Profile } from './data-dir.ts';

/** Where the parts are: what every process of this installation is told. */
export interface Urls {
  readonly nats: string | undefined;
  readonly database: string;
  readonly redis: string | undefined;
}

export interface Infrastructure {
  readonly urls: Urls;
  readonly children: () => { name: string; pid: number }[];
  /** Ends what was started, in order: counters, log, Postgres last. */
  stop(): Promise<void>;
}

export const available = () => ({
  natsServer: findBinary('nats-server') !== undefined,
  redisServer: findBinary('redis-server') !== undefined,
});

/**
 * Starts the private servers that the profile asks for, and starts again any that dies. `onRestart` hears of
 * it; one that dies more than ten times within a minute is started again only after a pause.
 */
export async function startInfrastructure(
  { env, dataDir }: Configuration,
  profile: Profile,
  onChange: (what: string) => void,
): Promise<Infrastructure> {
  const kept: Kept[] = [];
  try {
    const database =
      env.DATABASE_URL ??
      (await add('postgres', async (port) => startPostgres({ dir: join(dataDir, 'postgres'), port }))).url;
    const nats =
      env.NATS_URL ??
      (profile.log === 'nats-private'
        ? (await add('nats-server', async (port) => startNats({ dir: join(dataDir, 'nats'), port }))).url
        : undefined);
    const redis =
      env.REDIS_URL ??
      (profile.counters === 'redis-private'
        ? (await add('redis-server', async (port) => startRedis({ dir: join(dataDir, 'redis'), port }))).url
        : undefined);
    return {
      urls: { nats, database, redis },
      children: () => kept.map((one) => ({ name: one.name, pid: one.pid() })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }

  async function add<Server extends OwnServer>(
    name: string,
    start: (port: number) => Promise<Server>,
  ): Promise<Server> {
    const port = await freePort();
    const first = await start(port);
    kept.push(keepRunning(name, first, () => start(port), onChange));
    return first;
  }

  async function stop(): Promise<void> {
    for (const one of kept.reverse().splice(0)) await one.stop();
  }
}

interface Kept {
  readonly name: string;
  pid(): number;
  stop(): Promise<void>;
}

/** Failed starts between two words about them. */
const tellEvery = 10;
/** So many deaths within a minute, and the next start waits. */
const many = 10;
const slowMs = 2_000;

/** Starts a server again whenever it ends by itself. */
function keepRunning(
  name: string,
  first: OwnServer,
  start: () => Promise<OwnServer>,
  onChange: (what: string) => void,
): Kept {
  let server = first;
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();
  const deaths: number[] = [];

  const watch = () => {
    void server.exited.then((code) => {
      if (stopping) return;
      const now = Date.now();
      deaths.push(now);
      onChange(`${name} ended (${code ?? 'killed'}); starting it again`);
      // A server that keeps dying is kept from taking the machine with it.
      const recent = deaths.filter((at) => at > now - 60_000).length;
      restarting = again(recent > many ? slowMs : 0);
    });
  };
  const again = async (waitMs: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    for (let tries = 1; !stopping; tries++) {
      try {
        server = await start();
        onChange(`${name} runs again`);
        watch();
        return;
      } catch (error) {
        if (tries % tellEvery === 0) {
          onChange(`${name} cannot be started: ${error instanceof Error ? error.message : String(error)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, Math.min(100 * tries, slowMs)));
      }
    }
  };
  watch();
  return {
    name,
    pid: () => server.pid,
    stop: async () => {
      stopping = true;
      await restarting;
      await server.stop();
    },
  };
}
