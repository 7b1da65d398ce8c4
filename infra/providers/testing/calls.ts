import type {
  CompleteReply,
  Frame,
  Provider,
  UpstreamCall,
} from '../../../bounded-contexts/inference/index.ts';
import type { Operation } from '../../../schemas/primitives.ts';
import { atEnd } from '../../testing/index.ts';
import { type WireCall, type WireServer, wireServer } from '../../testing/upstream/wire-server.ts';

export const limits = { connectMs: 500, firstByteMs: 2_000, betweenBytesMs: 2_000 };
export const secret = 'sk-scripted-secret';

/** A scripted provider that is gone when the test file ends. */
export async function scripted(answer: (call: WireCall) => void): Promise<WireServer> {
  const server = await wireServer(answer);
  atEnd(() => server.stop());
  return server;
}

type Body = Readonly<Record<string, unknown>>;

export const callOf = (operation: Operation, body: Body, more: Partial<UpstreamCall> = {}): UpstreamCall => ({
  operation,
  model: 'scripted',
  body: { model: 'scripted', ...body },
  signal: new AbortController().signal,
  ...more,
});

export const hello = { messages: [{ role: 'user', content: 'How are you?' }] };

export const jsonIn = (reply: Pick<CompleteReply, 'body'>): unknown =>
  JSON.parse(Buffer.from(reply.body).toString());

export async function framesOf(provider: Provider, call: UpstreamCall): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const together of provider.stream(call)) frames.push(...together);
  return frames;
}

/** The deltas of the first choice of a streamed chat completion. */
export const deltasOf = (frames: readonly Frame[]): unknown[] =>
  frames.flatMap(({ json }) => {
    const { choices } = JSON.parse(json);
    return choices[0] ? [choices[0].delta] : [];
  });

export const finishesOf = (frames: readonly Frame[]): unknown[] =>
  frames.flatMap(({ json }) => {
    const finish = JSON.parse(json).choices[0]?.finish_reason;
    return finish ? [finish] : [];
  });
