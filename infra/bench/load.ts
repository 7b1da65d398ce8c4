import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'undici';
import { z } from 'zod';
import { findBinary } from '../servers/index.ts';

export interface Target {
  readonly label: string;
  /** Of the chat completions route. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const message =
  'Summarise this review in one sentence: the parcel came late, and the box was open, but the lamp works.';
export const bodyOf = (model: string, stream: boolean): string =>
  JSON.stringify({ model, stream, max_tokens: 64, messages: [{ role: 'user', content: message }] });

const lua = (text: string) => `[==[${text}]==]`;

/** What wrk is to send, and that it prints what came of it as one line of JSON. */
const script = (headers: Readonly<Record<string, string>>, body: string) => `
wrk.method = "POST"
wrk.body = ${lua(body)}
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[ ${lua(name)} ] = ${lua(value)}`)
  .join('\n')}
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"calls":%d,"us":%d,"p50":%d,"p95":%d,"p99":%d,"refused":%d,"failed":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99),
    e.status, e.connect + e.read + e.write + e.timeout))
end
`;

const said = z.object({
  calls: z.number(),
  us: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  refused: z.number(),
  failed: z.number(),
});

/** Of one load: calls/s, latencies in ms. */
export interface Loaded {
  readonly rate: number;
  readonly calls: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const ms = (us: number) => Math.round(us / 10) / 100;

/**
 * `callers` connections, one call at a time each, for `seconds`, by wrk: load shares the cores with what is measured, and
 * wrk takes half of what a generator on Node does. Throws where a call was refused or failed.
 */
export async function load(target: Target, body: string, callers: number, seconds: number): Promise<Loaded> {
  const wrk = findBinary('wrk');
  if (!wrk) throw new Error('The load is made by wrk, which is not here: apt-get install wrk');
  const folder = mkdtempSync(join(tmpdir(), 'daybook-load-'));
  try {
    const file = join(folder, 'load.lua');
    writeFileSync(file, script({ 'content-type': 'application/json', ...target.headers }, body));
    const { stdout, stderr } = await promisify(execFile)(wrk, [
      '--threads=1',
      `--connections=${callers}`,
      `--duration=${seconds}s`,
      `--script=${file}`,
      target.url,
    ]);
    const line = /^\{.*\}$/m.exec(stdout)?.[0];
    // It goes on without a script that it cannot read.
    if (line === undefined) throw new Error(`wrk said nothing of its calls: ${stderr.trim()}`);
    const { calls, us, p50, p95, p99, refused, failed } = said.parse(JSON.parse(line));
    if (refused > 0 || failed > 0)
      throw new Error(`${target.label}: ${refused} calls refused, ${failed} failed`);
    return { rate: calls / (us / 1e6), calls, p50: ms(p50), p95: ms(p95), p99: ms(p99) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One caller, one call after another: milliseconds to the whole answer, and to its first bytes. */
export async function oneCaller(
  target: Target,
  body: string,
  calls: number,
): Promise<{ whole: number[]; first: number[] }> {
  const url = new URL(target.url);
  const client = new Client(url.origin);
  const whole: number[] = [];
  const first: number[] = [];
  try {
    for (let call = 0; call < calls; call++) {
      const start = performance.now();
      const response = await client.request({
        method: 'POST',
        path: url.pathname,
        headers: { 'content-type': 'application/json', ...target.headers },
        body,
      });
      if (response.statusCode !== 200)
        throw new Error(`${target.label}: status ${response.statusCode}: ${await response.body.text()}`);
      let seen = false;
      for await (const _part of response.body) {
        if (!seen) first.push(performance.now() - start);
        seen = true;
      }
      whole.push(performance.now() - start);
    }
  } finally {
    await client.close();
  }
  return { whole, first };
}
