import { expect, test } from 'vitest';
import { verdictOf } from './verdict.ts';

const report = (counts: object, vulnerabilities: object = {}) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities,
    metadata: {
      vulnerabilities: { info: 0, low: 3, moderate: 0, high: 0, critical: 0, total: 3, ...counts },
    },
  });

test('nothing, and what is not grave, passes', () => {
  expect(verdictOf(report({}))).toEqual({ passed: true, says: 'No high or critical advisory; 0 moderate.' });
  expect(verdictOf(report({ moderate: 2 })).passed).toBe(true);
});

test.each(['high', 'critical'])('one that is %s fails by name', (severity) => {
  const verdict = verdictOf(
    report({ [severity]: 1 }, { lodash: { severity, range: '<=4.17.20' }, ms: { severity: 'low' } }),
  );
  expect(verdict).toEqual({
    passed: false,
    says: `Dependencies in production have advisories: lodash <=4.17.20 (${severity}).`,
  });
});

test('a registry that answers no such question passes, and that is said', () => {
  const refused = {
    message: '405 Method Not Allowed - POST …',
    statusCode: 405,
    error: { summary: '', detail: '' },
  };
  expect(verdictOf(JSON.stringify(refused))).toEqual({
    passed: true,
    says: 'Nothing was audited: the registry does not answer such questions (405).',
  });
  const away = { message: 'request to … failed', error: { code: 'ECONNREFUSED', summary: '', detail: '' } };
  expect(verdictOf(JSON.stringify(away)).says).toMatch(/\(ECONNREFUSED\)/);
});

test.each(['', 'npm: command not found', '{}', '[]', 'null'])('%j cannot be read, and fails', (output) => {
  expect(verdictOf(output).passed).toBe(false);
});
