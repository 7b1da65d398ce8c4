import type { Catalogue, Model } from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { idsOf, modelOf, moreOf } from '../shared/model-list.ts';

const mostListed = 1_000;

/** One name that can be called, as Anthropic describes its models. */
function modelBody(id: string, model: Model | undefined, created: number) {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1000).toISOString(),
    capabilities: null,
    deprecated_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: model?.contextTokens ?? null,
    max_tokens: model?.maxOutputTokens ?? null,
    retires_at: null,
    ...(model ? moreOf(model) : {}),
  };
}

export function anthropicModel(catalogue: Catalogue, id: string, created: number) {
  if (!idsOf(catalogue).includes(id)) throw new DaybookError('resource.not-found', `model: ${id}`);
  return modelBody(id, modelOf(catalogue, id), created);
}

/** A page of models, by `limit`, `after_id` and `before_id` as Anthropic has them. */
export function anthropicModels(
  catalogue: Catalogue,
  created: number,
  query: { limit?: string | undefined; after_id?: string | undefined; before_id?: string | undefined },
) {
  const limit = query.limit === undefined ? 20 : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostListed)
    throw new DaybookError('request.invalid', `limit: a number from 1 to ${mostListed}.`, { param: 'limit' });
  const ids = idsOf(catalogue);
  const place = (cursor: string | undefined) => (cursor === undefined ? -1 : ids.indexOf(cursor));
  const before = place(query.before_id);
  const start = before >= 0 ? Math.max(0, before - limit) : place(query.after_id) + 1;
  const end = before >= 0 ? before : start + limit;
  const page = ids.slice(start, end);
  return {
    data: page.map((id) => modelBody(id, modelOf(catalogue, id), created)),
    first_id: page[0] ?? null,
    last_id: page.at(-1) ?? null,
    has_more: before >= 0 ? start > 0 : end < ids.length,
  };
}
