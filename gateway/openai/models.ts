import type { Catalogue, Model } from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { idsOf, modelOf, moreOf } from '../shared/model-list.ts';

const modelBody = (id: string, catalogue: Catalogue, created: number) => {
  const model: Model | undefined = modelOf(catalogue, id);
  return {
    id,
    object: 'model',
    created,
    owned_by: catalogue.aliases.has(id) ? 'daybook' : (model?.provider ?? 'daybook'),
    ...(model ? moreOf(model) : {}),
  };
};

export const openAiModels = (catalogue: Catalogue, created: number) => ({
  object: 'list',
  data: idsOf(catalogue).map((id) => modelBody(id, catalogue, created)),
});

export function openAiModel(catalogue: Catalogue, id: string, created: number) {
  if (!idsOf(catalogue).includes(id))
    throw new DaybookError('model.not-found', `The model ${JSON.stringify(id)} does not exist.`, {
      param: 'model',
    });
  return modelBody(id, catalogue, created);
}
