import type { z } from 'zod';
import { agentEvents } from './agents.ts';
import { approvalEvents } from './approvals.ts';
import { auditEvents } from './audit.ts';
import { budgetEvents } from './budgets.ts';
import { governanceEvents } from './governance.ts';
import { identityEvents } from './identity.ts';
import { inferenceEvents } from './inference.ts';
import { knowledgeEvents } from './knowledge.ts';
import { retentionEvents } from './retention.ts';
import { secretEvents } from './secrets.ts';
import { workflowEvents } from './workflows.ts';

/** Every kind of event that Daybook knows, with its present version and schema. */
export const eventCatalogue = {
  ...identityEvents,
  ...budgetEvents,
  ...inferenceEvents,
  ...agentEvents,
  ...workflowEvents,
  ...governanceEvents,
  ...secretEvents,
  ...auditEvents,
  ...retentionEvents,
  ...knowledgeEvents,
  ...approvalEvents,
} as const;

export type EventType = keyof typeof eventCatalogue;
export type EventData<T extends EventType> = z.infer<(typeof eventCatalogue)[T]['schema']>;

/** An event as a decider returns it and as `evolve` receives it: a discriminated union over `type`. */
export type DaybookEvent<T extends EventType = EventType> = {
  [K in T]: { readonly type: K; readonly data: EventData<K> };
}[T];

export type { Recipient } from './agents.ts';
export type { Attempt, Attribution, RecordedDecision } from './inference.ts';
