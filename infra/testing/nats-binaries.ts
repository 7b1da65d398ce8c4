import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { natsVersion } from '../servers/nats.ts';
import { findBinary } from '../servers/process.ts';

/** From here on a server is "new": 2.9 is Debian stable's, and what lies between is in no suite. */
const newEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 11);
};

/**
 * The newest nats-server that can be had: DAYBOOK_NATS_SERVER_NEW, else PATH's if it is 2.11 or newer, else one
 * out of Debian's newer suites, downloaded once by apt into ~/.cache/daybook and never installed.
 * Throws where there is none: its tests are not to be skipped in silence.
 */
export function newNatsServer(): string {
  const given = process.env.DAYBOOK_NATS_SERVER_NEW;
  if (given) {
    if (!existsSync(given)) throw new Error(`DAYBOOK_NATS_SERVER_NEW names ${given}, which does not exist.`);
    return given;
  }
  const found = findBinary('nats-server');
  if (found && newEnough(natsVersion(found))) return found;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'daybook', 'nats-server');
  const binary = join(cache, 'usr', 'sbin', 'nats-server');
  if (!existsSync(binary)) download(cache);
  if (!newEnough(natsVersion(binary))) throw new Error(`The nats-server in ${cache} is not new enough.`);
  return binary;
}

/** Suites in which a newer server may lie, and the main archive's keyring, as Debian installs it. */
const suites = ['trixie', 'forky', 'sid'];
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The mirrors of Debian that this machine's apt already uses. */
function mirrors(): string[] {
  const files = ['/etc/apt/sources.list'];
  const folder = '/etc/apt/sources.list.d';
  if (existsSync(folder)) files.push(...readdirSync(folder).map((name) => join(folder, name)));
  const found = new Set<string>();
  for (const file of files) {
    if (!/\.(list|sources)$/.test(file) || !existsSync(file)) continue;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line.trimStart().startsWith('#')) continue;
      for (const [url] of line.matchAll(/(?:https?|file|mirror\+\w+):\/\/?[^\s\]]+/g)) {
        if (/\/debian\/?$/.test(url)) found.add(url.replace(/\/$/, ''));
      }
    }
  }
  return [...found, 'http://deb.debian.org/debian'];
}

function download(cache: string): void {
  const apt = findBinary('apt-get');
  const dpkg = findBinary('dpkg');
  const why = (reason: string) =>
    new Error(
      `A nats-server of version 2.11 or newer is needed for these tests: ${reason} ` +
        'Install one, or name one in DAYBOOK_NATS_SERVER_NEW.',
    );
  if (!apt || !dpkg) throw why('it is not on PATH, and there is no apt-get to download it.');
  const work = `${cache}.${process.pid}`;
  let last: unknown;
  try {
    for (const mirror of mirrors()) {
      try {
        fetchFrom(mirror, work, apt, dpkg);
        if (!existsSync(join(cache, 'usr', 'sbin', 'nats-server')))
          rmSync(cache, { recursive: true, force: true });
        renameSync(join(work, 'unpacked'), cache);
        return;
      } catch (error) {
        // Another process may have been faster.
        if (existsSync(join(cache, 'usr', 'sbin', 'nats-server'))) return;
        last = error;
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  throw why(`apt could not download it (${last instanceof Error ? last.message.split('\n')[0] : last}).`);
}

function fetchFrom(mirror: string, work: string, apt: string, dpkg: string): void {
  rmSync(work, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'archives/partial', 'unpacked']) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  writeFileSync(
    join(work, 'sources.list'),
    suites.map((suite) => `deb ${signed}${mirror} ${suite} main\n`).join(''),
  );
  const options = [
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${work}`,
    `Dir::Cache::archives=${join(work, 'archives')}`,
    'APT::Sandbox::User=root',
    'APT::Get::List-Cleanup=false',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=20',
    // The newest of them all, whatever the machine's own pins say.
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=-',
    'APT::Default-Release=',
  ].flatMap((option) => ['-o', option]);
  const run = (command: string, args: string[]) =>
    execFileSync(command, args, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'], timeout: 180_000 });
  run(apt, [...options, 'update', '-q']);
  run(apt, [...options, 'download', '-q', 'nats-server']);
  const deb = readdirSync(work).find((name) => /^nats-server_.*\.deb$/.test(name));
  if (!deb) throw new Error('apt downloaded nothing');
  run(dpkg, ['-x', join(work, deb), join(work, 'unpacked')]);
}
