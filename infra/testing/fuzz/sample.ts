import type { Dice } from './dice.ts';
import type { Described, Schema } from './document.ts';

/** Texts of the shapes that our schemas ask for. */
const shaped: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\\d\{1,12\}/, ['1', '0.05', '7.5']],
  [/k_/, ['k_nobody', 'k_0123456789abcdef0123456789abcdef']],
  [/t_/, ['nobody', 't_0123456789abcdef']],
];

const models = ['builtin/extractive', 'builtin/hash', 'test/echo', 'auto'];

/** A value that its schema accepts, or nearly: what is to be broken must first be got to. */
export function sampleOf({ components }: Pick<Described, 'components'>, of: Schema, dice: Dice): unknown {
  const build = (schema: Schema, name: string, depth: number): unknown => {
    if (schema.$ref !== undefined)
      return build(components[schema.$ref.split('/').at(-1) ?? ''] ?? {}, name, depth + 1);
    if ('const' in schema) return schema.const;
    if (schema.enum) return dice.pick(schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices && choices.length > 0) return build(dice.pick(choices), name, depth + 1);
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => build(part, name, depth + 1)));
    const type = Array.isArray(schema.type) ? dice.pick(schema.type) : schema.type;
    switch (type) {
      case 'object':
        return Object.fromEntries(
          Object.entries(schema.properties ?? {})
            .filter(([key]) => schema.required?.includes(key) || (depth < 4 && dice.once(3)))
            .map(([key, part]) => [key, build(part, key, depth + 1)]),
        );
      case 'array':
        return depth > 6
          ? []
          : Array.from({ length: 1 + dice.roll(2) }, () => build(schema.items ?? {}, name, depth + 1));
      case 'integer':
      case 'number':
        return Math.max(schema.minimum ?? 0, dice.roll(4));
      case 'boolean':
        return dice.once(2);
      case 'null':
        return null;
      default:
        return textOf(schema, name, dice);
    }
  };
  return build(of, '', 0);
}

function textOf({ pattern, format }: Schema, name: string, dice: Dice): string {
  if (name === 'model') return dice.pick(models);
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  if (format === 'email') return 'ana@example.com';
  const texts = shaped.find(([known]) => pattern !== undefined && known.test(pattern))?.[1];
  return texts ? dice.pick(texts) : dice.pick(['ana', 'legal', 'plan', 'a', 'user']);
}
