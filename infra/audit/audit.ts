/** `npm run audit`: fails where a dependency in production has a high or critical advisory. */
import { spawnSync } from 'node:child_process';
import { verdictOf } from './verdict.ts';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  timeout: 120_000,
});
const { passed, says } = verdictOf(stdout);
console.log(says);
process.exitCode = passed ? 0 : 1;
