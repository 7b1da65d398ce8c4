/** Everything that may be asked of the read models: the one door of the projections for gateways and CLI. */
export * from './agent-messages/queries.ts';
export * from './breakers/queries.ts';
export * from './budgets/queries.ts';
export * from './content-index/queries.ts';
export * from './departments/queries.ts';
export * from './event-index/queries.ts';
export * from './keys/queries.ts';
export * from './llm-invocations/queries.ts';
export * from './memberships/queries.ts';
export type { ReadStore } from './ports.ts';
export type { Page, PageOptions } from './runtime/page.ts';
export * from './runtime/queries.ts';
export { requestRebuild } from './runtime/requests.ts';
export { waitFor } from './runtime/wait.ts';
export * from './spend-rollups/queries.ts';
export * from './tenants/queries.ts';
export * from './users/queries.ts';
export * from './workflow-versions/queries.ts';
