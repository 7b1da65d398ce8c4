/**
 * `npm run torture:ingestion`: a thousand small documents are uploaded and read while the process that reads them is
 * killed with SIGKILL fifty times; afterwards each must be indexed exactly once.
 * `-- --documents 1000 --kills 50 --profile embedded --seed 7`
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDaybook } from '../launcher/index.ts';
import { freePort } from '../servers/index.ts';
import { guardChildren } from '../testing/guardian.ts';
import { ingestUnderKills } from './kills.ts';
import { randomOf } from './random.ts';

const { values: flags } = parseArgs({
  options: {
    documents: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '50' },
    profile: { type: 'string', default: 'auto' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const key = 'torture-admin-key-0123456789';
guardChildren();
const folder = mkdtempSync(join(tmpdir(), 'daybook-torture-'));
chmodSync(folder, 0o755);
const daybook = await startDaybook({
  variables: {
    PATH: process.env['PATH'],
    DAYBOOK_DATA_DIR: join(folder, 'data'),
    // Fixed, so that a gateway that starts again is found where it was.
    DAYBOOK_PORT: String(await freePort()),
    DAYBOOK_ADMIN_KEY: key,
    DAYBOOK_PROFILE: flags.profile,
    DAYBOOK_LOG_LEVEL: 'fatal',
  },
  cwd: folder,
  onChange: () => {},
});
let exitCode = 1;
try {
  console.log(`seed ${flags.seed}, ${flags.documents} documents, ${flags.kills} kills, at ${daybook.url}`);
  const { problems, ...result } = await ingestUnderKills(daybook, key, {
    documents: Number(flags.documents),
    kills: Number(flags.kills),
    random: randomOf(Number(flags.seed)),
    onKill: (kills, uploaded) => {
      if (process.stdout.isTTY) process.stdout.write(`\rkill ${kills}, ${uploaded} uploaded `);
    },
  });
  for (const problem of problems) console.error(`  ${problem}`);
  console.log(
    `${result.kills} kills in ${result.seconds.toFixed(0)} s: ${result.documents} documents, ${result.attempts} attempts, at most ${result.mostAttempts} of one. ${
      problems.length === 0
        ? 'Each is indexed exactly once.'
        : `${problems.length} findings; the seed was ${flags.seed}.`
    }`,
  );
  exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await daybook.stop();
  if (exitCode === 0) rmSync(folder, { recursive: true, force: true });
  else console.error(`The data is kept in ${folder}.`);
}
process.exit(exitCode);
