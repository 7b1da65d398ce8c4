import type { Catalogue, Routed } from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Operation } from '../../schemas/primitives.ts';

const mostNamed = 5;

/**
 * Throws `model.not-found`, naming models of whom it can be asked, where those of the name that was asked for do
 * not serve the operation.
 */
export function refuseUnserved(
  { candidates, decision, question }: Routed,
  operation: Operation,
  catalogue: Catalogue,
): void {
  const serves = (id: string) => catalogue.models.get(id)?.operations.has(operation) === true;
  if (candidates.length > 0 || decision.excluded.some(({ model }) => serves(model))) return;
  const others = [...catalogue.models.keys()].filter(serves);
  const more = others.length > mostNamed ? ' and others' : '';
  const message =
    others.length === 0
      ? `No configured provider serves ${operation}.`
      : `The model ${JSON.stringify(question.model)} does not serve ${operation}; ask for ${others.slice(0, mostNamed).join(', ')}${more}.`;
  throw new DaybookError('model.not-found', message, { param: 'model' });
}
