import type { Filter, RevisionFacts } from './ports.ts';

type Test = (facts: RevisionFacts) => boolean;

const oneOf = <T>(wanted: readonly T[] | undefined, of: (facts: RevisionFacts) => T | undefined): Test[] => {
  if (!wanted) return [];
  const set = new Set(wanted);
  return [
    (facts) => {
      const value = of(facts);
      return value !== undefined && set.has(value);
    },
  ];
};

const all =
  (tests: readonly Test[]): Test =>
  (facts) =>
    tests.every((test) => test(facts));

/** What the asker may see of a department. Statistics are taken over it and nothing beyond it. */
export const withinPrivacy = ({ privacy }: Filter): Test => all(oneOf(privacy, (facts) => facts.privacy));

/** What the asker wants of it. */
export function wanted(filter: Filter): Test {
  const { from, to } = filter;
  const tags = filter.tags && new Set(filter.tags);
  return all([
    ...oneOf(filter.types, (facts) => facts.type),
    ...oneOf(filter.sources, (facts) => facts.source),
    ...oneOf(filter.authors, (facts) => facts.author),
    ...oneOf(filter.languages, (facts) => facts.language),
    ...oneOf(filter.documents, (facts) => facts.document),
    ...(tags ? [(facts: RevisionFacts) => facts.tags.some((tag) => tags.has(tag))] : []),
    ...(from === undefined ? [] : [after(Date.parse(from))]),
    ...(to === undefined ? [] : [before(Date.parse(to))]),
  ]);
}

const after =
  (moment: number): Test =>
  (facts) =>
    Date.parse(facts.date) >= moment;
const before =
  (moment: number): Test =>
  (facts) =>
    Date.parse(facts.date) < moment;

/** Whether the filter leaves out anything that rights let through. */
export const asksForAll = ({ departments: _, privacy: __, ...rest }: Filter): boolean =>
  Object.values(rest).every((value) => value === undefined);
