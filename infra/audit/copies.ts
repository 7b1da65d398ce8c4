import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeCheckpoint, type Witness, witnessOf } from '../../bounded-contexts/governance/index.ts';
import type { AuditLog } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

/** `<epoch>-<number>.json`: one checkpoint as it is stored. */
const nameOf = (epoch: string, number: number) => `${epoch}-${String(number).padStart(10, '0')}.json`;
const numberIn = (epoch: string, name: string): number | undefined => {
  const found = /^([A-Za-z0-9]+)-(\d{10})\.json$/.exec(name);
  return found?.[1] === epoch ? Number(found[2]) : undefined;
};

/**
 * Keeps a copy of each checkpoint in a folder, which is best on another machine: brings it up to the audit log's
 * end. A file is there whole or not at all, and on disk once this returns.
 */
export function checkpointCopies(dir: string, audit: AuditLog, epoch: string): () => Promise<void> {
  let last: number | undefined;
  return async () => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (last === undefined) {
      const kept = (await readdir(dir)).flatMap((name) => numberIn(epoch, name) ?? []);
      last = Math.max(0, ...kept);
    }
    for await (const { number, body } of audit.read(last + 1)) {
      await writeWhole(dir, nameOf(epoch, number), body);
      last = number;
    }
  };
}

async function writeWhole(dir: string, name: string, body: Uint8Array): Promise<void> {
  const draft = join(dir, `.${name}.${process.pid}`);
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(dir, name));
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What a folder of copies knows. Throws `config.invalid` where a file of it is no checkpoint. */
export async function readCopies(dir: string, epoch: string): Promise<Witness[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    throw new DaybookError('config.invalid', `The folder ${dir} cannot be read.`, {}, { cause: error });
  });
  const witnesses: Witness[] = [];
  for (const name of names.filter((one) => numberIn(epoch, one) !== undefined).sort()) {
    const checkpoint = decodeCheckpoint(await readFile(join(dir, name)));
    if (!checkpoint) throw new DaybookError('config.invalid', `${join(dir, name)} holds no checkpoint.`);
    witnesses.push(witnessOf(checkpoint));
  }
  return witnesses;
}
