import type { Schemas } from '@qdrant/js-client-rest';
import type { Filter } from '../../../bounded-contexts/knowledge/index.ts';

type Condition = Schemas['FieldCondition'];

export const is = (key: string, value: string): Condition => ({ key, match: { value } });
const isAny = (key: string, values: readonly string[] | undefined): Condition[] =>
  values ? [{ key, match: { any: [...values] } }] : [];

/** What may be seen at all: the population that inverse document frequencies are counted over, too. */
export const rightsOf = (tenant: string, { departments, privacy }: Filter): Condition[] => [
  is('tenant', tenant),
  ...isAny('department', departments),
  ...isAny('privacy', privacy),
];

export function wantedOf(filter: Filter): Condition[] {
  const { from, to } = filter;
  return [
    ...isAny('type', filter.types),
    ...isAny('source', filter.sources),
    ...isAny('tags', filter.tags),
    ...isAny('author', filter.authors),
    ...isAny('language', filter.languages),
    ...isAny('document', filter.documents),
    ...(from === undefined && to === undefined
      ? []
      : [
          {
            key: 'date',
            range: { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) },
          },
        ]),
  ];
}
