import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Where a folder of the shared data sets is: under `DAYBOOK_TEST_DATA`, or beside the checkout, or one folder further
 * up; undefined where there is none, and a test uses a small set of its own.
 */
export function sharedData(folder: string): string | undefined {
  const given = process.env['DAYBOOK_TEST_DATA'];
  const places = given ? [given] : ['../shared/data', '../../shared/data'];
  return places.map((place) => resolve(place, folder)).find((path) => existsSync(path));
}
