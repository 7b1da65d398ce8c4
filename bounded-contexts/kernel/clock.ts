/** Unix milliseconds, UTC. Passed in everywhere, so that a decision can be repeated. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
