import type { PriceConfig } from '../../schemas/config/file.ts';
import type { Capability, Tier } from '../../schemas/primitives.ts';

/** What a provider publishes of a model: its price, and what is worth knowing before it is asked. */
export interface Listed {
  readonly price: PriceConfig;
  /** At most what the model reads; less where the price holds for no more. */
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities?: readonly Capability[];
  /** Where it is not the provider's. */
  readonly tier?: Tier;
}

const k = 1_000;

const price = (input: string, output: string, cachedInput?: string, cacheWrite?: string): PriceConfig => ({
  input,
  output,
  ...(cachedInput === undefined ? {} : { cachedInput }),
  ...(cacheWrite === undefined ? {} : { cacheWrite }),
});

const openAiChat: readonly Capability[] = ['tools', 'vision', 'json', 'choices'];
const openAiWithLogprobs: readonly Capability[] = [...openAiChat, 'logprobs'];
const small = { tier: 2 } as const;

/** 400,000 tokens in all, of them at most 128,000 of answer, as all of the family has it. */
const gpt5 = (of: PriceConfig): Listed => ({
  price: of,
  contextTokens: 400 * k,
  maxOutputTokens: 128 * k,
  capabilities: openAiChat,
});
/** Their window is larger, but beyond 272,000 tokens of input a request costs twice as much: the price is for these. */
const gpt6 = gpt5;
const gpt41 = (of: PriceConfig): Listed => ({
  price: of,
  contextTokens: 1_047_576,
  maxOutputTokens: 32_768,
  capabilities: openAiWithLogprobs,
});
const gpt4o = (of: PriceConfig): Listed => ({
  price: of,
  contextTokens: 128 * k,
  maxOutputTokens: 16_384,
  capabilities: openAiWithLogprobs,
});
const embedding = (input: string): Listed => ({
  price: price(input, '0'),
  contextTokens: 8_192,
  capabilities: [],
  tier: 2,
});

const claudeCan: readonly Capability[] = ['tools', 'vision', 'json'];

/** Writing to the cache is priced as its shorter life has it, five minutes, which is what a request gets unasked. */
const claude = (
  input: string,
  output: string,
  cachedInput: string,
  cacheWrite: string,
  contextTokens = 1_000 * k,
  maxOutputTokens = 128 * k,
  more: readonly Capability[] = [],
): Listed => ({
  price: price(input, output, cachedInput, cacheWrite),
  contextTokens,
  maxOutputTokens,
  capabilities: [...claudeCan, ...more],
});

const open = (
  of: PriceConfig,
  contextTokens: number,
  capabilities: readonly Capability[] = ['tools', 'json', 'logprobs', 'choices'],
): Listed => ({ price: of, contextTokens, capabilities });

const withVision: readonly Capability[] = ['tools', 'vision', 'json', 'logprobs', 'choices'];

/**
 * US dollars per million tokens, from the providers' public lists as of November 2026. The file overrides them.
 * Names are the providers' own; a dated snapshot has the price of its name without the date.
 */
