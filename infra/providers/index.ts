/**
 * Providers of models: whatever speaks OpenAI's API, Anthropic, Ollama, and the two that are always there. Each
 * implements the port `Provider` of the inference context; none knows of budgets, tenants or the log, and none
 * tries anything twice.
 */
export { type AnthropicOptions, anthropic } from './anthropic/index.ts';
export { builtin, builtinModels, hashEmbedding } from './builtin/index.ts';
export { type OllamaOptions, ollama } from './ollama/index.ts';
export { type OpenAiCompatibleOptions, openAiCompatible, openAiOperations } from './openai/index.ts';
