import { DaybookError } from '../../schemas/errors.ts';
import type { Plan } from '../../schemas/plan.ts';

/** Throws `request.invalid` where a step is named twice, needs a step that is not there, or needs itself in the end. */
export function checkPlan({ steps }: Plan): void {
  const needs = new Map<string, readonly string[]>();
  steps.forEach((step, index) => {
    if (needs.has(step.id))
      refuse(`steps[${index}].id`, `the step ${JSON.stringify(step.id)} is named twice`);
    needs.set(step.id, step.needs ?? []);
  });
  steps.forEach((step, index) => {
    const missing = step.needs?.find((id) => !needs.has(id));
    if (missing !== undefined) refuse(`steps[${index}].needs`, `there is no step ${JSON.stringify(missing)}`);
  });
  // Kahn's algorithm: take away steps whose needs are met until none is left; what stays is on a cycle.
  const open = new Map([...needs].map(([id, of]) => [id, new Set(of)]));
  for (let met = [...open].filter(([, of]) => of.size === 0); met.length > 0; ) {
    for (const [id] of met) open.delete(id);
    for (const of of open.values()) for (const [id] of met) of.delete(id);
    met = [...open].filter(([, of]) => of.size === 0);
  }
  const [cyclic] = open.keys();
  if (cyclic !== undefined) refuse('steps', `the step ${JSON.stringify(cyclic)} needs itself in the end`);
}

function refuse(param: string, problem: string): never {
  throw new DaybookError('request.invalid', `${param}: ${problem}.`, { param });
}
