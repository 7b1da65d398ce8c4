/**
 * Knowledge: from documents to answers whose every citation was found in its source. Each folder is a part of it, with
 * its own door; all of them are functions of their arguments.
 */
export * from './citations/index.ts';
export * from './confidence/index.ts';
export * from './guardrails/index.ts';
export * from './prompts/index.ts';
export * from './semantic-cache/index.ts';
