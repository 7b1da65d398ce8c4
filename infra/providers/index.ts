/**
 * Providers of models: anything that speaks OpenAI's chat completions, and the one that is always there.
 * Each implements the port `Provider` of the inference context; none knows of budgets, tenants or the log.
 */
export { extractive } from './extractive.ts';
export { type OpenAiCompatibleOptions, openAiCompatible } from './openai-compatible.ts';
