import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../testing/daybook.ts';
import { type EsdbServer, startEsdbServer } from '../testing/esdb-server.ts';
import { atEnd, testFolder } from '../testing/index.ts';

const cli = fileURLToPath(new URL('daybook.ts', import.meta.url));
const password = 'pass-that-nobody-sees';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Command {
  readonly ended: Promise<Ended>;
  /** Once standard error has said so. */
  says(text: string): Promise<void>;
  interrupt(): void;
}

interface Mirrored {
  to: string;
  commits: number;
  events: number;
  verified: number;
  ended: string;
}

function daybook(folder: string, profile: string, url: string, ...args: string[]): Command {
  const child = spawn(process.execPath, [cli, '--json', ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      DAYBOOK_DATA_DIR: join(folder, 'data'),
      DAYBOOK_ADMIN_KEY: testAdminKey,
      DAYBOOK_PROFILE: profile,
      EVENTSTORE_URL: url,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => stderr.includes(text) && resolve();
        child.stderr.on('data', look);
        child.on('close', () => reject(new Error(`it ended without "${text}": ${stderr}`)));
        look();
      }),
    interrupt: () => child.kill('SIGINT'),
  };
}

const ask = async (running: RunningTestDaybook) => {
  const messages = [{ role: 'user', content: 'The lamp came late.' }];
  const body = { model: 'builtin/extractive', user: 'ana', messages };
  await running.json('/v1/chat/completions', { method: 'POST', body });
};

const firstEvents = (server: EsdbServer) =>
  server.events.filter(({ stream, custom }) => {
    if (stream.startsWith('daybook_')) return false;
    return JSON.parse(Buffer.from(custom).toString()).daybook.index === 0;
  });

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  test('a running Daybook is mirrored and followed, and a stopped one caught up; what differs is named, no password shown', async () => {
    const server = await startEsdbServer();
    atEnd(() => server.stop());
    const url = server.url.replace('//', `//operator:${password}@`);
    const folder = testFolder();
    const seen: Ended[] = [];
    const copy = (...args: string[]) => daybook(folder, profile, url, 'log', 'copy', ...args);
    const once = async (...args: string[]): Promise<Ended> => {
      const ended = await copy(...args).ended;
      seen.push(ended);
      return ended;
    };
    const resultOf = ({ stdout }: Ended) => JSON.parse(stdout) as Mirrored;

    expect((await once('--to', 'esdb')).stderr).toContain('There is no Daybook in');
    const running = await testDaybook({ folder, variables: { DAYBOOK_PROFILE: profile } });
    let following: Command;
    try {
      await ask(running);
      const first = await once('--to', url);
      expect(first.code).toBe(0);
      expect(resultOf(first)).toMatchObject({ to: `esdb://127.0.0.1:${server.port}`, ended: 'complete' });
      expect(resultOf(first).commits).toBeGreaterThan(3);
      expect(resultOf(first).verified).toBe(firstEvents(server).length);
      expect(server.events.map(({ metadata }) => metadata.get('type'))).toContain('invocation.completed');

      const brief = copy('--to', 'esdb', '--follow');
      await brief.says('following');
      const before = firstEvents(server).length;
      await ask(running);
      while (firstEvents(server).length < before + 3) await new Promise((resolve) => setTimeout(resolve, 20));
      brief.interrupt();
      const summary = await brief.ended;
      seen.push(summary);
      expect(summary.code).toBe(0);
      expect(resultOf(summary)).toMatchObject({ ended: 'asked', verified: firstEvents(server).length });

      expect(await once('--to', 'esdb', '--from', 'embedded')).toMatchObject({ code: 2 });
      following = copy('--to', 'esdb', '--follow', '--no-verify');
      await following.says('following');
    } finally {
      await running.stop();
    }
    // Where Daybook comes back, it is at other ports: whoever follows must not wait for the old ones.
    const left = await following.ended;
    seen.push(left);
    expect(left.code).toBe(3);
    expect(resultOf(left)).toMatchObject({ ended: 'daybook-stopped', verified: 0 });

    expect(await once('--to', 'esdb', '--follow')).toMatchObject({ code: 2 });
    const place = profile === 'auto' ? [] : ['--from', 'embedded'];
    const caughtUp = await once('--to', 'esdb', ...place);
    expect(caughtUp.code).toBe(0);
    expect(resultOf(caughtUp).verified).toBe(firstEvents(server).length);
    expect(resultOf(await once('--to', 'esdb', '--no-verify'))).toMatchObject({ commits: 0, verified: 0 });

    const forged = firstEvents(server).find(
      ({ metadata }) => metadata.get('type') === 'invocation.completed',
    );
    if (!forged) throw new Error('it was mirrored');
    Object.assign(forged, { data: Buffer.from('{"forged":true}') });
    const found = await once('--to', 'esdb');
    expect(found.code).toBe(1);
    expect(found.stderr).toContain(`(${forged.stream}) differs in the mirror`);
    for (const { stdout, stderr } of seen) expect(stdout + stderr).not.toContain(password);
  }, 120_000);
});
