/**
 * Prompts: what models are asked about a department's knowledge, in versioned templates, and how their replies are read.
 * Departments write the words; how sources are fenced and cited is added here, since the rest of the system relies on it.
 */
export { defaultPrompts } from './defaults.ts';
export { type PromptMessage, type PromptSet, type PromptTurn, promptSet } from './prompt-set.ts';
