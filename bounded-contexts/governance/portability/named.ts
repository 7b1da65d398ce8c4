import type { DaybookEvent } from '../../../schemas/events/index.ts';

type Named = readonly (readonly [id: string, field: string])[];

const named = (id: string | undefined, field: string): Named => (id === undefined ? [] : [[id, field]]);

/** The contents that an event names, each with its field: what a content's seal is bound to. */
export function contentsNamedBy(event: DaybookEvent): Named {
  switch (event.type) {
    case 'invocation.completed': {
      const { prompt, answer, response } = event.data;
      return [...named(prompt, 'prompt'), ...named(answer, 'answer'), ...named(response, 'response')];
    }
    case 'agent.message.sent':
      return [[event.data.body, 'body']];
    case 'user.registered':
      return named(event.data.profile, 'profile');
    case 'user.updated':
      return [[event.data.profile, 'profile']];
    case 'workflow.version.published':
      return [[event.data.definition, 'definition']];
    case 'document.uploaded':
      return [[event.data.details, 'document']];
    case 'query.answered':
      return [
        [event.data.question, 'question'],
        [event.data.answer, 'reply-to-question'],
      ];
    case 'query.feedback.given':
      return named(event.data.comment, 'comment');
    case 'review.resolved':
      return named(event.data.answer, 'review-answer');
    default:
      return [];
  }
}

/** Of a piece of a long content, the content. */
export const wholeOf = (id: string): string => id.split('~', 1)[0] ?? id;
