import { expect, test } from 'vitest';
import { readers } from './answers.ts';

const said = (content: unknown) => ({ message: { role: 'assistant', content } });

test.each([
  ['a text', [said('Yes.')], 'Yes.'],
  ['several texts', [said('a'), said('b')], 'a\nb'],
  ['a call of a tool, and no text', [{ message: { content: null, tool_calls: [{ id: 'c' }] } }], ''],
  ['a message without content', [{ message: {} }], ''],
])('of a chat completion with %s the text is known', (_name, choices, text) => {
  expect(readers.chat?.read({ choices, usage: { prompt_tokens: 3, completion_tokens: 1 } })).toEqual({
    text,
    usage: { input: 3, output: 1, cached: 0, cacheWrite: 0, reasoning: 0 },
  });
  expect(readers.chat?.read({ choices })?.usage).toBeUndefined();
});

test.each([
  ['no object', 'Yes.'],
  ['null', null],
  ['without choices', { usage: {} }],
  ['of other choices', { choices: {} }],
  ['of no choice', { choices: [] }],
  ['of choices that are none', { choices: [null] }],
  ['without messages', { choices: [{ text: 'Yes.' }] }],
  ['of a content that is no text', { choices: [said('a'), said([{ type: 'text' }])] }],
  ['of a number', { choices: [said(7)] }],
])('an answer that is %s is no chat completion', (_name, answer) => {
  expect(readers.chat?.read(answer)).toBeUndefined();
});
