import { growingText } from './growing-text.ts';
import { type MarkerWatch, markerWatch } from './markers.ts';
import { type Frame, ProviderFailure } from './ports.ts';

/** How an attempt's answer joins what was delivered: it is the first, it goes on from there, it begins anew. */
export type Joining = 'first' | 'goes-on' | 'starts-again';

/**
 * Makes one answer of the streamed chat completions of several attempts, and ends it at a stop marker. Text of
 * an attempt that begins anew is passed over for as long as it repeats what was delivered.
 */
export interface Splice {
  attempt(joining: Joining): void;
  /** What of this frame goes to the caller. Throws `provider.cut-off` where an answer that begins anew differs. */
  push(frame: Frame): readonly Frame[];
  /** Text delivered. */
  readonly text: string;
  /** Delivered was the text of one choice and nothing else, so that it can be gone on from. */
  readonly continuable: boolean;
  readonly stoppedBy: string | undefined;
}

interface Chunk {
  readonly id?: string;
  readonly choices: readonly {
    readonly index?: number;
    readonly delta?: Readonly<Record<string, unknown>> & { readonly content?: string | null };
    readonly finish_reason?: string | null;
  }[];
}

export function splice(choices: number, markers: readonly string[]): Splice {
  const watch: MarkerWatch | undefined =
    markers.length > 0 && choices === 1 ? markerWatch(markers) : undefined;
  const text = growingText();
  let length = 0;
  let plain = choices === 1;
  let id: string | undefined;
  let joining: Joining = 'first';
  /** Of an attempt that begins anew: what it has to repeat, and how much of it it has. */
  let target = '';
  let repeated = 0;
  let stoppedBy: string | undefined;

  function grow(by: string): void {
    text.add(by);
    length += by.length;
  }

  /** The part of `content` that was not delivered before. */
  function fresh(content: string): string {
    if (repeated >= target.length) return content;
    const expected = target.slice(repeated, repeated + content.length);
    if (!content.startsWith(expected)) throw differs();
    repeated += expected.length;
    return content.slice(expected.length);
  }

  return {
    attempt(how) {
      joining = how;
      target = how === 'starts-again' ? text.whole() : '';
      repeated = 0;
    },
    push(frame) {
      const chunk: Chunk = JSON.parse(frame.json);
      id ??= chunk.id;
      const [choice] = chunk.choices;
      if (!choice || chunk.choices.length > 1) {
        plain &&= chunk.choices.length === 0;
        return [frame];
      }
      const { delta = {}, finish_reason: finish } = choice;
      const { content } = delta;
      plain &&= Object.keys(delta).every(
        (key) => harmless.has(key) || delta[key] == null || delta[key] === '',
      );
      if (typeof content !== 'string' || content === '') {
        const catchingUp = repeated < target.length;
        if (catchingUp && typeof finish === 'string') throw differs();
        // A second beginning is not for the caller.
        if (catchingUp || (joining !== 'first' && 'role' in delta && finish == null)) return [];
        return joining === 'first' ? [frame] : [rewritten(frame, chunk, delta)];
      }
      const added = fresh(content);
      if (added === '' && finish == null) return [];
      const hit = watch?.look(added);
      if (hit) {
        stoppedBy = hit.marker;
        const last = added.slice(0, Math.max(0, hit.end - length));
        grow(last);
        return [
          ...(last === '' ? [] : [rewritten(frame, chunk, { ...delta, content: last }, null, last)]),
          rewritten(frame, chunk, {}, 'stop', ''),
        ];
      }
      grow(added);
      if (joining === 'first') return [frame];
      return [rewritten(frame, chunk, { ...delta, content: added }, finish, added)];
    },
    get text() {
      return text.whole();
    },
    get continuable() {
      return plain && length > 0;
    },
    get stoppedBy() {
      return stoppedBy;
    },
  };

  function rewritten(
    frame: Frame,
    chunk: Chunk,
    delta: Readonly<Record<string, unknown>>,
    finish: string | null | undefined = chunk.choices[0]?.finish_reason,
    said = frame.text,
  ): Frame {
    const choice = { ...chunk.choices[0], delta, finish_reason: finish ?? null };
    const json = JSON.stringify({ ...chunk, ...(id === undefined ? {} : { id }), choices: [choice] });
    return { ...frame, json, text: said };
  }
}

const harmless: ReadonlySet<string> = new Set(['role', 'content']);

const differs = () =>
  new ProviderFailure(
    'provider.cut-off',
    'The answer broke off, and the model that began it anew did not repeat what was delivered.',
    { accepted: true },
  );
