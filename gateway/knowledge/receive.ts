import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { BlobOwner, BlobStore, DocumentDetails } from '../../bounded-contexts/knowledge/index.ts';
import { documentSettingsOf, type KnowledgeConfig } from '../../schemas/config/knowledge.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type UploadFields, uploadFields } from '../../schemas/http/knowledge.ts';

/** One file that has arrived and is kept. */
export interface Received {
  readonly name: string;
  readonly declaredType: string | undefined;
  readonly blob: string;
  readonly bytes: number;
}

export interface Arrived {
  readonly files: readonly Received[];
  readonly fields: UploadFields;
}

const mostFiles = 100;

const malformed = (cause?: unknown, message?: string) =>
  new DaybookError('request.malformed-upload', message, {}, { cause });

/** What breaks while bytes arrive is the caller's connection, not our store. */
export async function* arriving(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    throw malformed(error);
  }
}

/** Throws `request.invalid` naming the field. */
export function checkedFields(given: Readonly<Record<string, string>>): UploadFields {
  const checked = uploadFields.safeParse(given);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const param = String(issue?.path[0] ?? (issue?.code === 'unrecognized_keys' ? issue.keys[0] : ''));
  throw new DaybookError('request.invalid', `${param}: ${issue?.message ?? 'not accepted'}.`, { param });
}

/** What documents are filtered by, and how they are read: as the upload says, else their department, else all. */
export const labelsOf = (
  { tags = [], privacy = 'internal', date, settings }: UploadFields,
  config: KnowledgeConfig,
  slug: string,
) => ({
  tags,
  privacy,
  date: date ?? null,
  settings: documentSettingsOf(config, slug, settings),
});

/** What is sealed of a document. */
export const detailsFrom = (
  { name, declaredType }: Pick<Received, 'name' | 'declaredType'>,
  { source, author }: UploadFields,
): DocumentDetails => ({
  name,
  ...(declaredType === undefined ? {} : { declaredType: declaredType.slice(0, 200) }),
  ...(source === undefined ? {} : { source }),
  ...(author === undefined ? {} : { author }),
});

/** The body itself is the file. */
export async function receiveOne(
  blobs: BlobStore,
  place: BlobOwner,
  request: Request,
  name: string,
  maxBytes: number,
): Promise<Received> {
  if (!request.body) throw malformed(undefined, 'There is no body: send the file as the body.');
  const stored = await blobs.put(place, arriving(request.body), maxBytes);
  return { name, declaredType: request.headers.get('content-type') ?? undefined, ...stored };
}

/** The name of a file without the folders that some clients send along. */
const baseName = (name: string): string => name.split(/[/\\]/).at(-1)?.trim() ?? '';

/**
 * The files of a form, each kept as it arrives, and its fields. A file that is refused ends the request: what came
 * before it is in the store, and no document names it.
 */
export async function receiveForm(
  blobs: BlobStore,
  place: BlobOwner,
  request: Request,
  maxBytes: number,
): Promise<Arrived> {
  const { body } = request;
  const type = request.headers.get('content-type') ?? '';
  if (!body) throw malformed(undefined, 'There is no body: send files.');
  const given: Record<string, string> = {};
  const files: Promise<Received>[] = [];
  const open = new Set<Readable>();
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  await new Promise<void>((resolve, reject) => {
    const stop = (error: unknown) => {
      source.unpipe(parser);
      source.resume();
      // Nothing more comes to them: whoever still reads them must hear so.
      for (const file of open) file.destroy(malformed(error));
      reject(error);
    };
    let parser: InstanceType<typeof Busboy>;
    try {
      parser = new Busboy({
        headers: { 'content-type': type },
        limits: { files: mostFiles, fields: 20, fieldSize: 20_000, headerPairs: 50 },
      });
    } catch (error) {
      return reject(malformed(error));
    }
    parser.on('file', (_field, file, filename, _encoding, declaredType) => {
      open.add(file);
      file.once('close', () => open.delete(file));
      // It may break off before the store begins to read it: unheard, the event would end the process.
      file.on('error', (error) => file.destroy(error));
      const name = baseName(filename ?? '');
      if (name === '' || name.length > 255 || /[\p{Cc}\p{Cs}]/u.test(name)) {
        file.resume();
        return stop(malformed(undefined, 'Each file needs a name of at most 255 characters.'));
      }
      const kept = blobs
        .put(place, arriving(file), maxBytes)
        .then((stored): Received => ({ name, declaredType: declaredType || undefined, ...stored }));
      files.push(kept);
      kept.catch((error: unknown) => {
        file.resume();
        stop(error);
      });
    });
    parser.on('field', (field, value) => {
      // The same field again adds to it, as several tags do.
      given[field] = given[field] === undefined ? value : `${given[field]},${value}`;
    });
    parser.on('filesLimit', () => stop(malformed(undefined, `At most ${mostFiles} files at once.`)));
    parser.on('fieldsLimit', () => stop(malformed(undefined, 'Too many fields.')));
    parser.on('error', (error) => stop(malformed(error)));
    parser.on('finish', () => resolve());
    source.on('error', (error) => {
      parser.destroy();
      stop(malformed(error));
    });
    source.pipe(parser);
  });
  const received = await Promise.all(files);
  if (received.length === 0) throw malformed(undefined, 'The form has no file.');
  return { files: received, fields: checkedFields(given) };
}
