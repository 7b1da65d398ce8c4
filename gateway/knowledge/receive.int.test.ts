import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { localBlobs } from '../../infra/blobs/index.ts';
import { decrypt, encrypt } from '../../infra/vault/cipher.ts';
import { receiveForm } from './receive.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-receive-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key = createSecretKey(randomBytes(32));
const blobs = localBlobs({
  directory: folder,
  naming: randomBytes(32),
  vault: {
    seal: async (context, plain) => encrypt(key, plain, JSON.stringify(context)),
    open: async (context, sealed) => decrypt(key, sealed, JSON.stringify(context)),
  },
});
const place = { tenant: 'acme', owner: 'd_legal' };
const type = 'multipart/form-data; boundary=edge';

const part = (filename: string, text: string) =>
  `--edge\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\n\r\n${text}\r\n`;
const form = (...parts: string[]) => Buffer.from(`${parts.join('')}--edge--\r\n`);

/** A request whose body comes in pieces of `size`, and breaks off after `end` bytes with an error, or just ends. */
function request(bytes: Buffer, { size = 7, breaks = false } = {}): Request {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      else if (breaks) controller.error(new Error('the connection broke'));
      else controller.close();
      at += size;
    },
  });
  return new Request('http://localhost/', {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': type },
  });
}
const received = (one: Request) => receiveForm(blobs, place, one, 1_000_000);
const halves = () => readdirSync(join(folder, 'writing'));

const whole = form(part('one.md', 'the first file'), part('two.md', 'the second one'));

test('a whole form is its files, in whatever pieces it comes', async () => {
  for (const size of [1, 7, 1_000]) {
    const { files } = await received(request(whole, { size }));
    expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['one.md', 14],
      ['two.md', 14],
    ]);
  }
});

test.each([false, true])(
  'wherever it ends too early (with an error: %s), it is refused and leaves no half',
  async (breaks) => {
    for (let end = 0; end < whole.length - 4; end++) {
      const cut = request(whole.subarray(0, end), { size: 1 + (end % 40), breaks });
      await expect(received(cut), String(end)).rejects.toMatchObject({ code: 'request.malformed-upload' });
    }
    await expect.poll(halves).toEqual([]);
  },
  30_000,
);

test.each(['', 'n'.repeat(256), 'a\u0000b'])(
  'a file called %j beside a good one takes the form along',
  async (name) => {
    const bytes = form(part('good.md', 'x'.repeat(70_000)), part(name, 'y'));
    for (const end of [bytes.length, bytes.length - 10])
      await expect(received(request(bytes.subarray(0, end), { size: 999 }))).rejects.toMatchObject({
        code: 'request.malformed-upload',
      });
    await expect.poll(halves).toEqual([]);
  },
);
