import { simulatedHarness } from './contract/simulated-harness.ts';
import { logContract } from './contract.ts';

logContract('the simulated log', simulatedHarness);
