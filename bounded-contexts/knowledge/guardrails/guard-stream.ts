import type { GuardPolicy } from '../../../schemas/guardrails.ts';
import { type GuardFinding, personalActions, strongest } from './guard.ts';
import { findPersonalData } from './personal-data.ts';
import { redacted, signOf } from './redact.ts';

export interface GuardStream {
  /** Takes what came; `text` may be shown. Once `stop` is true nothing more comes out: something is to be blocked. */
  push(chunk: string): { readonly text: string; readonly stop: boolean };
  /** What was held back, and all findings, with offsets into the whole of what was pushed. */
  end(): { readonly text: string; readonly stop: boolean; readonly findings: readonly GuardFinding[] };
}

/** No personal data has these in it, nor looks at what is on their other side. */
const hard = /[\n\r\t,;!?"<>[\]{}|=*&^~`\\]/;
/** Words that change what the number after them is. */
const leading =
  /(?:^|[^a-z])(?:tel|fone|telefone|celular|whatsapp|zap|phone|mobile|call|ligue|version|versao|versão|release|section|secao|seção|clause|clausula|cláusula|chapter|capitulo|capítulo|item)$/i;
const longestLeading = 16;
/** Held back at most; what is longer without a break is looked at in pieces. */
const longestRun = 4_096;
const keptOfRun = 512;

/** Whether nothing that ends before `at` can go on behind it. */
function breaks(text: string, at: number): boolean {
  if (hard.test(text.charAt(at - 1))) return true;
  if (text.charAt(at) !== ' ' || !/[a-zà-öø-ÿ]/.test(text.charAt(at - 1))) return false;
  return !leading.test(text.slice(Math.max(0, at - longestLeading), at));
}

/** Where what has come can be cut, so that each part can be looked at by itself; 0 where it cannot. */
function lastBreak(text: string): number {
  for (let at = text.length - 1; at > 0; at--) if (breaks(text, at)) return at;
  return hard.test(text.charAt(text.length - 1)) ? text.length : 0;
}

/**
 * Redacts personal data in a stream: holds back only the last words that what comes next could make into something, and
 * shows the same as {@link guard} shows of the whole, however the stream is cut (runs of over 4,096 characters without a
 * comma, a line's end or a space after a small letter excepted). All else that guardrails look for needs the whole text.
 */
export function guardStream(policy: GuardPolicy, direction: 'in' | 'out'): GuardStream {
  const actions = personalActions(policy, direction);
  const kinds = [...actions.keys()];
  const findings: GuardFinding[] = [];
  let held = '';
  let before = 0;
  let stop = false;

  function release(upTo: number): string {
    const part = held.slice(0, upTo);
    const found = findPersonalData(part, kinds).map(({ kind, start, end }) => ({
      detector: kind,
      action: actions.get(kind) ?? ('log' as const),
      start,
      end,
    }));
    findings.push(...found.map((one) => ({ ...one, start: one.start + before, end: one.end + before })));
    held = held.slice(upTo);
    before += upTo;
    if (strongest(found.map(({ action }) => action)) === 'block') stop = true;
    if (stop) return '';
    return redacted(
      part,
      found.filter(({ action }) => action === 'redact'),
      ({ detector }) => signOf(detector),
    );
  }

  return {
    push(chunk) {
      if (kinds.length === 0) {
        before += chunk.length;
        return { text: chunk, stop };
      }
      held += chunk;
      let at = lastBreak(held);
      if (at === 0 && held.length > longestRun) at = held.length - keptOfRun;
      const text = at === 0 || stop ? '' : release(at);
      return { text, stop };
    },
    end() {
      const text = held === '' || stop ? '' : release(held.length);
      return { text, stop, findings };
    },
  };
}
