import { z } from 'zod';

const found = z.object({
  metadata: z.object({
    vulnerabilities: z.object({ moderate: z.number(), high: z.number(), critical: z.number() }),
  }),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string().optional() })),
});

/** How npm reports that a registry has no such service, or that it cannot be reached. */
const unanswered = z.object({
  message: z.string(),
  statusCode: z.number().optional(),
  error: z.object({ code: z.string().optional() }).loose().optional(),
});

export interface Verdict {
  readonly passed: boolean;
  /** One sentence. */
  readonly says: string;
}

/**
 * What `npm audit --json` comes to: a high or critical advisory fails. A registry that does not answer such questions
 * is no finding: that is said, and passes. What cannot be read fails, since it may hide anything.
 */
export function verdictOf(output: string): Verdict {
  let report: unknown;
  try {
    report = JSON.parse(output);
  } catch {
    return { passed: false, says: 'npm audit said something that is no JSON.' };
  }
  const advisories = found.safeParse(report);
  if (advisories.success) {
    const { moderate, high, critical } = advisories.data.metadata.vulnerabilities;
    const names = Object.entries(advisories.data.vulnerabilities)
      .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
      .map(([name, { severity, range }]) => `${name} ${range ?? ''} (${severity})`);
    return high + critical > 0
      ? { passed: false, says: `Dependencies in production have advisories: ${names.join(', ')}.` }
      : { passed: true, says: `No high or critical advisory; ${moderate} moderate.` };
  }
  const silent = unanswered.safeParse(report);
  if (silent.success)
    return {
      passed: true,
      says: `Nothing was audited: the registry does not answer such questions (${silent.data.statusCode ?? silent.data.error?.code ?? silent.data.message}).`,
    };
  return { passed: false, says: 'npm audit said something unknown.' };
}
