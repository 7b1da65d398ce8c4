import { setTimeout as after, setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { busyWait } from './busy-wait.ts';

/** A busy wait whose looks are counted. */
function counted(cores = 2) {
  const state = { waiting: 0, looks: 0 };
  const wait = busyWait(() => {
    state.looks++;
    return state.waiting;
  }, cores);
  return { state, wait };
}

describe('waiting for an answer', () => {
  it('looks at every turn until it is there, and not after', async () => {
    const { state, wait } = counted();
    state.waiting = 1;
    wait.sent();
    const before = state.looks;
    await turn();
    expect(state.looks).toBeGreaterThan(before);
    state.waiting = 0;
    await turn();
    const ended = state.looks;
    for (let i = 0; i < 5; i++) await turn();
    expect(state.looks).toBe(ended);
  });

  it('gives up soon where none comes', async () => {
    const { state, wait } = counted();
    state.waiting = 1;
    wait.sent();
    await after(20);
    const ended = state.looks;
    for (let i = 0; i < 5; i++) await turn();
    expect(state.looks).toBe(ended);
  });

  it('leaves the thread alone where more are under way, answers are slow, or there is one core', async () => {
    const many = counted();
    many.state.waiting = 3;
    many.wait.sent();
    const slow = counted();
    slow.state.waiting = 1;
    for (let i = 0; i < 40; i++) slow.wait.answered(2);
    slow.wait.sent();
    const alone = counted(1);
    alone.state.waiting = 1;
    alone.wait.sent();
    const looks = () => [many.state.looks, slow.state.looks, alone.state.looks];
    const before = looks();
    for (let i = 0; i < 5; i++) await turn();
    expect(looks()).toEqual(before);
  });

  it('begins again once answers are quick', async () => {
    const { state, wait } = counted();
    state.waiting = 1;
    for (let i = 0; i < 40; i++) wait.answered(2);
    for (let i = 0; i < 60; i++) wait.answered(0.1);
    wait.sent();
    const before = state.looks;
    await turn();
    expect(state.looks).toBeGreaterThan(before);
  });
});
