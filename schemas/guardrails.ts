import { z } from 'zod';

/** What is done about a finding. `redact` needs a place in the text; `log` only records. */
export const guardAction = z.enum(['block', 'escalate', 'redact', 'log', 'off']);
export type GuardAction = z.infer<typeof guardAction>;

export const personalDataKinds = ['cpf', 'cnpj', 'email', 'phone', 'card', 'iban', 'ip'] as const;
export type PersonalDataKind = (typeof personalDataKinds)[number];

const unplaced = guardAction.exclude(['redact']);

const personalData = z.strictObject({
  cpf: guardAction.optional(),
  cnpj: guardAction.optional(),
  email: guardAction.optional(),
  phone: guardAction.optional(),
  card: guardAction.optional(),
  iban: guardAction.optional(),
  ip: guardAction.optional(),
});

/** From 0 (nothing) to 1. */
const score = z.number().min(0).max(1);

/** Words and phrases of a topic; a `*` at the end stands for any ending. Case and diacritics do not count. */
const topic = z.strictObject({
  name: z.string().trim().min(1).max(60),
  words: z.array(z.string().trim().min(2).max(60)).min(1).max(500),
});

const common = {
  personalData: personalData.default({}),
  toxicity: z.strictObject({ action: unplaced.default('off'), threshold: score.default(0.8) }).prefault({}),
  topics: z
    .strictObject({
      action: unplaced.default('block'),
      /** Not to be spoken of. */
      denied: z.array(topic).max(100).default([]),
      /** Where there are any, nothing else is to be asked. */
      allowed: z.array(topic).max(100).default([]),
    })
    .prefault({}),
};

/** At 0.4 about one benign document in two hundred is taken for an attack: `npm run bench -- guardrails`. */
const manipulation = (action: GuardAction) =>
  z.strictObject({ action: guardAction.default(action), threshold: score.default(0.4) }).prefault({});

/**
 * What a department's guardrails do: with questions (`in`), with retrieved text before a model sees it (`source`), with
 * answers (`out`). What is absent is `off`, but for prompt injection and jailbreaks, which escalate in a question and are taken out of
 * sources, and grounding.
 */
export const guardPolicy = z.strictObject({
  /** Counted up by whoever changes it; recorded with every finding. */
  version: z.number().int().positive(),
  in: z
    .strictObject({ ...common, injection: manipulation('escalate'), jailbreak: manipulation('escalate') })
    .prefault({}),
  source: z
    .strictObject({
      personalData: personalData.default({}),
      injection: manipulation('redact'),
      jailbreak: manipulation('redact'),
    })
    .prefault({}),
  out: z
    .strictObject({
      ...common,
      grounding: z
        .strictObject({
          action: unplaced.default('escalate'),
          /** The share of claims that may be unsupported. */
          threshold: score.default(0.5),
        })
        .prefault({}),
    })
    .prefault({}),
});
export type GuardPolicy = z.infer<typeof guardPolicy>;
/** As it is written, before defaults. */
export type GuardPolicyInput = z.input<typeof guardPolicy>;
