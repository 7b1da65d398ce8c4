/**
 * Resumable streams: `GET /v1/streams/{id}` gives the events of a streamed answer again, after `Last-Event-ID` and to
 * its end. The call itself goes on without its reader, is recorded and paid once.
 */
import { Hono } from 'hono';
import type { LivePart, LiveStreams } from '../../bounded-contexts/inference/index.ts';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { openAiError } from '../openai/errors.ts';
import { type Authenticate, principalOf } from '../shared/bearer.ts';

interface StreamPorts {
  readonly authenticate: Authenticate;
  readonly liveStreams: LiveStreams;
}

/** Without a sign of life for so long, in ms, the gateway that made the answer is gone. */
const patienceMs = 10_000;

const id = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function streamsApp(ports: StreamPorts): Hono {
  const app = new Hono();
  app.get('/v1/streams/:id', async (context) => {
    try {
      const { tenant, key, role } = principalOf(
        ports.authenticate,
        context.req.header('authorization'),
        context.req.header('x-api-key'),
      );
      const stream = context.req.param('id');
      const { signal } = context.req.raw;
      const place = { tenant, stream, key: role === 'admin' ? null : key };
      const parts = id.test(stream) ? await ports.liveStreams.read(place, signal) : undefined;
      if (!parts)
        throw new DaybookError(
          'resource.not-found',
          'There is no such stream, or it is more than 15 minutes old. Its call is among /api/v1/invocations.',
        );
      return new Response(bodyOf(parts, lastSeen(context.req.header('last-event-id'))), {
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-cache',
          'x-accel-buffering': 'no',
        },
      });
    } catch (error) {
      const { status, headers, body } = openAiError(error);
      return new Response(JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/json', 'x-request-id': `req_${uuidv7()}`, ...headers },
      });
    }
  });
  return app;
}

function lastSeen(header: string | undefined): number {
  if (header === undefined || header === '') return 0;
  if (!/^\d{1,9}$/.test(header))
    throw new DaybookError('request.invalid', 'last-event-id: wants the id of an event of this stream.', {
      param: 'last-event-id',
    });
  return Number(header);
}

function bodyOf(parts: AsyncIterable<LivePart>, after: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = parts[Symbol.asyncIterator]();
  let heardAt = performance.now();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const next = await iterator.next().catch((error: unknown) => ({ done: true as const, value: error }));
        if (next.done) {
          // A whole stream says that it ended; without that its contents were erased, or cannot be read.
          controller.enqueue(encoder.encode(brokenOff()));
          return controller.close();
        }
        const { from, events, ended } = next.value;
        // Part 0 only says that this reader waits; the writer's own signs of life have a number.
        if (from > 0) heardAt = performance.now();
        const fresh = events.flatMap((event, index) =>
          from + index > after ? [`id: ${from + index}\n${event}`] : [],
        );
        if (fresh.length > 0) controller.enqueue(encoder.encode(fresh.join('')));
        if (ended) return controller.close();
        if (performance.now() - heardAt > patienceMs) {
          controller.enqueue(encoder.encode(brokenOff()));
          await iterator.return?.();
          return controller.close();
        }
        if (fresh.length > 0) return;
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/** Never a clean end for an answer that is not whole. */
function brokenOff(): string {
  const error = new DaybookError(
    'provider.cut-off',
    'The gateway that made this answer stopped before it was complete; ask again.',
  );
  return `data: ${JSON.stringify(openAiError(error).body)}\n\n`;
}
