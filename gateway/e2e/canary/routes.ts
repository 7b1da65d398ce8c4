import { identity } from './rows/identity.ts';
import { knowledge } from './rows/knowledge.ts';
import { management } from './rows/management.ts';
import { models } from './rows/models.ts';
import type { Row } from './rows/row.ts';

export type { Ids, Question, Row } from './rows/row.ts';

/**
 * Every route of the OpenAPI document; one that has no row fails the suite. What makes departments comes after what asks
 * for them: by then the other tenant has some of its own by those names.
 */
export const rows: readonly Row[] = [...management, ...knowledge, ...identity, ...models];
