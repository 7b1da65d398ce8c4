import { expect, it } from 'vitest';
import { refusal } from './answers.ts';
import { durabilityOf, refuseUnsafeReplication } from './versions.ts';

it('refuses replicas on every server on which the contract was not shown to hold', () => {
  const unsafe = { code: 'log.unsafe-replication' };
  for (const version of ['2.9.10', '2.10.29', '2.14.2', '2.15.0', '1.99.99', 'unknown', '']) {
    expect(() => refuseUnsafeReplication(version, 3)).toThrow(expect.objectContaining(unsafe));
    expect(() => refuseUnsafeReplication(version, 1)).not.toThrow();
  }
  for (const version of ['2.15.1', '2.15.2-RC.1', '2.16.0', '3.0.0']) {
    expect(() => refuseUnsafeReplication(version, 3)).not.toThrow();
  }
});

it('says what an acknowledged commit survives, and what it may not', () => {
  expect(durabilityOf(1)).toContain('power cut can lose');
  expect(durabilityOf(3)).toContain('majority of 3');
});

it('takes an error ack that it does not know for a time-out, since the commit may be stored', () => {
  expect(refusal({ code: 400, err_code: 10071, description: 'wrong last sequence: 3' })).toBe(
    'wrong-expectation',
  );
  const codes: [number, string, string][] = [
    [10023, 'insufficient resources', 'log.full'],
    [10047, 'insufficient storage resources available', 'log.full'],
    [10077, 'maximum bytes exceeded', 'log.full'],
    [10077, 'no space left on device', 'log.full'],
    [10077, 'store is closed', 'log.timeout'],
    [10054, 'message size exceeds maximum allowed', 'log.commit-too-large'],
    [10008, 'JetStream system temporarily unavailable', 'log.timeout'],
    [19999, 'an error of a later server', 'log.timeout'],
  ];
  for (const [err_code, description, code] of codes) {
    expect(refusal({ code: 500, err_code, description })).toMatchObject({ code });
  }
});