const lists: Readonly<Record<string, Readonly<Record<string, Listed>>>> = {
  openai: {
    'gpt-6-astra': gpt6(price('10', '50', '1', '12.5')),
    'gpt-6.2-sol': gpt6(price('2', '10', '0.1', '2.5')),
    'gpt-6.1-sol': gpt6(price('2', '10', '0.1', '2.5')),
    'gpt-6.1-terra': gpt6(price('1', '5', '0.05', '1.25')),
    'gpt-6-sol': gpt6(price('2', '10', '0.2', '2.5')),
    'gpt-6-luna': { ...gpt6(price('0.1', '0.5', '0.01', '0.125')), ...small },
    'gpt-5.6-sol': gpt5(price('4', '20', '0.4')),
    'gpt-5.6-terra': gpt5(price('2', '12', '0.2')),
    'gpt-5.6-luna': { ...gpt5(price('0.2', '1.2', '0.02')), ...small },
    'gpt-5.5': gpt5(price('5', '30', '0.5')),
    'gpt-5.5-pro': gpt5(price('30', '180')),
    'gpt-5.4': gpt5(price('2.5', '15', '0.25')),
    'gpt-5.4-mini': { ...gpt5(price('0.75', '4.5', '0.075')), ...small },
    'gpt-5.2': gpt5(price('1.75', '14', '0.175')),
    'gpt-5.1': gpt5(price('1.25', '10', '0.125')),
    'gpt-5': gpt5(price('1.25', '10', '0.125')),
    'gpt-5-mini': { ...gpt5(price('0.25', '2', '0.025')), ...small },
    'gpt-5-nano': { ...gpt5(price('0.05', '0.4', '0.005')), ...small },
    'gpt-4.1': gpt41(price('2', '8', '0.5')),
    'gpt-4.1-mini': { ...gpt41(price('0.4', '1.6', '0.1')), ...small },
    'gpt-4.1-nano': { ...gpt41(price('0.1', '0.4', '0.025')), ...small },
    'gpt-4o': gpt4o(price('2.5', '10', '1.25')),
    'gpt-4o-mini': { ...gpt4o(price('0.15', '0.6', '0.075')), ...small },
    'text-embedding-3-small': embedding('0.02'),
    'text-embedding-3-large': embedding('0.13'),
    'text-embedding-ada-002': embedding('0.1'),
    'omni-moderation-latest': { price: price('0', '0'), capabilities: ['vision'], tier: 2 },
  },
  anthropic: {
    'claude-opus-5-5': claude('4', '20', '0.2', '5'),
    'claude-opus-5': claude('5', '25', '0.5', '6.25'),
    'claude-opus-4-8': claude('5', '25', '0.5', '6.25'),
    'claude-opus-4-7': claude('5', '25', '0.5', '6.25'),
    'claude-opus-4-6': claude('5', '25', '0.5', '6.25'),
    'claude-opus-4-5': claude('5', '25', '0.5', '6.25', 200 * k, 64 * k, ['prefill']),
    'claude-fable-5-1': claude('10', '50', '0.25', '12.5'),
    'claude-fable-5': claude('10', '50', '1', '12.5'),
    'claude-sonnet-5-5': claude('2', '10', '0.1', '2.5'),
    'claude-sonnet-5': claude('2', '10', '0.2', '2.5'),
    'claude-sonnet-4-6': claude('3', '15', '0.3', '3.75', 1_000 * k, 64 * k),
    'claude-sonnet-4-5': claude('3', '15', '0.3', '3.75', 200 * k, 64 * k, ['prefill']),
    // Beyond 100,000 tokens of input a request costs five times as much.
    'claude-haiku-5-5': claude('0.1', '0.5', '0.01', '0.125', 228 * k),
    'claude-haiku-4-5': claude('1', '5', '0.1', '1.25', 200 * k, 64 * k, ['prefill']),
  },
  fireworks: {
    'accounts/fireworks/models/kimi-k2p6': open(price('0.95', '4', '0.16'), 262_144, withVision),
    'accounts/fireworks/models/kimi-k2p5': open(price('0.6', '3', '0.1'), 262_144, withVision),
    'accounts/fireworks/models/deepseek-v4-pro': open(price('1.74', '3.48', '0.145'), 1_000 * k),
    'accounts/fireworks/models/deepseek-v3p2': open(price('0.56', '1.68', '0.28'), 163_840),
    'accounts/fireworks/models/deepseek-v3p1': open(price('0.56', '1.68', '0.28'), 163_840),
    'accounts/fireworks/models/glm-5p2': open(price('1.4', '4.4', '0.26'), 1_048_576),
    'accounts/fireworks/models/glm-5p1': open(price('1.4', '4.4', '0.26'), 202_752),
    'accounts/fireworks/models/glm-5': open(price('1', '3.2', '0.2'), 202_752),
    'accounts/fireworks/models/glm-4p7': open(price('0.6', '2.2', '0.3'), 202_752),
    'accounts/fireworks/models/minimax-m2p7': open(price('0.3', '1.2', '0.06'), 196_608),
    'accounts/fireworks/models/minimax-m2p5': open(price('0.3', '1.2', '0.03'), 196_608),
    'accounts/fireworks/models/qwen3-vl-30b-a3b-instruct': open(
      price('0.15', '0.6', '0.075'),
      262_144,
      withVision,
    ),
    'accounts/fireworks/models/gpt-oss-120b': open(price('0.15', '0.6', '0.015'), 131_072),
    'accounts/fireworks/models/gpt-oss-20b': open(price('0.07', '0.3', '0.035'), 131_072),
  },
  together: {
    'meta-llama/Llama-3.3-70B-Instruct-Turbo': open(price('0.88', '0.88'), 131_072),
    'openai/gpt-oss-120b': open(price('0.15', '0.6'), 131_072),
    'openai/gpt-oss-20b': open(price('0.05', '0.2'), 131_072),
    'deepseek-ai/DeepSeek-V4-Flash-0731': open(price('0.14', '0.28'), 1_000 * k),
    'deepseek-ai/DeepSeek-R1': open(price('3', '7'), 163_840),
    'deepseek-ai/DeepSeek-V3': open(price('1.25', '1.25'), 131_072),
    'deepseek-ai/DeepSeek-V3.1': open(price('0.6', '1.7'), 131_072),
    'moonshotai/Kimi-K2-Instruct-0905': open(price('1', '3'), 262_144),
    'moonshotai/Kimi-K2-Thinking': open(price('1.2', '4'), 262_144),
    'moonshotai/Kimi-K2.5': open(price('0.5', '2.8'), 262_144, withVision),
    'Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8': open(price('2', '2'), 262_144),
    'MiniMaxAI/MiniMax-M2.5': open(price('0.3', '1.2'), 204_800),
    'essentialai/Rnj-1-Instruct': open(price('0.15', '0.15'), 32_768),
  },
};

/** What is charged for a model of which no price is known: too much rather than nothing. */
export const cautious: PriceConfig = { input: '10', output: '40' };

const dated = /-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/;

/** `book`: openai, anthropic, fireworks or together; any other has no list. */
export function listedModel(book: string, name: string): Listed | undefined {
  const list = Object.hasOwn(lists, book) ? lists[book] : undefined;
  if (!list) return undefined;
  const known = [name, name.replace(dated, '')].find((one) => Object.hasOwn(list, one));
  return known === undefined ? undefined : list[known];
}
