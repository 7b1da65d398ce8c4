import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { isDaybookError } from '../../../schemas/errors.ts';
import { uploaded, uploadView } from '../../../schemas/http/knowledge.ts';
import { api, call, type Local } from '../local.ts';
import { type LocalFile, nameOf } from './files.ts';

/** Larger files come in pieces of so many bytes, so that a lost connection costs no more than one. */
const wholeBytes = 32 * 2 ** 20;
const pieceBytes = 16 * 2 ** 20;
const mostTries = 5;
const againMs = 1_000;

export interface Sending {
  readonly here: Local;
  readonly department: string;
  /** Those of the API. */
  readonly fields: Readonly<Record<string, string>>;
  readonly onPiece: (file: LocalFile, sent: number) => void;
}

export interface Sent {
  readonly document: string;
  readonly revision: number;
  readonly position: string;
}

/**
 * Brings a file, as a new document or as the next revision of one. What passes by itself is tried again. Throws as the
 * API answers.
 */
export async function send(sending: Sending, file: LocalFile, document: string | undefined): Promise<Sent> {
  const bytes = await openAsBlob(file.path);
  const fields = { ...sending.fields, ...(file.source.length > 500 ? {} : { source: file.source }) };
  const { data, position } =
    bytes.size > wholeBytes
      ? await inPieces(sending, file, bytes, { ...fields, ...(document === undefined ? {} : { document }) })
      : await whole(sending, file, bytes, fields, document);
  const [made] = data;
  if (!made) throw new Error('An upload without a document.');
  return { document: made.document, revision: made.revision, position };
}

const pathOf = (department: string, rest: string) =>
  `/api/v1/knowledge/${encodeURIComponent(department)}/${rest}`;

async function whole(
  { here, department }: Sending,
  file: LocalFile,
  bytes: Blob,
  fields: Readonly<Record<string, string>>,
  document: string | undefined,
): Promise<z.infer<typeof uploaded>> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', bytes, nameOf(file));
  // The same key at each try: the document is made once.
  const headers = { 'idempotency-key': randomUUID() };
  const answer = await patiently(() =>
    document === undefined
      ? call(here, 'POST', pathOf(department, 'documents'), { headers, body: form })
      : call(here, 'PUT', pathOf(department, `documents/${encodeURIComponent(document)}`), { body: form }),
  );
  return uploaded.parse(await answer.json());
}

async function inPieces(
  { here, department, onPiece }: Sending,
  file: LocalFile,
  bytes: Blob,
  fields: Readonly<Record<string, string>>,
): Promise<z.infer<typeof uploaded>> {
  const begin = { name: nameOf(file), bytes: bytes.size, ...fields };
  const answer = await patiently(() => api(here, 'POST', pathOf(department, 'uploads'), begin));
  const { upload } = uploadView.parse(await answer.json());
  const path = pathOf(department, `uploads/${upload}`);
  let at = 0;
  for (let tries = 0; ; ) {
    const end = Math.min(at + pieceBytes, bytes.size);
    const range = at === end ? `bytes */${bytes.size}` : `bytes ${at}-${end - 1}/${bytes.size}`;
    try {
      const headers = { 'content-range': range };
      const piece = await call(here, 'PUT', path, { headers, body: bytes.slice(at, end) });
      if (piece.status === 201) return uploaded.parse(await piece.json());
      at = uploadView.parse(await piece.json()).received;
      tries = 0;
      onPiece(file, at);
    } catch (error) {
      if (!passes(error) || ++tries >= mostTries) throw error;
      await pause(againMs * tries);
      at = uploadView.parse(await (await patiently(() => api(here, 'GET', path))).json()).received;
    }
  }
}

/** What may be another the next time: a gateway that starts again, a piece whose answer was lost. */
const passes = (error: unknown): boolean =>
  isDaybookError(error, 'log.unavailable') || isDaybookError(error, 'command.rejected');

async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isDaybookError(error, 'log.unavailable') || tries >= mostTries) throw error;
      await pause(againMs * tries);
    }
  }
}
