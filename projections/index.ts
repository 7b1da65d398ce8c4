/**
 * The projections: read models in Postgres and counters, all made from the log and nothing else, so that each
 * can be thrown away and rebuilt. One folder per read model holds its projector, its SQL and its queries;
 * `runtime` runs them. It owns no events. Its door for running is `startProjections`; for reading,
 * `projections/queries.ts`.
 */
import type { ContentLog, EventLog } from '../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../schemas/errors.ts';
import { agentMessagesProjector } from './agent-messages/projector.ts';
import { answersProjector } from './answers/projector.ts';
import { auditTrailProjector } from './audit-trail/projector.ts';
import { breakersProjector } from './breakers/projector.ts';
import { budgetsProjector } from './budgets/projector.ts';
import { contentIndexProjector } from './content-index/projector.ts';
import { rebuildCounters } from './counters/rebuild.ts';
import { countersName, runCounters } from './counters/run.ts';
import { departmentsProjector } from './departments/projector.ts';
import { documentsProjector } from './documents/projector.ts';
import { eventIndexProjector } from './event-index/projector.ts';
import { keyUsesProjector } from './key-uses/projector.ts';
import { keysProjector } from './keys/projector.ts';
import { llmInvocationsProjector } from './llm-invocations/projector.ts';
import { membershipsProjector } from './memberships/projector.ts';
import type { CounterStore, ReadStore } from './ports.ts';
import { restatementsProjector } from './restatements/projector.ts';
import { reviewsProjector } from './reviews/projector.ts';
import { idleMoves } from './runtime/idle.ts';
import type { Definition, Item, Projector } from './runtime/projector.ts';
import {
  type Progress,
  type RebuildOptions,
  type RebuildResult,
  rebuild,
  rollBack,
} from './runtime/rebuild.ts';
import { run } from './runtime/runner.ts';
import { contentSource, eventSource, type ItemSource } from './runtime/source.ts';
import { reportStatus } from './runtime/status.ts';
import { tenantsProjector } from './tenants/projector.ts';
import { usersProjector } from './users/projector.ts';
import { workflowVersionsProjector } from './workflow-versions/projector.ts';

/** Every projector, in the order of GET /projections. */
export const projectors: readonly Projector[] = [
  llmInvocationsProjector,
  budgetsProjector,
  eventIndexProjector,
  contentIndexProjector,
  workflowVersionsProjector,
  agentMessagesProjector,
  keysProjector,
  keyUsesProjector,
  tenantsProjector,
  departmentsProjector,
  usersProjector,
  membershipsProjector,
  breakersProjector,
  restatementsProjector,
  auditTrailProjector,
  documentsProjector,
  answersProjector,
  reviewsProjector,
];

export interface ProjectionsOptions {
  readonly store: ReadStore;
  readonly log: EventLog;
  readonly contents: ContentLog;
  /** Also run as the projection `counters`; whoever gives it closes it. */
  readonly counters: CounterStore;
  /** Told what went wrong and is tried again; for the process's log. */
  readonly onError?: (projection: string, error: unknown) => void;
  /** `<role>:<instance>`, shown in GET /projections. */
  readonly instance?: string;
}

export interface Projections {
  /** Rebuilds a projection from zero while everything goes on. `name` may be one of its tables. */
  rebuild(name: string, options?: RebuildOptions): Promise<RebuildResult>;
  /** Rebuilds into a scratch generation, compares it with the live one, and drops it. */
  diff(name: string, options?: RebuildOptions): Promise<RebuildResult>;
  /** Goes back to the generation before the last rebuild; returns its number. */
  rollBack(name: string): Promise<number>;
}

export interface RunningProjections extends Projections {
  stop(): Promise<void>;
}

/** Rebuilds and comparisons, for a process that runs no projectors: the CLI. */
export function projections(
  options: ProjectionsOptions,
): Projections & { progress(name: string): Progress | undefined } {
  const underWay = new Map<string, Progress>();
  const build =
    (purpose: 'switch' | 'compare') =>
    async (name: string, rebuildOptions: RebuildOptions = {}): Promise<RebuildResult> => {
      const isCounters = name === countersName;
      const onProgress = (progress: Progress) => {
        underWay.set(isCounters ? name : projectorNamed(name).name, progress);
        rebuildOptions.onProgress?.(progress);
      };
      try {
        if (isCounters) {
          return await rebuildCounters(options.log, options.counters, purpose, {
            ...rebuildOptions,
            onProgress,
          });
        }
        const projector = projectorNamed(name);
        return await withSource(projector, options, (definition, source) =>
          rebuild({ store: options.store, projector: definition, source }, purpose, {
            ...rebuildOptions,
            onProgress,
          }),
        );
      } finally {
        underWay.delete(isCounters ? name : projectorNamed(name).name);
      }
    };
  return {
    rebuild: build('switch'),
    diff: build('compare'),
    rollBack: async (name) => {
      const projector = projectorNamed(name);
      return withSource(projector, options, (definition) => rollBack(options.store, definition));
    },
    progress: (name) => underWay.get(name),
  };
}

function projectorNamed(name: string): Projector {
  const found = projectors.find(
    (each) => each.name === name || each.tables.some((table) => table.name === name),
  );
  if (!found) {
    throw new DaybookError('resource.not-found', `There is no projection ${JSON.stringify(name)}.`);
  }
  return found;
}

function withSource<R>(
  projector: Projector,
  { log, contents }: Pick<ProjectionsOptions, 'log' | 'contents'>,
  fn: <I extends Item>(definition: Definition<I>, source: ItemSource<I>) => R,
): R {
  return projector.source === 'events'
    ? fn(projector, eventSource(log, projector))
    : fn(projector, contentSource(contents));
}

/** Runs every projector of this process, or stands by where another process leads it. */
export function startProjections(options: ProjectionsOptions): RunningProjections {
  const { store, log, onError, instance = 'projector' } = options;
  const own = projections(options);
  let contentEnds: ItemSource<Item>['ends'] = async () => [];
  const idle = idleMoves(store);
  const runners = projectors.map((projector) =>
    withSource(projector, options, (definition, source) => {
      if (projector.source === 'contents') contentEnds = () => source.ends();
      return run({
        store,
        projector: definition,
        source,
        upgrade: async (signal) => {
          await own.rebuild(projector.name, { signal });
        },
        idle,
        onError: (error) => onError?.(projector.name, error),
      });
    }),
  );
  runners.push(
    runCounters({
      log,
      counters: options.counters,
      store,
      onError: (error) => onError?.(countersName, error),
    }),
  );
  const contentNames = new Set(
    projectors.filter(({ source }) => source === 'contents').map(({ name }) => name),
  );
  const status = reportStatus({
    store,
    log,
    reports: () => runners.map(({ report }) => report),
    contentEnds: () => contentEnds(),
    isContent: (name) => contentNames.has(name),
    progress: own.progress,
    instance,
    onRequest: (name) => {
      own.rebuild(name).catch((error) => onError?.(name, error));
    },
  });
  return {
    ...own,
    async stop() {
      await Promise.all([...runners.map((runner) => runner.stop()), status.stop()]);
      await idle.stop();
    },
  };
}
