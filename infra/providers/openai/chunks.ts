import type { Frame } from '../../../bounded-contexts/inference/index.ts';
import { isRecord } from '../wire/index.ts';
import { chatUsageOf } from './usage.ts';

interface ChunkChoice {
  readonly index: number;
  readonly text: string;
  readonly finished: boolean;
}

interface Chunk {
  readonly choices: readonly ChunkChoice[];
  readonly usage: unknown;
}

/** Every token of every stream comes through here: read by hand, at a tenth of what a schema costs. */
function chunkOf(value: unknown): Chunk | undefined {
  if (!isRecord(value) || !Array.isArray(value['choices'])) return undefined;
  const choices: ChunkChoice[] = [];
  for (const one of value['choices'] as readonly unknown[]) {
    if (!isRecord(one)) return undefined;
    const { index, delta, text, finish_reason: finish } = one;
    const said = isRecord(delta) ? delta['content'] : text;
    if (said != null && typeof said !== 'string') return undefined;
    choices.push({
      index: typeof index === 'number' ? index : 0,
      text: said ?? '',
      finished: typeof finish === 'string' && finish !== '',
    });
  }
  return { choices, usage: value['usage'] };
}

/** Reads the chunks of a streamed chat completion or completion, in order. */
export interface ChunkReader {
  /** 'ended' where the stream says so, 'malformed' where `json` is no chunk. */
  push(json: string, value: unknown): Frame | 'malformed' | 'repeated';
  /** Chunks that made sense. */
  readonly frames: () => number;
  /** Every choice has its `finish_reason`. */
  readonly finished: () => boolean;
  /** Finished, and its usage is known since: nothing can come that matters. */
  readonly whole: () => boolean;
}

/** `expected`: how many choices the caller asked for. */
export function chunkReader(expected: number): ChunkReader {
  const done = new Set<number>();
  let frames = 0;
  let whole = false;
  const finished = () => done.size >= expected;

  return {
    frames: () => frames,
    finished,
    whole: () => whole,
    push(json, value) {
      const chunk = chunkOf(value);
      if (!chunk) return 'malformed';
      frames++;
      const { choices } = chunk;
      const usage = chunk.usage == null ? undefined : chatUsageOf(chunk.usage);
      // A choice ends once: what a provider says after it, another end above all, would confuse a client.
      const late = choices.length > 0 && choices.every(({ index }) => done.has(index));
      for (const choice of choices) if (choice.finished) done.add(choice.index);
      if (usage && finished()) whole = true;
      if (late) {
        if (!usage || !isRecord(value)) return 'repeated';
        return { json: JSON.stringify({ ...value, choices: [] }), text: '', usage, usageOnly: true };
      }
      return {
        json,
        text: choices.length === 1 ? (choices[0]?.text ?? '') : choices.map((one) => one.text).join(''),
        ...(usage ? { usage } : {}),
        usageOnly: choices.length === 0,
      };
    },
  };
}
