/**
 * OpenAI's older Completions over chat completions: the prompt becomes what a user says. Several prompts at
 * once, tokens in place of text, `suffix` and a larger `best_of` have no place there and are refused by name.
 */
import type { Translation } from '../translation.ts';
import { completionOf, completionStream } from './answer.ts';
import { chatOf } from './request.ts';

export const completions: Translation = { request: chatOf, answer: completionOf, stream: completionStream };
