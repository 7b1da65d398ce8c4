import { z } from 'zod';

/** The part of a JSON schema that the generator understands; the rest is left to chance. */
export interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
  readonly minimum?: number | undefined;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z
    .object({
      $ref: z.string().optional(),
      type: z.union([z.string(), z.array(z.string())]).optional(),
      enum: z.array(z.unknown()).optional(),
      anyOf: z.array(schema).optional(),
      oneOf: z.array(schema).optional(),
      allOf: z.array(schema).optional(),
      properties: z.record(z.string(), schema).optional(),
      required: z.array(z.string()).optional(),
      items: schema.optional(),
      pattern: z.string().optional(),
      format: z.string().optional(),
      minimum: z.number().optional(),
    })
    .loose(),
);

const operation = z
  .object({
    parameters: z
      .array(z.object({ name: z.string(), in: z.string(), schema: schema.optional() }))
      .default([]),
    requestBody: z.object({ content: z.record(z.string(), z.object({ schema })) }).optional(),
    'x-daybook-permission': z.string().optional(),
    'x-daybook-streams': z.boolean().optional(),
  })
  .loose();

const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema).default({}) }),
});

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly permission: string | undefined;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  /** Its references are resolved as they are met. */
  readonly body: Schema | undefined;
  /** It takes a form with files, or one file as the body. */
  readonly uploads: boolean;
}

export interface Described {
  readonly operations: readonly Operation[];
  readonly components: Readonly<Record<string, Schema>>;
}

/** What an OpenAPI document describes, as far as requests go. */
export function described(json: unknown): Described {
  const { paths, components } = document.parse(json);
  return {
    components: components.schemas,
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({
        method: method.toUpperCase(),
        path,
        permission: one['x-daybook-permission'],
        parameters: one.parameters.map(({ schema: of = {}, ...rest }) => ({ ...rest, schema: of })),
        body: one.requestBody?.content['application/json']?.schema,
        uploads: one['x-daybook-streams'] === true,
      })),
    ),
  };
}
