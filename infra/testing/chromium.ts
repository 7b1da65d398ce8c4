import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { findBinary } from '../servers/index.ts';
import { atEnd } from './index.ts';

const said = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

export interface Page {
  /** What a browser complains of: refused by a policy, not found, thrown. */
  readonly complaints: readonly string[];
  /** The value of an expression in the page, awaited. */
  evaluate(expression: string): Promise<unknown>;
}

/** A page in a real Chromium, by its own debugging protocol; the browser ends with the test file. */
export async function openPage(url: string): Promise<Page> {
  const binary = findBinary('chromium');
  if (!binary) throw new Error('Chromium is needed and was not found on PATH.');
  const folder = mkdtempSync(join(tmpdir(), 'daybook-test-chromium-'));
  const browser = spawn(
    binary,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => browser.once('exit', () => resolve()));
  atEnd(async () => {
    browser.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(browser.stderr).on('line', (line) => {
      const found = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
    void ended.then(() => reject(new Error('Chromium ended before it listened.')));
  });
  const { call, complaints } = await connect(address);
  const { targetId } = z
    .object({ targetId: z.string() })
    .parse(await call('Target.createTarget', { url: 'about:blank' }));
  const { sessionId } = z
    .object({ sessionId: z.string() })
    .parse(await call('Target.attachToTarget', { targetId, flatten: true }));
  for (const domain of ['Log', 'Runtime', 'Page']) await call(`${domain}.enable`, {}, sessionId);
  await call('Page.navigate', { url }, sessionId);
  return {
    complaints,
    async evaluate(expression) {
      const { result } = z
        .object({ result: z.object({ value: z.unknown() }).loose() })
        .parse(
          await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId),
        );
      return result.value;
    },
  };
}

const complaint = z.object({
  entry: z.object({ text: z.string(), url: z.string().optional() }).optional(),
  exceptionDetails: z.object({ text: z.string() }).loose().optional(),
});

async function connect(address: string) {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  atEnd(() => socket.close());
  const complaints: string[] = [];
  const waiting = new Map<number, (answer: z.infer<typeof said>) => void>();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const answer = said.parse(JSON.parse(String(data)));
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    else if (answer.method === 'Log.entryAdded' || answer.method === 'Runtime.exceptionThrown') {
      const { entry, exceptionDetails } = complaint.parse(answer.params);
      complaints.push(entry ? `${entry.text} ${entry.url ?? ''}` : JSON.stringify(exceptionDetails));
    }
  };
  const call = async (method: string, params: object, sessionId?: string): Promise<unknown> => {
    const id = ++last;
    const { result, error } = await new Promise<z.infer<typeof said>>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
    });
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return { call, complaints };
}
