/**
 * Workflows, first cut: immutable versions of plans. Owns the family `workflow` (`workflow.version.published`),
 * one aggregate a workflow; a definition is a content under the tenant's own key, named by its hash.
 */
import { createHash } from 'node:crypto';
import { DaybookError } from '../../schemas/errors.ts';
import type { Plan } from '../../schemas/plan.ts';
import {
  type Clock,
  type ContentWriter,
  type EventLog,
  execute,
  load,
  type Position,
  sealContent,
  subjectOf,
  uuidv7,
  type Vault,
} from '../kernel/index.ts';
import { canonicalJson } from './canonical-json.ts';
import { checkPlan } from './plan.ts';
import { workflowDecider } from './workflow.ts';

export { diffOf, type VersionDiff } from './diff.ts';

export interface WorkflowPorts {
  readonly log: EventLog;
  readonly contents: ContentWriter;
  readonly vault: Vault;
  readonly clock: Clock;
}

export interface Publish {
  readonly tenant: string;
  readonly workflow: string;
  readonly plan: Plan;
  readonly note?: string;
  readonly actor: string;
  /** Publish only while the newest version still has this hash, else `request.precondition-failed`. */
  readonly ifHash?: string;
}

export interface PublishedVersion {
  readonly version: number;
  readonly hash: string;
  /** False where the newest version is the same plan already. */
  readonly created: boolean;
  readonly position: Position;
}

/** Publishes a plan as the workflow's next version. Throws `request.invalid` for what is no plan. */
export async function publishVersion(ports: WorkflowPorts, command: Publish): Promise<PublishedVersion> {
  const { tenant, workflow, plan, note, actor } = command;
  checkPlan(plan);
  const text = canonicalJson(plan);
  const hash = createHash('sha256').update(text).digest('hex');
  const subject = subjectOf(tenant, 'workflow', workflow);
  const { state, head } = await load(ports.log, subject, workflowDecider);
  if (command.ifHash !== undefined && command.ifHash !== state.hash)
    throw new DaybookError('request.precondition-failed');
  if (state.hash === hash && head !== null)
    return { version: state.version, hash, created: false, position: head };
  const definition = uuidv7(ports.clock());
  const sealed = await sealContent(
    ports.vault,
    { tenant, subject: 'tenant', id: definition, field: 'definition' },
    Buffer.from(text),
  );
  await ports.contents.put(tenant, sealed);
  const done = await execute(
    ports.log,
    ports.clock,
    subject,
    workflowDecider,
    { workflow, hash, definition, ...(note === undefined ? {} : { note }) },
    { actor, ...(command.ifHash === undefined || head === null ? {} : { ifMatch: head }) },
  );
  if (done.position === null) throw new DaybookError('internal', 'A published version has no commit.');
  return { version: done.state.version, hash, created: done.events.length > 0, position: done.position };
}
