import type { Catalogue, Model } from './catalogue.ts';

export interface Candidate {
  readonly model: Model;
  /** Why it stands where it stands. */
  readonly reason: string;
}

/** Who could answer a call for `name`, in the order in which they are tried. Empty where no model has it. */
export function route(name: string, catalogue: Catalogue): readonly Candidate[] {
  const exact = catalogue.models.get(name);
  if (exact) return [{ model: exact, reason: 'named exactly' }];
  const alias = catalogue.aliases.get(name);
  const ids = alias ?? catalogue.bare.get(name) ?? [];
  return ids.flatMap((id, index) => {
    const model = catalogue.models.get(id);
    const reason = alias ? `route ${name}, choice ${index + 1}` : `serves ${name}, choice ${index + 1}`;
    return model ? [{ model, reason }] : [];
  });
}
