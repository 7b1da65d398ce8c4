import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { sharedData } from '../../testing/shared-data.ts';

type Json = Readonly<Record<string, unknown>>;

export interface OpenApi {
  /** What is wrong with a request, in the words of the description; undefined where nothing is. */
  request(method: string, template: string, body: unknown): string | undefined;
  response(method: string, template: string, body: unknown): string | undefined;
}

/** Qdrant's own description. Undefined where it is not there: then nothing is validated, and the tests say so. */
export function qdrantOpenApi(): OpenApi | undefined {
  const file = sharedData('openapi/qdrant.json');
  if (file === undefined) return undefined;
  const description = modern(JSON.parse(readFileSync(file, 'utf8'))) as {
    paths: Record<string, Record<string, { requestBody?: Json; responses: Record<string, Json> }>>;
  };
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(description, 'qdrant');
  const escaped = (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1');
  const check = (method: string, template: string, place: string, body: unknown): string | undefined => {
    const pointer = [
      'paths',
      template,
      method.toLowerCase(),
      ...place.split(' '),
      'content',
      'application/json',
      'schema',
    ];
    const validate = ajv.getSchema(`qdrant#/${pointer.map(escaped).join('/')}`);
    if (!validate) return body === undefined ? undefined : `${method} ${template} has no body`;
    if (validate(body)) return undefined;
    return `${method} ${template}: ${ajv.errorsText(validate.errors)}`;
  };
  return {
    request(method, template, body) {
      const operation = description.paths[template]?.[method.toLowerCase()];
      if (!operation) return `${method} ${template} is not in the description`;
      return check(method, template, 'requestBody', body);
    },
    response: (method, template, body) => check(method, template, 'responses 200', body),
  };
}

/**
 * OpenAPI 3.0's `nullable` in the words of JSON Schema, and no field that an object does not name: a misspelled one
 * would be ignored by the server, and by nobody else.
 */
function modern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modern);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, example: _, ...rest } = value as Record<string, unknown>;
  const out = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, modern(one)]));
  if (nullable === true) {
    if (typeof out['type'] !== 'string')
      return Object.keys(out).length === 0 ? { type: 'null' } : { anyOf: [out, { type: 'null' }] };
    out['type'] = [out['type'], 'null'];
    if (Array.isArray(out['enum'])) out['enum'] = [...out['enum'], null];
  }
  const closed = out['properties'] && out['type'] && !out['additionalProperties'] && !out['allOf'];
  return closed ? { ...out, additionalProperties: false } : out;
}
