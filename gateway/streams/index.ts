/**
 * Resumable streams: `GET /v1/streams/{id}` gives the events of a streamed answer again, after `Last-Event-ID` and to
 * its end. The call itself goes on without its reader, is recorded and paid once.
 */
import { Hono } from 'hono';
import type { AuditRecorder } from '../../bounded-contexts/governance/index.ts';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { LivePart, LiveStreams } from '../../bounded-contexts/inference/index.ts';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { openAiError, openAiStream } from '../openai/errors.ts';
import { type Connection, noteRefusals } from '../shared/audited.ts';
import { type Authenticate, demand, principalOf } from '../shared/bearer.ts';

interface StreamPorts {
  readonly authenticate: Authenticate;
  readonly audit: Pick<AuditRecorder, 'refused'>;
  readonly liveStreams: LiveStreams;
}

/** Without a sign of life for so long, in ms, the gateway that made the answer is gone. */
const patienceMs = 10_000;

const id = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type StreamVariables = { Bindings: Connection; Variables: { requestId: string; principal: Principal } };

export function streamsApp(ports: StreamPorts): Hono<StreamVariables> {
  const app = new Hono<StreamVariables>();
  app.use('/v1/streams/*', noteRefusals(ports.audit));
  app.get('/v1/streams/:id', async (context) => {
    context.set('requestId', `req_${uuidv7()}`);
    try {
      const principal = await principalOf(
        ports.authenticate,
        context.req.header('authorization'),
        context.req.header('x-api-key'),
      );
      context.set('principal', principal);
      demand(principal, 'models.call');
      const { tenant, key, permissions } = principal;
      const stream = context.req.param('id');
      const { signal } = context.req.raw;
      const place = { tenant, stream, key: permissions.get('contents.read') === 'tenant' ? null : key };
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
      context.error = error instanceof Error ? error : undefined;
      const { status, headers, body } = openAiError(error);
      return new Response(JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/json', 'x-request-id': context.get('requestId'), ...headers },
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
  let ifCutOff = openAiStream.sseError(new DaybookError('provider.cut-off'));
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const say = (text: string) => controller.enqueue(encoder.encode(text));
      for (;;) {
        const next = await iterator.next().catch(() => ({ done: true as const, value: undefined }));
        // Parts end only with one that says so: a person erased and a store that fails are no clean end.
        if (next.done) {
          say(ifCutOff);
          return controller.close();
        }
        const { from, events, ended } = next.value;
        // Part 0 only says that this reader waits; the writer's own signs of life have a number.
        if (from > 0) {
          heardAt = performance.now();
          ({ ifCutOff } = next.value);
        }
        const fresh = events.flatMap((event, index) =>
          from + index > after ? [`id: ${from + index}\n${event}`] : [],
        );
        if (fresh.length > 0) say(fresh.join(''));
        if (ended) {
          // Who has read more than there is has not read this.
          if (after >= from + events.length) say(ifCutOff);
          return controller.close();
        }
        if (performance.now() - heardAt > patienceMs) {
          say(ifCutOff);
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
