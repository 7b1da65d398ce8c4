import { z } from 'zod';
import { idString } from '../primitives.ts';

/** Family `review.<id>`: one aggregate a review task. Contents are sealed under the key of whoever asked. */
export const approvalEvents = {
  /** A person has to decide: is this draft what may be answered? `subjectId`: what it is about. */
  'review.requested': {
    v: 1,
    schema: z.object({
      review: idString,
      kind: z.literal('answer'),
      department: idString,
      query: idString,
      dataSubject: idString,
      /** Contents: the question, and the draft with its sources. */
      question: idString,
      draft: idString,
      reasons: z.array(z.string().max(40)).max(10),
      requestedBy: idString.optional(),
    }),
  },
  /** `approved`: the draft as it is; `corrected`: the reviewer's own words; `rejected`: it is not answered. */
  'review.resolved': {
    v: 1,
    schema: z.object({
      review: idString,
      resolution: z.enum(['approved', 'corrected', 'rejected']),
      by: idString,
      /** A content: what is answered. */
      answer: idString.optional(),
      dataSubject: idString,
      /** The document that the answer became. */
      document: idString.optional(),
    }),
  },
} as const;
