import { type AppendFault, type SimulatedServer, simulatedServer } from '../simulated.ts';
import type { Harness } from './harness.ts';

/** Faults by injection: the log in memory has no wire to cut. */
export async function simulatedHarness(): Promise<Harness> {
  const server: SimulatedServer = simulatedServer();
  let kept = 0;
  return {
    open: async () => server.connect(),
    async openFragile() {
      let fault: AppendFault | undefined;
      return {
        log: server.connect({ onAppend: () => fault }),
        loseAnswers() {
          fault = 'lost-ack';
        },
        cut() {
          fault = undefined;
        },
        refuse() {
          fault = 'unavailable';
        },
      };
    },
    async mark() {
      kept = server.stored.length;
    },
    async loseTail() {
      server.truncate(kept);
    },
    async recreate() {
      server.recreate('another');
    },
    async openSmall() {
      let room = 3;
      return {
        log: simulatedServer().connect({ onAppend: () => (room-- > 0 ? undefined : 'full') }),
        async makeRoom() {
          room = 100;
        },
      };
    },
    close: async () => {},
  };
}
