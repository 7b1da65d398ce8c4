import { aboutOf } from './attempt.ts';
import type { AnswerHead, Call, Candidate, StreamSink } from './call.ts';
import { type AnswerStream, translationOf } from './dialects/index.ts';
import type { Frame, Usage } from './ports.ts';
import { type Joining, splice } from './splice.ts';

/** Carries the frames of one call's attempts to the caller, in its dialect, as one answer. */
export interface Relay {
  /** Before an attempt's first frame. `native`: its frames are in the caller's dialect. */
  attempt(head: AnswerHead, native: boolean, joining: Joining): void;
  push(frame: Frame): Promise<void> | undefined;
  /** The provider has finished; what is left of the answer goes out, but for the dialect's own end. */
  finish(usage: Usage | undefined): Promise<void>;
  /** The dialect's own end, once the call is recorded. */
  close(): Promise<void>;
  /** Something has reached the caller. */
  readonly begun: boolean;
  /** What was delivered, where another attempt can go on from it. */
  readonly continuable: string | undefined;
  /** The stop marker that ended the answer. */
  readonly stoppedBy: string | undefined;
}

/** Whether the call's frames must be understood, and so be chat completions, and not only be passed on. */
export const isFollowed = ({ streamed, midStream, markers }: Call): boolean =>
  streamed && (midStream === 'continue' || markers.length > 0);

export function relayOf(call: Call, first: Candidate, sink: StreamSink | undefined): Relay {
  let head: AnswerHead | undefined;
  let begun = false;
  let native = true;
  let translated: AnswerStream | undefined;
  let final: Frame | undefined;
  const followed = isFollowed(call) ? splice(call.choices, call.markers) : undefined;

  function deliver(frame: Frame): Promise<void> | undefined {
    if (!begun && head) {
      begun = true;
      sink?.begin(frame.headers ? { ...head, headers: frame.headers } : head);
    }
    if (frame.final) {
      final = frame;
      return undefined;
    }
    if (frame.usageOnly && !call.wantsUsageFrame && call.operation === 'chat') return undefined;
    return sink?.write(frame);
  }

  async function deliverAll(frames: readonly Frame[], headers: Frame['headers']): Promise<void> {
    let one = headers;
    for (const frame of frames) {
      await deliver(one ? { ...frame, headers: one } : frame);
      one = undefined;
    }
  }

  return {
    attempt(next, isNative, joining) {
      head = next;
      native = isNative;
      if (!native) translated ??= translationOf(call.operation)?.stream(aboutOf(call, first));
      followed?.attempt(joining);
    },
    push(frame) {
      // What is not a chat completion cannot be followed: it is passed on.
      if (native && !(followed && call.operation === 'chat')) return deliver(frame);
      const frames = followed ? followed.push(frame) : [frame];
      if (native || !translated) return deliverAll(frames, undefined);
      const stream = translated;
      return deliverAll(
        frames.flatMap((one) => stream.push(one)),
        begun ? undefined : frame.headers,
      );
    },
    async finish(usage) {
      if (!native && translated) await deliverAll(translated.end(usage), undefined);
    },
    async close() {
      if (final) await sink?.write(final);
    },
    get begun() {
      return begun;
    },
    get continuable() {
      return followed?.continuable ? followed.text : undefined;
    },
    get stoppedBy() {
      return followed?.stoppedBy;
    },
  };
}
