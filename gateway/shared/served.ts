import type { Candidate, Catalogue } from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Operation } from '../../schemas/primitives.ts';

const most = 5;

/**
 * Those candidates of whom `operation` can be asked. Throws `model.not-found`, naming models of whom it can,
 * where there is none.
 */
export function servedBy(
  candidates: readonly Candidate[],
  asked: string,
  operation: Operation,
  catalogue: Catalogue,
): readonly Candidate[] {
  const able = candidates.filter(({ model }) => model.operations.has(operation));
  if (able.length > 0) return able;
  const name = JSON.stringify(asked);
  const others = [...catalogue.models.values()].filter((model) => model.operations.has(operation));
  const listed = others.slice(0, most).map(({ id }) => id);
  const message =
    others.length === 0
      ? `No configured provider serves ${operation}.`
      : candidates.length === 0
        ? `The model ${name} does not exist; GET /v1/models lists those that do.`
        : `The model ${name} does not serve ${operation}; ${listed.join(', ')}${others.length > most ? ' and others do' : listed.length === 1 ? ' does' : ' do'}.`;
  throw new DaybookError('model.not-found', message, { param: 'model' });
}
