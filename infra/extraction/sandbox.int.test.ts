import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, sandboxed } from './sandbox.ts';

const attempt = (code: string): string => {
  const { stdout } = spawnSync(process.execPath, [...sandboxed(100), '-e', `${helper} ${code}`], {
    cwd: root,
    env: {},
  });
  return stdout.toString();
};

const helper = `const attempt = (what) => { try { what(); console.log('done'); } catch (error) { console.log(error.code ?? error.name); } };
  const fs = require('node:fs');`;

test('what reads files may open the code, but no data of the installation', () => {
  const data = mkdtempSync(join(root, '.daybook-test-'));
  try {
    writeFileSync(join(data, 'key'), 'secret');
    expect(attempt(`attempt(() => fs.readFileSync('schemas/errors.ts'))`)).toBe('done\n');
    expect(attempt(`attempt(() => fs.readFileSync(${JSON.stringify(join(data, 'key'))}))`)).toBe(
      'ERR_ACCESS_DENIED\n',
    );
    expect(attempt(`attempt(() => fs.readFileSync('/etc/passwd'))`)).toBe('ERR_ACCESS_DENIED\n');
  } finally {
    rmSync(data, { recursive: true });
  }
});

test.each([
  ['write', `fs.writeFileSync('schemas/errors.ts', '')`, 'ERR_ACCESS_DENIED'],
  ['start a program', `require('node:child_process').execSync('true')`, 'ERR_ACCESS_DENIED'],
  ['start a thread', `new (require('node:worker_threads').Worker)('1', { eval: true })`, 'ERR_ACCESS_DENIED'],
  ['make code of a string', `new Function('return 1')`, 'EvalError'],
])('what reads files may not %s', (_, code, error) => {
  expect(attempt(`attempt(() => ${code})`)).toBe(`${error}\n`);
});
