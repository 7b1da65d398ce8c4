import { createHash } from 'node:crypto';
import { DaybookError } from '../../../schemas/errors.ts';
import { type Manifest, manifestName, manifestSchema } from './manifest.ts';
import type { Entry } from './tar.ts';

const damaged = (what: string) => new DaybookError('config.invalid', `The archive is damaged: ${what}.`);

/** Reads an archive whole, and holds each file against the manifest. Throws `config.invalid` naming what is wrong. */
export async function checkArchive(entries: AsyncIterable<Entry>): Promise<Manifest> {
  const found = new Map<string, { bytes: number; sha256: string }>();
  let last: Entry | undefined;
  for await (const entry of entries) {
    if (found.has(entry.name)) throw damaged(`${entry.name} is in it twice`);
    last = entry;
    const sha256 = createHash('sha256').update(entry.bytes).digest('hex');
    found.set(entry.name, { bytes: entry.bytes.length, sha256 });
  }
  if (last?.name !== manifestName)
    throw damaged(`${manifestName} is not its last file, so that it is not whole or none of Daybook`);
  const manifest = manifestOf(last.bytes);
  found.delete(manifestName);
  for (const { name, bytes, sha256 } of manifest.files) {
    const file = found.get(name);
    if (!file) throw damaged(`${name} is missing`);
    if (file.bytes !== bytes || file.sha256 !== sha256) throw damaged(`${name} is not what was exported`);
    found.delete(name);
  }
  const [stranger] = found.keys();
  if (stranger !== undefined) throw damaged(`${stranger} does not belong to it`);
  return manifest;
}

function manifestOf(bytes: Uint8Array): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (cause) {
    throw new DaybookError(
      'config.invalid',
      `The archive is damaged: ${manifestName} is none of this Daybook.`,
      {},
      { cause },
    );
  }
}
