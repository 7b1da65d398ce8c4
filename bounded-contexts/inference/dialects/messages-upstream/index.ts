/**
 * Anthropic's messages as a provider speaks them: chat completions, the hub of every dialect, are carried there
 * and back. Pure; the adapter sends and receives.
 */
export { type ChatAnswer, chatAnswer, isMessage } from './answer.ts';
export { type MessagesRequest, messagesRequest } from './request.ts';
export { type ChatChunks, chatChunks } from './stream.ts';
export { messagesUsageOf } from './usage.ts';
