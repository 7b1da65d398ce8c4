/** `npm run bench:page`: makes docs/benchmarks.md from the newest results of each benchmark. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reasons, remarks } from './reasons.ts';
import { benchNames, type StoredResult, storedResult } from './result.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const titles = {
  gateway: 'Gateway: a call of a model, recorded and paid for',
  append: 'Append: a commit on the log',
  ledger: 'Ledger: reservations on one hot budget',
  rebuild: 'Rebuild: a read model from zero',
  retrieval: 'Retrieval: what answers a question, and how soon',
  guardrails: 'Guardrails: what is found, at a fixed rate of false alarms',
} as const;

const number = (value: number | undefined) =>
  value === undefined ? '' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });

function section(result: StoredResult): string[] {
  return [
    `## ${titles[result.name]}`,
    '',
    `\`npm run bench -- ${result.name}\`, ${result.at.slice(0, 10)}, on ${result.machine}.`,
    '',
    '| what | value | unit | p50 ms | p95 ms | p99 ms | |',
    '| --- | ---: | --- | ---: | ---: | ---: | --- |',
    ...result.rows.map(
      ({ label, value, unit, p50, p95, p99, note }) =>
        `| ${label} | ${number(value)} | ${unit} | ${number(p50)} | ${number(p95)} | ${number(p99)} | ${note ?? ''} |`,
    ),
    '',
    '| target | measured | |',
    '| --- | --- | --- |',
    ...result.bars.map(
      ({ text, measured, met }) => `| ${text} | ${measured} | ${met ? 'met' : '**missed**'} |`,
    ),
    '',
    ...(remarks[result.name] ? [remarks[result.name] as string, ''] : []),
    ...(result.bars.some(({ met }) => !met) ? [`What is missed, and why: ${reasons[result.name]}`, ''] : []),
  ];
}

const results = benchNames.flatMap((name) => {
  const file = at(`results/${name}.json`);
  return existsSync(file) ? [storedResult.parse(JSON.parse(readFileSync(file, 'utf8')))] : [];
});
const page = [
  '# Benchmarks',
  '',
  'Each figure stands beside a peer or a bare baseline that was measured in the same run on the same machine, since',
  'machines differ and ratios do not. Load, servers and stand-in providers share its cores. This page is made by',
  '`npm run bench:page` from what `npm run bench` wrote.',
  '',
  ...results.flatMap(section),
].join('\n');
writeFileSync(at('../../docs/benchmarks.md'), `${page.trimEnd()}\n`);
console.log(`docs/benchmarks.md holds ${results.length} of ${benchNames.length} benchmarks.`);
