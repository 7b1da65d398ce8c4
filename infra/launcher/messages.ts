import { z } from 'zod';

/** What the supervisor tells a process that it started, and what that process answers. */
export const assignment = z.object({
  kind: z.literal('start'),
  roles: z.array(z.enum(['gateway', 'worker'])).min(1),
  instance: z.string(),
  urls: z.object({ nats: z.string().optional(), database: z.string(), redis: z.string().optional() }),
  cwd: z.string(),
});
export type Assignment = z.infer<typeof assignment>;
export type Role = Assignment['roles'][number];

const part = z.object({
  part: z.string(),
  runsOn: z.string(),
  version: z.string(),
  address: z.string(),
  durability: z.string(),
});

export const report = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ready'),
    url: z.string().optional(),
    parts: z.array(part),
    /** Only where the key was made just now: it is shown this once. */
    adminKey: z.string().optional(),
    notices: z.array(z.string()),
  }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type Report = z.infer<typeof report>;
