import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

/**
 * A provider that answers at once, in a process of its own: the floor under every gateway that is measured.
 * `node infra/bench/upstream.ts` prints its port to its parent.
 */
const words = 'An answer of a dozen words, the same for everyone, at once.'.split(' ');

const whole = Buffer.from(
  JSON.stringify({
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
    usage: { prompt_tokens: 40, completion_tokens: 12, total_tokens: 52 },
  }),
);

const chunk = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const frames = [
  ...words.map((word) => chunk({ content: `${word} ` }, null)),
  chunk({}, 'stop'),
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'bench', choices: [], usage: { prompt_tokens: 40, completion_tokens: 12, total_tokens: 52 } })}\n\n`,
  'data: [DONE]\n\n',
];

function serve(): void {
  const server = createServer({ keepAliveTimeout: 65_000, noDelay: true }, (request, response) => {
    let streamed = false;
    request.on('data', (data: Buffer) => {
      streamed ||= data.includes('"stream":true');
    });
    request.once('end', () => {
      if (request.url?.endsWith('/models')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{"object":"list","data":[{"id":"bench","object":"model"}]}');
      } else if (streamed) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(frames[0]);
        // The rest after the first chunk has left, as a model's tokens do.
        setImmediate(() => response.end(frames.slice(1).join('')));
      } else {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
        response.end(whole);
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
