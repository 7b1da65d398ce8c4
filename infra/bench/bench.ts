/**
 * `npm run bench -- gateway|append|ledger|rebuild|retrieval|guardrails`: measures one thing beside its peers and a bare baseline, in one
 * run, prints it, and writes infra/bench/results/<name>.json, from which `npm run bench:page` makes the page.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { table } from '../cli/output.ts';
import { findBinary, natsVersion } from '../servers/index.ts';
import { guardChildren } from '../testing/guardian.ts';
import { newNatsServer } from '../testing/nats-binaries.ts';
import { benchAppend } from './append.ts';
import { benchGateway } from './gateway.ts';
import { benchGuardrails } from './guardrails.ts';
import { benchLedger } from './ledger.ts';
import { installPeers } from './peers.ts';
import { benchRebuild } from './rebuild.ts';
import { type BenchResult, benchNames, type StoredResult } from './result.ts';
import { benchRetrieval } from './retrieval.ts';

const folder = fileURLToPath(new URL('results', import.meta.url));

const benches: Readonly<Record<BenchResult['name'], () => Promise<BenchResult>>> = {
  gateway: () => benchGateway(),
  append: () => {
    installPeers();
    return benchAppend({ newBinary: newNatsServer() });
  },
  ledger: () => benchLedger(),
  guardrails: async () => benchGuardrails(),
  rebuild: () => benchRebuild({ onProgress: (line) => console.error(line) }),
  retrieval: () => {
    installPeers();
    return benchRetrieval();
  },
};

const name = benchNames.find((one) => one === process.argv[2]);
if (!name) {
  console.error(`Which one? npm run bench -- ${benchNames.join('|')}`);
  process.exit(2);
}

guardChildren();
const result = await benches[name]();
const show = (value: number | undefined) =>
  value === undefined ? '' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
console.log(
  table(
    ['what', 'value', 'unit', 'p50 ms', 'p95 ms', 'p99 ms', ''],
    result.rows.map(({ label, value, unit, p50, p95, p99, note }) => [
      label,
      show(value),
      unit,
      show(p50),
      show(p95),
      show(p99),
      note ?? '',
    ]),
  ),
);
for (const { text, met, measured } of result.bars)
  console.log(`\n${met ? 'met   ' : 'MISSED'}  ${text}\n        ${measured}`);

const binary = findBinary('nats-server');
const stored: StoredResult = {
  ...result,
  at: new Date().toISOString(),
  machine: `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, nats-server ${binary ? natsVersion(binary) : 'none'}`,
};
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(stored, null, 2)}\n`);
process.exit(0);
