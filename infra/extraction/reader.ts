/**
 * The process that reads one file: started by `process.ts`, told what to read, ends with its answer. It is given the
 * file as an open descriptor, and may itself open nothing but Daybook's own code.
 */
import { fstatSync, readSync } from 'node:fs';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { type FromReader, fileDescriptor, type ToReader } from './protocol.ts';
import { readDocument } from './reading/index.ts';

const send = (message: FromReader): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });

const next = (): Promise<ToReader> =>
  new Promise((resolve) => {
    process.once('message', (message: ToReader) => resolve(message));
  });

function fileBytes(): Uint8Array {
  const { size } = fstatSync(fileDescriptor);
  // Not from the pool: libraries take the whole of what is under a view.
  const bytes = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const read = readSync(fileDescriptor, bytes, at, size - at, at);
    if (read === 0) break;
    at += read;
  }
  return bytes.subarray(0, at);
}

async function readPicture(picture: Uint8Array): Promise<string> {
  const answer = next();
  await send({ kind: 'picture', picture });
  const message = await answer;
  if (message.kind === 'recognised') return message.text;
  throw new DaybookError(
    'document.needs-ocr',
    message.kind === 'not-recognised' ? message.message : undefined,
  );
}

async function answerTo(task: ToReader): Promise<FromReader> {
  if (task.kind !== 'read') throw new Error('The first message says what to read.');
  const { name, declaredType, settings, limits } = task;
  try {
    const file = { bytes: fileBytes(), name, ...(declaredType !== undefined && { declaredType }) };
    return { kind: 'extracted', extracted: await readDocument(file, { settings, limits, readPicture }) };
  } catch (error) {
    if (isDaybookError(error)) {
      return { kind: 'refused', code: error.code, message: error.message, fields: definedOf(error.fields) };
    }
    // Whatever a library throws at a file is about the file.
    return {
      kind: 'refused',
      code: 'document.unreadable',
      message: 'The document cannot be read.',
      fields: {},
    };
  }
}

const definedOf = (fields: Readonly<Record<string, string | number | boolean | undefined>>) =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

// Whoever started this is gone: so is the reason to go on.
process.once('disconnect', () => process.exit());
await send(await answerTo(await next()));
process.exit();
