import { fork } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/**
 * A provider that answers at once, in a process of its own: the floor under every gateway that is measured. It shares
 * the cores with them, so it reads of HTTP only what its callers here write (a length and a body) and answers with bytes
 * that were made beforehand: `node:http` took twice the time. `node infra/bench/upstream.ts` tells its parent its port.
 */
const words = 'An answer of a dozen words, the same for everyone, at once.'.split(' ');

const usage = { prompt_tokens: 40, completion_tokens: 12, total_tokens: 52 };

const completion = {
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'bench',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: words.join(' '), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
};

const about = {
  id: 'chatcmpl-bench',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'bench',
};
const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (delta: object, finish: string | null) =>
  event({ ...about, choices: [{ index: 0, delta, finish_reason: finish }] });
const frames = [
  ...words.map((word) => chunk({ content: `${word} ` }, null)),
  chunk({}, 'stop'),
  event({ ...about, choices: [], usage }),
  'data: [DONE]\n\n',
];

const ok = (...headers: string[]) => ['HTTP/1.1 200 OK', ...headers, '', ''].join('\r\n');
const json = (value: object) => {
  const body = JSON.stringify(value);
  return Buffer.from(ok('content-type: application/json', `content-length: ${body.length}`) + body);
};
const part = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const whole = json(completion);
const models = json({ object: 'list', data: [{ id: 'bench', object: 'model' }] });
const streamHead = ok('content-type: text/event-stream', 'transfer-encoding: chunked');
const firstPart = Buffer.from(streamHead + part(frames[0] as string));
const otherParts = Buffer.from(`${part(frames.slice(1).join(''))}0\r\n\r\n`);

const headEnd = Buffer.from('\r\n\r\n');

function answer(socket: Socket, head: string, body: Buffer): void {
  if (head.startsWith('get ')) socket.write(models);
  else if (body.includes('"stream":true')) {
    socket.write(firstPart);
    // The rest after the first chunk has left, as a model's tokens do.
    setImmediate(() => socket.write(otherParts));
  } else socket.write(whole);
}

function serve(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    let held: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      held = held.length === 0 ? data : Buffer.concat([held, data]);
      for (;;) {
        const end = held.indexOf(headEnd);
        if (end < 0) return;
        const head = held.toString('latin1', 0, end).toLowerCase();
        const length = Number(/content-length: *(\d+)/.exec(head)?.[1] ?? 0);
        const next = end + headEnd.length + length;
        if (held.length < next) return;
        answer(socket, head, held.subarray(end, next));
        held = held.subarray(next);
      }
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
  });
  process.once('disconnect', () => process.exit(0));
}

export interface Upstream {
  readonly url: string;
  stop(): void;
}

export function startUpstream(): Promise<Upstream> {
  const child = fork(fileURLToPath(import.meta.url), ['serve']);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (message: { port: number }) =>
      resolve({ url: `http://127.0.0.1:${message.port}/v1`, stop: () => child.kill() }),
    );
  });
}

if (process.argv[2] === 'serve') serve();
