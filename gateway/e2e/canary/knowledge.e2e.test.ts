import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, actor, issueFor } from '../testing/actors.ts';
import { expectSilent, heard } from './testing/answers.ts';
import { type Asked, libraryOf, question, upload } from './testing/library.ts';
import { type Tenant, type World, worldOf } from './testing/world.ts';

let world: World;
/** Of acme's `legal` alone, and of its `sales` alone. */
let inLegal: Actor;
let inSales: Actor;

const memberOf = async (user: string, department: string, role: string): Promise<Actor> => {
  const { admin } = world.acme;
  await admin.json('PUT', `/api/v1/members/${user}/${department}`, { role });
  const { secret } = await issueFor(admin, { name: user, role, user });
  const one = actor(world.running.url, secret);
  await one.inForce();
  return one;
};

beforeAll(async () => {
  world = await worldOf();
  inLegal = await memberOf('mia', 'legal', 'member');
  inSales = await memberOf('rob', 'sales', 'reviewer');
}, 120_000);
afterAll(() => world.stop());

const modes = ['keyword', 'dense', 'hybrid', 'rrf'] as const;

/** What stands in contents of a department, and of no other one of any tenant. */
const wordsOf = ({ marker }: Tenant, department: string) => `${marker} ${department}`;

/** A question that names all that others have, so that whatever is found by words would be found by it. */
const temptation = () => {
  const { acme, globex } = world;
  const all = [acme, globex].flatMap((tenant) =>
    ['legal', 'sales', tenant.only.department].map((one) => wordsOf(tenant, one)),
  );
  return `${question} ${all.join(' ')}`;
};

async function asks(who: Actor, body: object, query = ''): Promise<Asked & { passages: { name: string }[] }> {
  return who.json('POST', `/api/v1/queries${query}`, { cache: false, ...body });
}

async function textOf(answer: Promise<Response>) {
  const all = await heard(await answer);
  expect(all.status, all.text).toBe(200);
  return all;
}

describe('a search', () => {
  test.each(modes)(
    'by %s finds one’s own tenant’s documents, and no word or id of another’s',
    async (mode) => {
      const { acme, globex } = world;
      for (const [own, other] of [
        [acme, globex],
        [globex, acme],
      ] as const) {
        // Its question names the other; what is said of it is not what was found.
        const all = await textOf(
          own.admin.fetch('POST', '/api/v1/queries', { question: temptation(), mode, k: 50, cache: false }),
        );
        const found = JSON.parse(all.text) as Asked & { passages: object[] };
        expect(found.passages.length).toBeGreaterThan(2);
        const { question: _, searchedAs: __, ...said } = JSON.parse(all.text) as Record<string, unknown>;
        expect(JSON.stringify(said)).toContain(own.marker);
        const text = JSON.stringify(said);
        expectSilent({ ...all, text }, [other.marker, other.only.document, other.sales.document], mode);
      }
    },
  );

  test.each(modes)('by %s finds what is of one’s own department, and nothing of another', async (mode) => {
    const { acme } = world;
    for (const [who, own, other] of [
      [inLegal, 'legal', 'sales'],
      [inSales, 'sales', 'legal'],
    ] as const) {
      expect(JSON.stringify(await asks(who, { question, mode, k: 50 }))).toContain(wordsOf(acme, own));
      const found = await asks(who, { question: temptation(), mode, k: 50 });
      expect(found.passages.length).toBeGreaterThan(0);
      const said = JSON.stringify({ ...found, question: '', searchedAs: '' });
      for (const one of [other, acme.only.department]) expect(said).not.toContain(wordsOf(acme, one));
      expect(said).not.toContain(acme.only.document);
    }
  });

  test('scores are the same, whatever others have', async () => {
    const { globex } = world;
    const scored = async () => {
      const { passages } = await asks(globex.admin, { question, departments: ['legal'], k: 50 });
      return passages.map((one) => ({ ...one }));
    };
    const before = await scored();
    expect(before.length).toBeGreaterThan(0);
    for (let n = 0; n < 3; n++)
      await upload(
        world.acme.admin,
        world.acme.only.department,
        `more-${n}.md`,
        `The canary sings in mine ${n}.`,
      );
    expect(await scored()).toEqual(before);
  }, 60_000);

  test('whoever names another department, alone or beside one’s own, is told that there is none', async () => {
    const refusal = async (who: Actor, departments: string[]) => {
      const all = await heard(await who.fetch('POST', '/api/v1/queries', { question, departments }));
      const { requestId: _, ...told } = JSON.parse(all.text) as Record<string, unknown>;
      return { status: all.status, told };
    };
    const { acme } = world;
    const nobodys = await refusal(inLegal, ['nowhere']);
    expect(nobodys.status).toBe(404);
    for (const departments of [
      ['sales'],
      [acme.sales.departmentId],
      ['legal', 'sales'],
      [acme.only.department],
    ])
      expect(await refusal(inLegal, departments)).toEqual(nobodys);
    for (const path of ['documents', `documents/${acme.sales.document}`])
      expect((await inLegal.fetch('GET', `/api/v1/knowledge/sales/${path}`)).status).toBe(404);
    const byOwn = await inLegal.fetch('GET', `/api/v1/knowledge/legal/documents/${acme.sales.document}`);
    expect(byOwn.status).toBe(404);
  });

  test('a filter by what only others have finds nothing', async () => {
    const { acme, globex } = world;
    for (const filter of [
      { documents: [acme.only.document, acme.sales.document] },
      { tags: [acme.marker] },
      { sources: [acme.marker] },
      { authors: [acme.marker] },
    ]) {
      expect(await asks(globex.admin, { question, filter })).toMatchObject({
        outcome: 'not-found',
        passages: [],
      });
      expect(await globex.admin.json('POST', '/api/v1/queries/count', { filter })).toEqual({
        documents: 0,
        chunks: 0,
      });
    }
  });
});

