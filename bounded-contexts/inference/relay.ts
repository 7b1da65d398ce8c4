import { aboutOf } from './attempt.ts';
import type { AnswerHead, Call, StreamSink } from './call.ts';
import { type AnswerStream, nativeOf, translationOf } from './dialects/index.ts';
import { type Frame, ProviderFailure, type Usage } from './ports.ts';
import { type Joining, splice } from './splice.ts';

/** Carries the frames of one call's attempts to the caller, in its dialect, as one answer. */
export interface Relay {
  /** Before an attempt's first frame. `native`: its frames are in the caller's dialect. */
  attempt(head: AnswerHead, native: boolean, joining: Joining): void;
  /** Throws `provider.answer-too-long`. */
  push(frame: Frame): Promise<void> | undefined;
  /** The provider has finished; what is left of the answer goes out, but for the dialect's own end. */
  finish(usage: Usage | undefined): Promise<void>;
  /** The dialect's own end, once the call is recorded. */
  close(): Promise<void>;
  /** Something has reached the caller. */
  readonly begun: boolean;
  /** What was delivered, where another attempt can go on from it. */
  readonly continuable: string | undefined;
  /** The dialect's own end, which some dialects repeat the whole answer in. */
  readonly final: Uint8Array | undefined;
  /** The stop marker that ended the answer. */
  readonly stoppedBy: string | undefined;
}

/** Whether the call's frames must be understood, and so be chat completions, and not only be passed on. */
export const isFollowed = ({ streamed, midStream, markers }: Call): boolean =>
  streamed && (midStream === 'continue' || markers.length > 0);

/**
 * Events repeat an envelope of some 250 characters around each token, and only what is in it is kept: so they may be so
 * many times as long as their text.
 */
const envelopes = 8;

/** `most`: bytes of text. */
export function relayOf(call: Call, most: number, sink: StreamSink | undefined): Relay {
  let head: AnswerHead | undefined;
  let begun = false;
  let native = true;
  let translated: AnswerStream | undefined;
  let final: Frame | undefined;
  /** A first frame that says nothing yet: as long as nothing follows it, another provider may still answer. */
  let held: Frame | undefined;
  const followed = isFollowed(call) ? splice(call.choices, call.markers) : undefined;

  let textBytes = 0;
  let chars = 0;

  /** What an answer holds is kept for its record; one that does not end must not be. */
  function weigh({ text, json }: Frame): void {
    if (text !== '') textBytes += Buffer.byteLength(text);
    chars += json.length;
    if (textBytes > most || chars > most * envelopes)
      throw new ProviderFailure(
        'provider.answer-too-long',
        `The answer is longer than ${most} bytes, the most that \`limits.answerBytes\` allows.`,
        { accepted: true },
      );
  }

  function deliver(frame: Frame): Promise<void> | undefined {
    if (begun || !head) return write(frame);
    if (!held && frame.text === '' && !frame.usage && !frame.final) {
      held = frame;
      return undefined;
    }
    const before = begin(frame);
    return before ? before.then(() => write(frame)) : write(frame);
  }

  /** The answer's head, and the frame that was held back. */
  function begin(frame: Frame): Promise<void> | undefined {
    if (!head) return undefined;
    begun = true;
    const first = held;
    held = undefined;
    const headers = first?.headers ?? frame.headers;
    sink?.begin(headers ? { ...head, headers } : head);
    return first ? write(first) : undefined;
  }

  function write(frame: Frame): Promise<void> | undefined {
    if (frame.final) {
      final = frame;
      return undefined;
    }
    if (frame.usageOnly && !call.wantsUsageFrame) return undefined;
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
      // Nothing of the attempts before has reached the caller: the answer is that of whoever is asked now.
      if (!begun) {
        held = undefined;
        translated = (native ? nativeOf : translationOf)(call.operation)?.stream(
          aboutOf(call, { model: { id: next.model } }),
        );
      }
      followed?.attempt(joining);
    },
    push(frame) {
      weigh(frame);
      // What is not a chat completion cannot be followed: it is passed on.
      if (native && !translated && !(followed && call.operation === 'chat')) return deliver(frame);
      const frames = followed && (!native || call.operation === 'chat') ? followed.push(frame) : [frame];
      if (!translated) return deliverAll(frames, undefined);
      const stream = translated;
      return deliverAll(
        frames.flatMap((one) => stream.push(one)),
        begun ? undefined : frame.headers,
      );
    },
    async finish(usage) {
      if (translated) await deliverAll(translated.end(usage), undefined);
      if (held) await begin(held);
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
    get final() {
      return final && Buffer.from(final.json);
    },
    get stoppedBy() {
      return followed?.stoppedBy;
    },
  };
}
