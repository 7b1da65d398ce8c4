import { hash } from 'node:crypto';
import type { PromptTemplates, PromptTexts } from '../../../schemas/prompts.ts';
import { fence } from '../guardrails/index.ts';
import { formatRules } from './format.ts';
import { readList, readMissing, readPassage, readRewrite } from './replies.ts';

export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** An earlier question and what was answered, oldest first. */
export interface PromptTurn {
  readonly question: string;
  readonly answer: string;
}

interface Asked {
  readonly question: string;
  /** Of the question, as detected: `pt`, or anything else for English. */
  readonly language: string;
}

/** A department's prompts, ready to be asked with, and the readers of what models reply. All pure. */
export interface PromptSet {
  /** Of its content: part of what an answer depends on. */
  readonly version: string;
  /** To answer from passages, which are numbered from 1, fenced, and to be cited as `citations/` reads it. */
  answer(
    asked: Asked & { readonly passages: readonly string[]; readonly turns: readonly PromptTurn[] },
  ): PromptMessage[];
  /** To make a follow-up question stand alone. */
  rewrite(asked: Asked & { readonly turns: readonly PromptTurn[] }): PromptMessage[];
  /** To word a question in `count` other ways. */
  expand(asked: Asked & { readonly count: number }): PromptMessage[];
  /** To take a question apart into at most `count`. */
  decompose(asked: Asked & { readonly count: number }): PromptMessage[];
  /** To say what the passages lack, in at most `count` questions. */
  missing(asked: Asked & { readonly passages: readonly string[]; readonly count: number }): PromptMessage[];
  /** To write a passage as it could answer the question, for searching (Gao et al., HyDE, 2022). */
  hypothetical(asked: Asked): PromptMessage[];
  /** The question, or undefined where the reply is none. */
  readRewrite(reply: string): string | undefined;
  /** Wordings or questions, at most `count`, each once. */
  readList(reply: string, count: number): string[];
  /** Empty where nothing is missing. */
  readMissing(reply: string, count: number): string[];
  readHypothetical(reply: string): string | undefined;
}

/** Fills in all placeholders at once: what is filled in is never read as a template. */
const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => values[name] ?? '');

export function promptSet(templates: PromptTemplates): PromptSet {
  const of = (
    language: string,
  ): { readonly texts: PromptTexts; readonly rules: (typeof formatRules)['en' | 'pt'] } =>
    language === 'pt' && templates.texts.pt
      ? { texts: templates.texts.pt, rules: formatRules.pt }
      : { texts: templates.texts.en, rules: formatRules.en };

  const conversation = (
    turns: readonly PromptTurn[],
    { none, asker, answerer }: (typeof formatRules)['en'],
  ) =>
    turns.length === 0
      ? none
      : turns.map(({ question, answer }) => `${asker}: ${question}\n${answerer}: ${answer}`).join('\n\n');

  const user = (content: string): PromptMessage => ({ role: 'user', content });

  return {
    version: `${templates.id}@${templates.version}-${hash('sha256', JSON.stringify([templates, formatRules.en.answer(''), formatRules.pt.answer('')])).slice(0, 8)}`,
    answer({ question, language, passages, turns }) {
      const { texts, rules } = of(language);
      const told = conversation(turns, rules);
      const { blocks, mark } = fence(passages, [question, told]);
      return [
        { role: 'system', content: `${texts.system}\n\n${rules.answer(mark)}` },
        user(filled(texts.answer, { question, mark, sources: blocks.join('\n\n'), conversation: told })),
      ];
    },
    rewrite({ question, language, turns }) {
      const { texts, rules } = of(language);
      return [user(filled(texts.rewrite, { question, conversation: conversation(turns, rules) }))];
    },
    expand: ({ question, language, count }) => [
      user(filled(of(language).texts.expand, { question, count: String(count) })),
    ],
    decompose: ({ question, language, count }) => [
      user(filled(of(language).texts.decompose, { question, count: String(count) })),
    ],
    missing({ question, language, passages, count }) {
      const { blocks, mark } = fence(passages, [question]);
      const sources = blocks.join('\n\n');
      return [user(filled(of(language).texts.missing, { question, mark, sources, count: String(count) }))];
    },
    hypothetical: ({ question, language }) => [user(filled(of(language).texts.hypothetical, { question }))],
    readRewrite,
    readList,
    readMissing,
    readHypothetical: readPassage,
  };
}
