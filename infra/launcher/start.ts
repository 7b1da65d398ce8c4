import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { choose } from './choose.ts';
import { type Configuration, loadConfiguration, type Variables } from './configuration.ts';
import { type Claim, claim, type Profile, readProfile, writeProfile } from './data-dir.ts';
import { available, type Infrastructure, startInfrastructure, type Urls } from './infrastructure.ts';
import type { Assignment, Role } from './messages.ts';
import { type Supervised, supervise } from './supervise.ts';
import type { Part } from './table.ts';

export interface StartOptions {
  readonly variables: Variables;
  readonly cwd: string;
  /** Default: both. */
  readonly roles?: readonly Role[];
  /** Hears of everything that is started again. */
  readonly onChange: (what: string) => void;
}

export interface Daybook {
  readonly url: string | undefined;
  readonly parts: readonly Part[];
  readonly adminKey: string | undefined;
  readonly notices: readonly string[];
  readonly urls: Urls;
  readonly profile: Profile;
  /** Pids of everything that runs, by name: `gateway`, `worker`, `postgres`, `nats-server`, `redis-server`. */
  processes(): ReadonlyMap<string, number>;
  /** Ends all, in order: gateway, worker, then the servers. */
  stop(): Promise<void>;
}

/** Starts Daybook on its data directory. Throws `config.invalid` with a clear sentence where it cannot. */
export async function startDaybook({
  variables,
  cwd,
  roles = ['gateway', 'worker'],
  onChange,
}: StartOptions): Promise<Daybook> {
  const configuration = loadConfiguration(variables, cwd);
  const taken: Claim = claim(configuration.dataDir);
  let infrastructure: Infrastructure | undefined;
  const processes: Supervised[] = [];
  let url: string | undefined;
  const stop = async () => {
    for (const one of processes.splice(0)) await one.stop();
    await infrastructure?.stop();
    infrastructure = undefined;
    taken.release();
  };
  try {
    const profile = chosen(configuration);
    infrastructure = await startInfrastructure(configuration, profile, (what) => {
      onChange(what);
      note();
    });
    const { urls } = infrastructure;
    // The embedded log has one writer and no messaging: then all roles share a process.
    const groups: Role[][] = profile.log === 'postgres' ? [[...roles]] : roles.map((role) => [role]);
    for (const group of groups) {
      const name = group.join('+');
      processes.push(
        supervise(
          name,
          () => assignmentOf(group, urls, cwd),
          variables,
          (what) => {
            onChange(what);
            note();
          },
        ),
      );
    }
    const ready = await Promise.all(processes.map((one) => one.ready));
    url = ready.find((one) => one.url !== undefined)?.url;
    note();
    return {
      url,
      parts: ready.flatMap((one) => one.parts),
      adminKey: ready.find((one) => one.adminKey !== undefined)?.adminKey,
      notices: ready.flatMap((one) => one.notices),
      urls,
      profile,
      processes: () => new Map(children().map(({ name, pid }) => [name, pid])),
      stop,
    };

    function note(): void {
      if (!infrastructure) return;
      taken.update({
        children: children(),
        databaseUrl: urls.database,
        ...(urls.nats === undefined ? {} : { natsUrl: urls.nats }),
        ...(urls.redis === undefined ? {} : { redisUrl: urls.redis }),
        ...(url === undefined ? {} : { url }),
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }

  function children(): { name: string; pid: number }[] {
    const own = processes.flatMap((one) => {
      const pid = one.pid();
      return pid === undefined ? [] : [{ name: one.name, pid }];
    });
    return [...own, ...(infrastructure?.children() ?? [])];
  }
}

const assignmentOf = (roles: Role[], urls: Urls, cwd: string): Assignment => ({
  kind: 'start',
  roles,
  instance: `${roles.length > 1 ? 'all' : roles[0]}-${uuidv7().slice(-12)}`,
  urls: {
    database: urls.database,
    ...(urls.nats === undefined ? {} : { nats: urls.nats }),
    ...(urls.redis === undefined ? {} : { redis: urls.redis }),
  },
  cwd,
});

/** The remembered choice, or a new one; what a data directory was made with is never silently ignored. */
function chosen({ env, dataDir }: Configuration): Profile {
  if (!existsSync(dataDir))
    throw new DaybookError('config.invalid', `The data directory ${basename(dataDir)} cannot be made.`);
  const profile = choose(env, available(), readProfile(dataDir));
  writeProfile(dataDir, profile);
  return profile;
}
