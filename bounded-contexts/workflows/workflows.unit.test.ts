import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { diffOf } from './diff.ts';
import { checkPlan } from './plan.ts';
import { workflowDecider } from './workflow.ts';

test('equal values have one canonical text, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":"é","d":null}]}',
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a plan with an unknown need, a repeated step or a cycle is refused by name', () => {
  const step = (id: string, ...needs: string[]) => ({ id, uses: 'model', needs });
  expect(() => checkPlan({ steps: [step('a'), step('b', 'a'), step('c', 'a', 'b')] })).not.toThrow();
  expect(() => checkPlan({ steps: [step('a', 'z')] })).toThrow(/no step "z"/);
  expect(() => checkPlan({ steps: [step('a'), step('a')] })).toThrow(/"a" is named twice/);
  expect(() => checkPlan({ steps: [step('a'), step('b', 'c'), step('c', 'b')] })).toThrow(/"b" needs itself/);
});

test('versions count up, and publishing the newest plan again adds none', () => {
  const publish = (hash: string) => ({ workflow: 'w', hash, definition: 'd' });
  let state = workflowDecider.initial();
  for (const hash of ['x', 'x', 'y', 'x']) {
    for (const event of workflowDecider.decide(publish(hash), state))
      state = workflowDecider.evolve(state, event, 0);
  }
  expect(state).toEqual({ version: 3, hash: 'x' });
});

test('a diff turns the first version into the second, and says how in words', () => {
  const from = { steps: [{ id: 'a', uses: 'model' }], name: 'one' };
  const to = {
    steps: [
      { id: 'a', uses: 'tool:x' },
      { id: 'b', uses: 'model' },
    ],
  };
  const { patch, readable } = diffOf(from, to);
  expect(jsonPatch.applyPatch(structuredClone(from), [...patch]).newDocument).toEqual(to);
  expect(readable).toContain('changed steps › 0 › uses: "model" → "tool:x"');
  expect(readable).toContain('removed name: "one"');
});
