import { guardChildren } from './guardian.ts';

// Before each test file: hooks that end servers are not run where all of a file's tests are filtered out, nor
// where the process that runs them is killed.
guardChildren();
