import { existsSync, statSync } from 'node:fs';
import { z } from 'zod';
import { cliKeyFile, loadConfiguration, readProfile, readRunning } from '../launcher/index.ts';
import {
  findBinary,
  forsakenPostgres,
  natsVersion,
  postgresDataDir,
  redisVersion,
} from '../servers/index.ts';
import { exitCodes } from './exit-codes.ts';
import { type Output, table } from './output.ts';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

const ready = z.object({
  checks: z.array(z.object({ part: z.string(), ok: z.boolean(), detail: z.string() })),
});

/** `doctor`: what this machine has, what the data was made with, and whether what runs is well. */
export async function doctor(out: Output): Promise<number> {
  const configuration = loadConfiguration(process.env, process.cwd());
  const { dataDir } = configuration;
  const nats = findBinary('nats-server');
  const redis = findBinary('redis-server');
  const profile = readProfile(dataDir);
  const running = readRunning(dataDir);
  const findings: Finding[] = [
    { what: 'Node', ok: Number(process.versions.node.split('.')[0]) >= 24, detail: process.versions.node },
    {
      what: 'nats-server',
      ok: true,
      detail: nats ? `${natsVersion(nats)} at ${nats}` : 'not on PATH: the log is embedded in Postgres',
    },
    {
      what: 'redis-server',
      ok: true,
      detail: redis ? `${redisVersion(redis)} at ${redis}` : 'not on PATH: counters are kept in process',
    },
    {
      what: 'configuration',
      ok: true,
      detail: `${configuration.file.providers.length} providers and ${configuration.file.models.length} models in the file`,
    },
    { what: 'data directory', ok: true, detail: existsSync(dataDir) ? dataDir : `${dataDir} (not made yet)` },
    ...(profile === undefined
      ? []
      : [
          {
            what: 'made with',
            ok: true,
            detail: `log: ${profile.log}; read models: ${profile.readStore}; counters: ${profile.counters}`,
          },
        ]),
    ...(profile?.readStore === 'postgres-embedded'
      ? [
          {
            what: 'Postgres files',
            ok: true,
            detail: postgresDataDir(`${dataDir}/postgres`) ?? 'not made yet',
          },
        ]
      : []),
    ...forsakenPostgres().map(({ place, madeFor }) => ({
      what: 'left behind',
      ok: true,
      detail: `${place}: Postgres files of ${madeFor}, which is gone or begun anew. Nothing reads them: delete them if you need nothing of it`,
    })),
    ...[cliKeyFile(dataDir), `${dataDir}/master.key`].filter(existsSync).map((file) => ({
      what: 'secret file',
      ok: (statSync(file).mode & 0o077) === 0,
      detail: `${file}, mode ${(statSync(file).mode & 0o777).toString(8)}`,
    })),
  ];
  if (running?.url === undefined) {
    findings.push({ what: 'running', ok: true, detail: 'no' });
  } else {
    findings.push({ what: 'running', ok: true, detail: `${running.url}, process ${running.pid}` });
    try {
      const { checks } = ready.parse(
        await (await fetch(`${running.url}/ready`, { signal: AbortSignal.timeout(3_000) })).json(),
      );
      findings.push(...checks.map(({ part, ok, detail }) => ({ what: part, ok, detail })));
    } catch (error) {
      findings.push({
        what: 'ready',
        ok: false,
        detail: error instanceof Error ? error.message : String(error),
      });
    }
  }
  out.result(
    findings,
    table(
      ['', 'what', 'detail'],
      findings.map(({ what, ok, detail }) => [ok ? 'ok' : 'NO', what, detail]),
    ),
  );
  return findings.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.found;
}
