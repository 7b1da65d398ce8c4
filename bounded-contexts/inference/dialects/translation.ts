import type { Frame, Usage } from '../ports.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What an answer in another dialect must tell that a chat completion does not. */
export interface AnswerAbout {
  /** UUIDv7 of the invocation; answers' ids are made of it. */
  readonly invocation: string;
  /** `provider/model` that answers. */
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
  /** The caller's body. */
  readonly request: Json;
}

/** Turns the frames of a streamed chat completion into those of another dialect, in order. */
export interface AnswerStream {
  push(frame: Frame): readonly Frame[];
  /** Once the provider has finished its answer; the last frame is marked `final`. */
  end(usage: Usage | undefined): readonly Frame[];
}

/**
 * What Daybook changes where a provider speaks the caller's dialect itself: ids that must be its own, a format
 * that not every provider has. Whoever needs nothing of the kind has no such entry, and bytes pass as they are.
 */
export interface Native {
  request(body: Json): Record<string, unknown>;
  answer(body: Uint8Array, about: AnswerAbout): Uint8Array;
  stream(about: AnswerAbout): AnswerStream;
}

/**
 * Carries a dialect over OpenAI's chat completions, the hub of every translation: a dialect is translated to
 * and from the hub only, so that any one can be in front of any provider.
 */
export interface Translation {
  /** The caller's body as a chat completion request. Throws `request.unsupported` naming what has no place there. */
  request(body: Json): Record<string, unknown>;
  /** A whole chat completion as the caller's dialect has it. */
  answer(completion: Json, about: AnswerAbout): Json;
  stream(about: AnswerAbout): AnswerStream;
}
