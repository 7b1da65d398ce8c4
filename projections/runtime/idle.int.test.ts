import { beforeAll, expect, test } from 'vitest';
import { position } from '../../bounded-contexts/kernel/index.ts';
import { connectReadStore, migrate } from '../../infra/read-store/index.ts';
import { atEnd, testDatabase } from '../../infra/testing/index.ts';
import type { ReadStore, Session } from '../ports.ts';
import { moveCheckpoint, readCheckpoints } from './checkpoint.ts';
import { idleMoves } from './idle.ts';

let store: ReadStore;
let session: Session;
const at = (sequence: number) => position('epoch', 0, sequence);

beforeAll(async () => {
  const url = await testDatabase();
  await migrate(url);
  store = connectReadStore({ url });
  session = await store.session();
  atEnd(async () => {
    await session.end();
    await store.close();
  });
  for (const name of ['free', 'held', 'elsewhere', 'retired']) {
    await session.query(
      `insert into read.generations (projector, generation, version, state, complete) values ($1, 1, 1, 'live', true)`,
      [name],
    );
    await moveCheckpoint(session, name, 1, undefined, at(7), { id: `of ${name}`, sequence: 5, at: 0 });
  }
  await session.query(`update read.checkpoints set retired = true where projector = 'retired'`);
});

test('moves in one statement those that are where they were, and waits for none that another holds', async () => {
  const idle = idleMoves(store);
  const holder = await store.session();
  await holder.transaction(async () => {
    await readCheckpoints(holder, 'held', 1, 'for update');
    const moved = await Promise.all([
      idle.move('free', 1, at(7), at(9)),
      idle.move('held', 1, at(7), at(9)),
      idle.move('elsewhere', 1, at(6), at(9)),
      idle.move('retired', 1, at(7), at(9)),
      idle.move('free', 2, at(7), at(9)),
      idle.move('unknown', 1, at(7), at(9)),
    ]);
    expect(moved).toEqual([true, false, false, false, false, false]);
  });
  await holder.end();
  await idle.stop();
  const [free] = await readCheckpoints(session, 'free', 1);
  // What proves that the log is the same stays what it was.
  expect(free).toMatchObject({ position: at(9), lastCommit: { id: 'of free', position: at(5) } });
  for (const name of ['held', 'elsewhere', 'retired'])
    expect((await readCheckpoints(session, name, 1))[0]?.position).toBe(at(7));
});

test('says that nothing was moved where it cannot ask, and asks again the next time', async () => {
  let away = true;
  const idle = idleMoves({
    session: () => (away ? Promise.reject(new Error('away')) : store.session()),
  });
  expect(await idle.move('held', 1, at(7), at(8))).toBe(false);
  away = false;
  expect(await idle.move('held', 1, at(7), at(8))).toBe(true);
  await idle.stop();
});
