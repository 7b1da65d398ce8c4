import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commandLine } from '../testing/command-line.ts';
import { type RunningTestDaybook, testDaybook } from '../testing/daybook.ts';
import { testFolder } from '../testing/index.ts';

interface Notary {
  keys: { id: string; publicKey: string; pem: string; current: boolean }[];
  last: { number: number; hash: string } | null;
}
interface Audit {
  findings: { kind: string; sequence: number }[];
  streams: { sealedTo: number; notSealedYet: number }[];
}

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  let running: RunningTestDaybook | undefined;
  afterAll(() => running?.stop());
  const here = testFolder();

  /** The command line in a folder; its exit code and its words. */
  async function daybook(folder: string, ...args: string[]): Promise<{ code: number; stdout: string }> {
    return commandLine(folder, profile, ...args).then(
      (stdout) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    );
  }

  test('a running Daybook seals its log, proves an event, and is verified elsewhere from a file', async () => {
    running = await testDaybook({
      variables: { DAYBOOK_PROFILE: profile },
      config: `audit: { everyCommits: 4, everySeconds: 1, directory: copies }`,
    });
    const { folder } = running;
    for (const user of ['ana', 'bruno', 'ana']) {
      const messages = [{ role: 'user', content: 'The lamp came late.' }];
      await running.json('/v1/chat/completions', {
        method: 'POST',
        body: { model: 'builtin/extractive', user, messages },
      });
    }
    await running.json('/api/v1/users/bruno/data', { method: 'DELETE' });
    const { keys } = await running.eventually<Notary>('/api/v1/audit/notary', ({ last }) => last !== null);
    expect(keys).toMatchObject([{ current: true, pem: expect.stringContaining('PUBLIC KEY') }]);
    const key = keys[0]?.publicKey ?? '';

    // All that happened is sealed a second later, and nobody waits for it.
    const sealed = async (): Promise<Audit> => {
      for (;;) {
        const { code, stdout } = await daybook(folder, 'log', 'verify', '--copies', join(folder, 'copies'));
        const { audit, firstBreak } = JSON.parse(stdout) as { audit: Audit; firstBreak: unknown };
        expect({ code, firstBreak, findings: audit.findings }).toEqual({
          code: 0,
          firstBreak: null,
          findings: [],
        });
        if (audit.streams[0]?.notSealedYet === 0) return audit;
      }
    };
    const audit = await sealed();
    expect(audit.streams[0]?.sealedTo).toBeGreaterThan(8);

    const { data } = await running.eventually<{ data: { id: string }[] }>(
      '/api/v1/events?type=subject.erased',
      (body) => body.data.length === 1,
    );
    const proof = await daybook(folder, 'log', 'verify', '--proof', data[0]?.id ?? '');
    expect(proof.code).toBe(0);
    expect(JSON.parse(proof.stdout)).toMatchObject({
      format: 'daybook-inclusion-1',
      subject: expect.stringContaining('.subject.'),
    });
    expect((await daybook(folder, 'log', 'verify', '--proof', 'none.0')).code).toBe(4);

    const file = join(here, 'log.jsonl');
    expect((await daybook(folder, 'log', 'export', file)).code).toBe(0);
    await running.stop();
    running = undefined;

    // Nothing runs here, and nothing is needed.
    const elsewhere = testFolder();
    const offline = async (of: string, ...more: string[]) => {
      const { code, stdout } = await daybook(elsewhere, 'log', 'verify', '--export', of, ...more);
      return { code, findings: stdout ? (JSON.parse(stdout) as { audit: Audit }).audit.findings : [] };
    };
    expect(await offline(file, '--key', key)).toEqual({ code: 0, findings: [] });
    writeFileSync(join(elsewhere, 'key.pem'), keys[0]?.pem ?? '');
    expect(await offline(file, '--key', join(elsewhere, 'key.pem'))).toEqual({ code: 0, findings: [] });
    const stranger = 'A'.repeat(43);
    expect(await offline(file, '--key', stranger)).toMatchObject({ code: 1 });
    expect((await offline(file, '--key', 'no key')).code).toBe(2);
    const lines = readFileSync(file, 'utf8').split('\n');
    const altered = lines.map((line) => line.replace(/^(\{"t":0,"q":3,"s":"[^"]*)"/, '$1x"')).join('\n');
    writeFileSync(join(here, 'altered.jsonl'), altered);
    expect(await offline(join(here, 'altered.jsonl'))).toEqual({
      code: 1,
      findings: [expect.objectContaining({ kind: 'changed', sequence: 3 })],
    });
    writeFileSync(join(here, 'cut.jsonl'), lines.slice(0, 4).join('\n'));
    expect((await offline(join(here, 'cut.jsonl'))).code).toBe(2);
  }, 60_000);
});