describe('counts', () => {
  const counted = (who: Actor, body: object = {}) =>
    who.json<{ documents: number; chunks: number }>('POST', '/api/v1/queries/count', body);

  test('are of one’s own departments', async () => {
    const { acme, globex } = world;
    const listed = async (who: Actor, department: string) =>
      (await who.json<{ data: object[] }>('GET', `/api/v1/knowledge/${department}/documents?limit=100`)).data;
    const legal = (await listed(inLegal, 'legal')).length;
    expect((await counted(inLegal)).documents).toBe(legal);
    expect((await counted(inSales)).documents).toBe((await listed(inSales, 'sales')).length);
    const before = await counted(globex.admin);
    await upload(acme.admin, 'sales', 'counted.md', 'One more canary.');
    expect(await counted(globex.admin)).toEqual(before);
    expect((await counted(inLegal)).documents).toBe(legal);
  });
});

describe('answers that are given again', () => {
  const cached = async (who: Actor, body: object) =>
    who.json<Asked>('POST', '/api/v1/queries', {
      question: 'Who hears the canary, and leaves by which gate?',
      ...body,
    });

  test('are given within the same rights, and across no tenant, department or set of departments', async () => {
    const { acme, globex } = world;
    const first = await cached(acme.admin, { departments: ['legal'] });
    expect(first).toMatchObject({ outcome: 'answered', cached: null });
    expect(await cached(acme.admin, { departments: ['legal'] })).toMatchObject({ cached: first.query });
    // Of the same rights, whoever it is.
    expect(await cached(inLegal, {})).toMatchObject({ cached: first.query });
    for (const [who, departments] of [
      [globex.admin, ['legal']],
      [acme.admin, ['sales']],
      [acme.admin, ['legal', 'sales']],
    ] as const) {
      const other = await cached(who, { departments });
      expect(other.cached).toBeNull();
      if (who === globex.admin) expect(JSON.stringify(other)).not.toContain(acme.marker);
    }
    const wide = await cached(acme.admin, { departments: ['legal', 'sales'] });
    expect(wide.cached).not.toBeNull();
    expect(wide.cached).not.toBe(first.query);
    const own = await cached(inLegal, {});
    expect(own.cached).toBe(first.query);
    expect(JSON.stringify(own)).not.toContain(wordsOf(acme, 'sales'));
  });

  test('end with what they cite, and how many there are of a document is told to its own department', async () => {
    const { admin, marker } = world.acme;
    const name = 'archive';
    await admin.json('POST', '/api/v1/departments', { slug: name });
    const { document } = await libraryOf(admin, name, marker, { escalated: false });
    const first = await cached(admin, { departments: [name] });
    expect(await cached(admin, { departments: [name] })).toMatchObject({ cached: first.query });
    const impact = `/api/v1/knowledge/${name}/documents/${document}/impact?after=${first.position}`;
    const said = await admin.json<{ cached: number; answers: object[] }>('GET', impact);
    expect(said.cached).toBeGreaterThan(0);
    expect(said.answers.length).toBeGreaterThan(0);
    expect((await world.globex.admin.fetch('GET', impact)).status).toBe(404);
    expect((await inLegal.fetch('GET', impact)).status).toBe(403);
    const { position } = await admin.json<{ position: string }>(
      'DELETE',
      `/api/v1/knowledge/${name}/documents/${document}`,
    );
    const after = await admin.json<Asked>('POST', `/api/v1/queries?after=${position}`, {
      question: 'Who hears the canary, and leaves by which gate?',
      departments: [name],
    });
    expect(after.cached).toBeNull();
    expect(JSON.stringify(after.citations)).not.toContain(document);
  }, 60_000);
});

