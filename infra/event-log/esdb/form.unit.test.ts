import fc from 'fast-check';
import { expect, it } from 'vitest';
import { subjectOf } from '../../../bounded-contexts/kernel/index.ts';
import { bodyOf, eventsOfBody, eventUuid, streamOf, subjectOfStream } from './form.ts';

const json = (value: unknown): never => JSON.parse(JSON.stringify(value)) as never;
const bodies = fc
  .record(
    {
      id: fc.uuid(),
      actor: fc.string({ unit: 'binary' }),
      correlation: fc.string(),
      causation: fc.string(),
      prev: fc.option(fc.string()),
      at: fc.string(),
      events: fc.array(
        fc.record(
          {
            type: fc.string(),
            v: fc.integer({ min: 1, max: 9 }),
            data: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })),
            by: fc.record({ command: fc.string() }),
          },
          { requiredKeys: ['type', 'v', 'data'] },
        ),
        { minLength: 1, maxLength: 5 },
      ),
    },
    { requiredKeys: ['id', 'actor', 'at', 'events'] },
  )
  // As the log's own writer orders them.
  .map(({ events, ...envelope }) => Buffer.from(JSON.stringify(json({ ...envelope, events }))));

it('gives back the very bytes of any commit, of whatever types and versions its events are', () => {
  const subject = subjectOf('acme', 'key', 'k1');
  fc.assert(
    fc.property(bodies, (body) => {
      const sent = eventsOfBody(subject, body, 'command');
      // What the client does with both on the way there and back.
      const recorded = sent.map(({ id, type, data, metadata }) => ({
        id,
        type,
        data: json(data),
        metadata: json(metadata),
      }));
      expect(bodyOf(recorded as never).toString()).toBe(body.toString());
    }),
  );
});

it('takes no part of a commit, and no order but its own, for a commit', () => {
  const subject = subjectOf('acme', 'facts');
  const event = { type: 'a', v: 1, data: {} };
  const body = Buffer.from(JSON.stringify({ id: 'c', at: 'now', events: [event, event, event] }));
  const [one, two, three] = eventsOfBody(subject, body, 'command') as never[];
  for (const wrong of [[], [one], [one, two], [two, three], [one, three, two], [one, one, two]])
    expect(() => bodyOf(wrong as never)).toThrow('not one whole commit');
});

it('names a stream that leads back to its subject, with the family as its category', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  fc.assert(
    fc.property(
      token,
      word,
      fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,30}$/), { nil: undefined }),
      (tenant, family, id) => {
        const subject = subjectOf(tenant, family, id);
        expect(subjectOfStream(streamOf(subject))).toBe(subject);
        expect(streamOf(subject).split('-')[0]).toBe(family);
      },
    ),
  );
});

it('makes ids that are UUIDs of version 8, the same for the same parts only', () => {
  expect(eventUuid('s', 'c', 0)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(eventUuid('s', 'c', 0)).toBe(eventUuid('s', 'c', 0));
  expect(
    new Set([eventUuid('s', 'c', 0), eventUuid('s', 'c', 1), eventUuid('s', 'c0', 0), eventUuid('sc', '', 0)])
      .size,
  ).toBe(4);
});
