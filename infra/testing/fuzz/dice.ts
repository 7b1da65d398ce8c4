/** Chance that is the same for the same seed (mulberry32): what fast-check draws is one number a request. */
export interface Dice {
  /** 0 to `below` - 1. */
  roll(below: number): number;
  pick<One>(from: readonly One[]): One;
  /** True once in so many times. */
  once(inSoMany: number): boolean;
}

export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const roll = (below: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
  return {
    roll,
    pick: <One>(from: readonly One[]) => {
      const one = from[roll(from.length)];
      if (one === undefined) throw new Error('There is nothing to pick from.');
      return one;
    },
    once: (inSoMany) => roll(inSoMany) === 0,
  };
}