describe('answers in the making, and as they were', () => {
  test('server-sent events tell of one’s own alone', async () => {
    const { acme, globex } = world;
    const body = { question, stream: true, cache: false, k: 50 };
    const all = await textOf(globex.admin.fetch('POST', '/api/v1/queries', body));
    expect(all.text).toMatch(/^event: retrieval\n/);
    for (const event of ['token', 'citation', 'verdict', 'done'])
      expect(all.text).toContain(`event: ${event}\n`);
    expect(all.text).toContain(globex.marker);
    expectSilent(all, [acme.marker, acme.only.document], 'another tenant');
    const legal = await textOf(inLegal.fetch('POST', '/api/v1/queries', body));
    expect(legal.text).toContain(wordsOf(acme, 'legal'));
    expectSilent(legal, [wordsOf(acme, 'sales'), acme.sales.document, globex.marker], 'another department');
    const foreign = await textOf(
      inLegal.fetch('POST', '/api/v1/queries', { ...body, departments: ['sales'] }),
    );
    expect(foreign.text).toContain('resource.not-found');
    expectSilent(foreign, [acme.marker], 'a department that it names');
  });

  test('at a position, whoever it comes from, everybody is told of what they may see', async () => {
    const { acme, globex } = world;
    const document = await upload(acme.admin, 'sales', 'old.md', 'The old canary of the depot never sang.');
    const { position } = await asks(acme.admin, { question });
    await acme.admin.json('DELETE', `/api/v1/knowledge/sales/documents/${document}`);
    const asOf = async (who: Actor) => {
      const said = await asks(
        who,
        { question: 'Did the old canary of the depot sing?', k: 50 },
        `?at=${position}`,
      );
      return JSON.stringify(said);
    };
    expect(await asOf(inSales)).toContain(document);
    for (const [who, own] of [
      [globex.admin, globex.marker],
      [inLegal, wordsOf(acme, 'legal')],
    ] as const) {
      const said = await asOf(who);
      expect(said).not.toContain(document);
      expect(said).not.toContain(wordsOf(acme, 'sales'));
      expect(said, own).toContain('"outcome"');
    }
  }, 60_000);
});

describe('review tasks', () => {
  test('show a reviewer no word of a department that is not theirs, and make no knowledge of it', async () => {
    const { acme } = world;
    const wide = await asks(acme.admin, { question, departments: ['sales', 'legal'], k: 50 });
    const sources = new Set(wide.citations.map(({ document }) => document));
    expect(sources.size).toBeGreaterThan(1);
    const { review, position } = await acme.admin.json<{ review: string; position: string }>(
      'POST',
      `/api/v1/queries/${wide.query}/escalate?after=${wide.position}`,
    );
    const seen = await heard(await inSales.fetch('GET', `/api/v1/reviews/${review}?after=${position}`));
    expectSilent(seen, [wordsOf(acme, 'legal')], 'the task');
    expectSilent(await textOf(inSales.fetch('GET', '/api/v1/reviews')), [wordsOf(acme, 'legal')], 'the list');
    const blind = await inSales.fetch('POST', `/api/v1/reviews/${review}/resolve`, {
      resolution: 'approved',
    });
    expect(blind.status, await blind.text()).toBeGreaterThanOrEqual(400);
    // Whoever may see all of it may approve it; the department of the task does not come to know the other's words.
    const done = await acme.admin.json<{ document: string | null }>(
      'POST',
      `/api/v1/reviews/${review}/resolve`,
      {
        resolution: 'approved',
      },
    );
    expect(done.document).toBeNull();
  });

  test('of one’s own department are shown whole, and their answers become its knowledge', async () => {
    const { acme } = world;
    const { review } = acme.sales;
    const task = await inSales.json<{ draft: string }>('GET', `/api/v1/reviews/${review}`);
    expect(task.draft).toContain(wordsOf(acme, 'sales'));
    const { document } = await inSales.json<{ document: string }>(
      'POST',
      `/api/v1/reviews/${review}/resolve`,
      {
        resolution: 'approved',
      },
    );
    expect((await inSales.fetch('GET', `/api/v1/knowledge/sales/documents/${document}/content`)).status).toBe(
      200,
    );
    for (const who of [inLegal, world.globex.admin])
      for (const department of ['sales', 'legal'])
        expect((await who.fetch('GET', `/api/v1/knowledge/${department}/documents/${document}`)).status).toBe(
          404,
        );
  });
});
