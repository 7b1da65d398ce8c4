import type { RoutingPolicy } from '../../../schemas/config/routing.ts';
import type { Tier } from '../../../schemas/primitives.ts';

/** What of a request says how hard it is. Numbers only: nothing of its content is kept. */
export interface Features {
  /** Characters of text in the request. */
  readonly chars: number;
  readonly messages: number;
  readonly images: number;
  readonly tools: boolean;
  readonly json: boolean;
  readonly code: boolean;
  /** Words that ask for reasoning: how many different ones. */
  readonly cues: number;
}

export interface Complexity {
  readonly points: number;
  readonly tier: Tier;
  /** Each rule that gave points, with how many. */
  readonly because: readonly string[];
}

const cues =
  /\b(step by step|prove|proof|derive|theorem|analy[sz]e|compare|trade-?offs?|architecture|refactor|debug|root cause|optimi[sz]e|plan|strategy|contract|diagnos\w+|explain why|critically|evaluate|passo a passo|analise|explique por que|demonstre|planeje)\b/gi;

const searched = 32_768;

/** Reads the marks of difficulty from a request's JSON; at most its first 32 KiB are searched for words. */
export function wordsOf(json: string): Pick<Features, 'code' | 'cues'> {
  const text = json.slice(0, searched);
  const found = new Set([...text.matchAll(cues)].map(([word]) => word.toLowerCase()));
  return {
    code: text.includes('```') || /\b(function|class|def|SELECT|import) /.test(text),
    cues: found.size,
  };
}

/**
 * Which tier a request deserves: the sum of the points below, against the policy's thresholds. An image needs
 * a model that sees (tier 2) unless the points ask for the best.
 */
export function complexityOf(features: Features, { tier1, tier3 }: RoutingPolicy['auto']): Complexity {
  const because: string[] = [];
  let points = 0;
  const add = (count: number, what: string) => {
    if (count <= 0) return;
    points += count;
    because.push(`${what}: ${count}`);
  };
  add(Math.min(30, Math.floor(features.chars / 400)), `${features.chars} characters`);
  add(Math.min(15, Math.floor(features.messages / 2)), `${features.messages} messages`);
  add(features.code ? 15 : 0, 'code');
  add(features.tools ? 15 : 0, 'tools');
  add(features.json ? 5 : 0, 'a format');
  add(Math.min(40, features.cues * 12), `${features.cues} words that ask for reasoning`);
  const wanted = points >= tier3 ? 3 : features.images > 0 ? 2 : points >= tier1 ? 1 : 0;
  if (features.images > 0) because.push(`${features.images} images need tier 2`);
  return { points, tier: wanted, because };
}
